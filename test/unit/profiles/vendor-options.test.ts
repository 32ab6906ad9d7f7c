import { describe, expect, it } from 'vitest'
import { createResourceServer } from '../../../src/index.ts'
import { auth0, cognito, entraId, google, okta } from '../../../src/profiles/index.ts'
import { RESOURCE } from '../../support/tokens.ts'
import {
  APPLICATION,
  COGNITO_CLIENT,
  GOOGLE_CLIENT,
  OTHER_TENANT,
  POOL,
  TENANT,
} from '../../support/vendor-tokens.ts'

const OKTA = { domain: 'acme.okta.com', authorizationServerId: 'default' }
const COGNITO = { region: 'eu-central-1', userPoolId: POOL }
const ENTRA = { tenantId: TENANT, applicationId: APPLICATION }

describe('the options of a vendor', () => {
  it.each([
    ['auth0', auth0({ domain: 'login.acme.example' }), ['https://login.acme.example/'], []],
    [
      'entraId',
      entraId(ENTRA),
      [`https://login.microsoftonline.com/${TENANT}/v2.0`],
      [APPLICATION],
    ],
    [
      'entraId for version 1',
      entraId({ ...ENTRA, tokenVersion: 'v1', applicationIdUri: 'https://acme.example/mcp' }),
      [`https://sts.windows.net/${TENANT}/`],
      [APPLICATION, 'https://acme.example/mcp'],
    ],
    [
      'entraId for two tenants',
      entraId({ tenantIds: [TENANT, OTHER_TENANT], applicationId: APPLICATION }),
      [TENANT, OTHER_TENANT].map((id) => `https://login.microsoftonline.com/${id}/v2.0`),
      [APPLICATION],
    ],
    ['okta', okta(OKTA), ['https://acme.okta.com/oauth2/default'], []],
    [
      'cognito',
      cognito({ ...COGNITO, resourceServerIdentifier: 'com.example.mcp' }),
      [`https://cognito-idp.eu-central-1.amazonaws.com/${POOL}`],
      ['com.example.mcp'],
    ],
    [
      'cognito in another partition, with the updated issuer',
      cognito({
        region: 'us-gov-west-1',
        userPoolId: 'us-gov-west-1_Abc123xyz',
        issuerType: 'updated',
        acceptAnyTokenOfClients: [COGNITO_CLIENT],
        additionalAudiences: ['https://mcp.example.com'],
      }),
      ['https://issuer-cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_Abc123xyz'],
      ['https://mcp.example.com', COGNITO_CLIENT],
    ],
    [
      'google',
      google({ clientIds: [GOOGLE_CLIENT] }),
      ['https://accounts.google.com'],
      [GOOGLE_CLIENT],
    ],
  ])('%s: name the issuers and the audiences', (_name, made, issuers, audiences) => {
    const list = Array.isArray(made) ? made : [made]
    expect(list.map(({ issuer }) => issuer)).toEqual(issuers)
    for (const one of list) expect(one.additionalAudiences ?? []).toEqual(audiences)
    const server = createResourceServer({ resource: RESOURCE, authorizationServer: list })
    expect(server.metadata.authorization_servers).toEqual(issuers)
  })

  it('pass on every other option, and introspect no opaque tokens unless asked to', () => {
    const introspection = { clientId: 'mcp', clientSecret: 's3cr3t' }
    expect(okta({ ...OKTA, confirm: 'always', introspection })).toMatchObject({
      confirm: 'always',
      introspection: { ...introspection, opaqueTokens: false },
    })
    expect(
      okta({ ...OKTA, introspection: { ...introspection, opaqueTokens: true } }).introspection,
    ).toMatchObject({ opaqueTokens: true })
    expect(auth0({ domain: 'a.auth0.com' })).not.toHaveProperty('introspection')
  })

  it('name the claim of the roles, if the vendor lets people choose it', () => {
    const claims = {
      'https://acme.example/roles': ['admin'],
      groups: ['staff'],
      permissions: ['p'],
    }
    const rolesClaim = 'https://acme.example/roles'
    const rolesOf = ({ profile }: ReturnType<typeof auth0>) => profile?.rolesOf?.(claims)
    expect(rolesOf(auth0({ domain: 'a.auth0.com' }))).toEqual(['p'])
    expect(rolesOf(auth0({ domain: 'a.auth0.com', rolesClaim }))).toEqual(['admin'])
    expect(rolesOf(okta(OKTA))).toEqual(['staff'])
    expect(rolesOf(okta({ ...OKTA, rolesClaim }))).toEqual(['admin'])
    expect(rolesOf(okta({ ...OKTA, rolesClaim: '__proto__' }))).toEqual([])
    const { profile } = cognito(COGNITO)
    expect(profile?.rolesOf?.({ 'cognito:groups': ['a', 7] })).toEqual([])
  })

  it.each<[() => unknown, RegExp]>([
    [() => auth0({} as never), /auth0: option `domain` must be a domain, such as acme/],
    [
      () => auth0({ domain: 'https://a.auth0.com/' }),
      /`domain` .* without https:\/\/ .*got "https/,
    ],
    [() => auth0({ domain: 'a.auth0.com/x' }), /`domain` must be a domain in lower case/],
    [() => auth0({ domain: 'a.auth0.com', issuer: 'x' } as never), /no option `issuer`/],
    [() => auth0({ domain: 'a.auth0.com', roleClaim: 'x' } as never), /did you mean `rolesClaim`/],
    [() => auth0({ domain: 'a.auth0.com', jwksUri: 7 as never }), /auth0: option `jwksUri`/],
    [() => entraId({ ...ENTRA, tenantId: 'common' }), /`tenantId` .*`common`.* are no issuers/],
    [() => entraId({ ...ENTRA, tenantId: 'acme.onmicrosoft.com' }), /always has the id/],
    [
      () => entraId({ ...ENTRA, tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad' }),
      /personal Microsoft accounts, where everybody can get an account/,
    ],
    [() => entraId({ ...ENTRA, tenantId: TENANT.toUpperCase() }), /in lower case/],
    [() => entraId({ tenantId: TENANT } as never), /`applicationId` must be the application/],
    [() => entraId({ applicationId: APPLICATION } as never), /`tenantId`/],
    [() => entraId({ ...ENTRA, tokenVersion: 2 as never }), /`tokenVersion` must be "v1" or "v2"/],
    [() => entraId({ ...ENTRA, tenantIds: [TENANT] } as never), /no option `tenantId`/],
    [
      () => entraId({ tenantIds: [], applicationId: APPLICATION }),
      /`tenantIds` must name at least one tenant/,
    ],
    [
      () => entraId({ tenantIds: [TENANT, TENANT], applicationId: APPLICATION }),
      /`tenantIds` must name each tenant once/,
    ],
    [
      () => entraId({ tenantIds: ['organizations'], applicationId: APPLICATION }),
      /`tenantIds\.0` .* are no issuers/,
    ],
    [() => entraId(null as never), /entraId: option `options` must be an object/],
    [() => okta({ domain: 'acme.okta.com' } as never), /`authorizationServerId` must be .*org/],
    [() => okta({ ...OKTA, domain: 'acme-admin.okta.com' }), /without -admin/],
    [() => okta({ ...OKTA, authorizationServerId: 'a/b' }), /`authorizationServerId` must be/],
    [() => cognito({ ...COGNITO, region: 'Frankfurt' }), /`region` must be a region, such as/],
    [() => cognito({ ...COGNITO, userPoolId: 'eu-west-1_Abc' }), /must begin with the region/],
    [() => cognito({ ...COGNITO, userPoolId: 'x' }), /`userPoolId` must be the id of a user pool/],
    [
      () => cognito({ ...COGNITO, acceptAnyTokenOfClients: [] }),
      /must name at least one app client/,
    ],
    [() => google({} as never), /`clientIds` must be a list of the ids of your clients at Google/],
    [() => google({ clientIds: [] }), /the endpoint answers about the tokens of all clients/],
    [
      () => google({ clientIds: ['a'], introspection: {} } as never),
      /google: there is no option `introspection`/,
    ],
  ])('name the option and the mistake (%#)', (make, message) => {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it.each<[string, Parameters<typeof createResourceServer>[0]['authorizationServer'], string[]]>([
    ['api://default', okta(OKTA), ['api://default']],
    ['Microsoft Graph', entraId(ENTRA), ['https://graph.microsoft.com']],
    ['userinfo', auth0({ domain: 'a.auth0.com' }), ['https://a.auth0.com/userinfo']],
    ['the Management API', auth0({ domain: 'a.auth0.com' }), ['https://a.auth0.com/api/v2/']],
  ])(
    'S1.12: an audience of every server of the vendor is refused: %s',
    (_name, server, audiences) => {
      const make = () =>
        createResourceServer({
          resource: RESOURCE,
          authorizationServer: server,
          additionalAudiences: audiences,
        })
      expect(make).toThrow(/`additionalAudiences` must name this server: tokens for many others/)
    },
  )
})
