import { describe, expect, it } from 'vitest'
import { createResourceServer } from '../../../src/index.ts'
import { keycloak, keycloakProfile } from '../../../src/keycloak/index.ts'

const REALM = 'https://sso.example.com/realms/acme'

describe('keycloak', () => {
  it('S1.11: uses the realm’s URL as issuer, unchanged', () => {
    const inspect = expect.any(Function)
    expect(keycloak(REALM)).toEqual({ issuer: REALM, profile: keycloakProfile, inspect })
    expect(keycloak(REALM, { checkRealm: false })).toEqual({
      issuer: REALM,
      profile: keycloakProfile,
    })
    const old = 'https://sso.example.com/auth/realms/My%20Realm'
    expect(keycloak(old).issuer).toBe(old)
  })

  it('S1.8: takes the server’s credentials as clientId and clientSecret', () => {
    expect(keycloak(REALM, { clientId: 'mcp-resource-server', clientSecret: 'secret' })).toEqual({
      issuer: REALM,
      profile: keycloakProfile,
      introspection: {
        clientId: 'mcp-resource-server',
        clientSecret: 'secret',
        opaqueTokens: false,
      },
      inspect: expect.any(Function),
    })
  })

  it('takes an authentication object in place of a secret', () => {
    const authentication = { authenticate: async () => {} }
    const options = keycloak(REALM, { clientId: 'mcp-resource-server', authentication })
    expect(options.introspection).toMatchObject({ clientId: 'mcp-resource-server', authentication })
  })

  it('S1.8: sends opaque tokens to Keycloak only with opaqueTokens: true', () => {
    const credentials = { clientId: 'mcp-resource-server', clientSecret: 'secret' }
    expect(keycloak(REALM, credentials).introspection?.opaqueTokens).toBe(false)
    const asked = keycloak(REALM, { ...credentials, opaqueTokens: true })
    expect(asked.introspection?.opaqueTokens).toBe(true)
    expect(() => keycloak(REALM, { opaqueTokens: true })).toThrow(/`opaqueTokens` needs/)
  })

  it.each([
    ['mcp-client', { clientIds: 'mcp-client' }],
    [['mcp-client', 'other'], { clientIds: ['mcp-client', 'other'] }],
    [
      { clientIds: 'mcp-client', path: '/out' },
      { clientIds: 'mcp-client', path: '/out' },
    ],
  ])(
    'BCL-1: takes the clients whose logout tokens are accepted: %j',
    (backchannelLogout, expected) => {
      expect(keycloak(REALM, { backchannelLogout }).backchannelLogout).toEqual(expected)
    },
  )

  describe('SSF-1: securityEvents', () => {
    const own = { clientId: 'https://mcp.example.com/mcp', clientSecret: 'secret' }
    const other = { clientId: 'mcp-events', clientSecret: 'hush' }
    const authorization = 'Bearer of-a-push'

    it('are managed by the server’s own client', () => {
      const { securityEvents } = keycloak(REALM, { ...own, securityEvents: { authorization } })
      expect(securityEvents).toEqual({ authorization, client: own })
    })

    it('are managed by the client that they name', () => {
      const options = { authorization, client: other }
      expect(keycloak(REALM, { ...own, securityEvents: options }).securityEvents).toEqual(options)
    })

    it('are managed by nobody if the stream was set up by hand', () => {
      const options = { authorization, audience: 'mcp' }
      expect(keycloak(REALM, { ...own, securityEvents: options }).securityEvents).toEqual(options)
      expect(keycloak(REALM, { securityEvents: options }).securityEvents).toEqual(options)
    })

    it('POLL-1: are polled only by a client whose id fits into the poll URL of Keycloak', () => {
      expect(() => keycloak(REALM, { ...own, securityEvents: { delivery: 'poll' } })).toThrow(
        'keycloak: option `securityEvents.client` must be a client whose id is not a URL',
      )
      const options = { delivery: 'poll', client: other } as const
      expect(keycloak(REALM, { ...own, securityEvents: options }).securityEvents).toEqual(options)
    })
  })

  it('passes other options on unchanged', () => {
    const options = keycloak(REALM, {
      algorithms: ['ES256'],
      additionalAudiences: ['https://x.example'],
    })
    expect(options).toMatchObject({
      algorithms: ['ES256'],
      additionalAudiences: ['https://x.example'],
    })
    expect(() =>
      createResourceServer({
        resource: 'https://mcp.example.com/mcp',
        authorizationServer: keycloak(REALM, {
          clientId: 'mcp-resource-server',
          clientSecret: 'secret',
          confirm: 'always',
        }),
      }),
    ).not.toThrow()
  })

  it.each([
    [`${REALM}/`],
    [`${REALM}/.well-known/openid-configuration`],
    [`${REALM}/protocol/openid-connect/token`],
    [`${REALM}?x=1`],
    [`${REALM}#x`],
  ])('suggests the right realm URL for %s', (url) => {
    expect(() => keycloak(url)).toThrow(TypeError)
    expect(() => keycloak(url)).toThrow(`must end with the realm's name: "${REALM}"`)
  })

  it.each([
    ['https://sso.example.com'],
    ['https://sso.example.com/realms'],
    ['https://sso.example.com/realms/'],
    ['https://sso.example.com/admin/master/console/#/acme'],
    ['sso.example.com/realms/acme'],
    [''],
  ])('refuses %j, which is not the URL of a realm', (url) => {
    expect(() => keycloak(url)).toThrow(/option `realmUrl` must be the issuer of a realm/)
  })

  it('refuses a realm URL that is not a string', () => {
    expect(() => keycloak(undefined as unknown as string)).toThrow(/`realmUrl`.*got nothing/)
  })

  it.each([
    [{ clientSecret: 'hush' }, 'option `clientSecret` needs `clientId`'],
    [{ authentication: 'client_secret_post' }, 'option `authentication` needs `clientId`'],
    [{ clientId: 'a' }, 'option `clientSecret` must be set with `clientId`'],
    [
      { clientId: 'a', authentication: 'client_secret_post' },
      'option `clientSecret` must be set with `clientId`',
    ],
  ] as const)(
    'S1.7: an incomplete credential is named in the error, without its value: %j',
    (options, message) => {
      expect(() => keycloak(REALM, options)).toThrow(message)
      expect(() => keycloak(REALM, options)).not.toThrow('hush')
    },
  )
})
