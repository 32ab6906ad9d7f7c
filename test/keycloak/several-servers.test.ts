import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import {
  keycloakRealm,
  type PartialKeycloakRealm,
  type PartialKeycloakRealmOptions,
} from '../../src/keycloak/index.ts'
import { publicRealm } from './support/oauth.ts'
import { SECRET } from './support/realms.ts'
import { decoded, realmUrl, serviceToken } from './support/tokens.ts'

const admin = adminOf(inject('keycloakUrl'), inject('administrator'))

const server = (
  name: string,
  more: Partial<PartialKeycloakRealmOptions> = {},
): PartialKeycloakRealm =>
  keycloakRealm({
    partial: true,
    resource: `http://127.0.0.1:3001/${name}`,
    scopes: [`${name}:read`],
    optionalScopes: [{ name: `${name}:admin`, roles: [`${name}-admin`] }],
    server: { secret: SECRET, roles: ['reader'] },
    existingClients: ['mcp-client'],
    registration: true,
    clients: [
      {
        clientId: `${name}-service`,
        serviceAccount: true,
        secret: SECRET,
        roles: [`${name}-admin`],
      },
    ],
    ...more,
  })

interface Named {
  readonly id?: string
  readonly name?: string
  readonly clientId?: string
  readonly defaultClientScopes?: readonly string[]
  readonly optionalClientScopes?: readonly string[]
  readonly config?: Readonly<Record<string, readonly string[]>>
}

const list = async (path: string) => (await admin.call('GET', path)) as Named[]

/** Everything of a realm that decides about tokens, but for what is added for these servers. */
async function snapshot(realm: string, added: readonly string[] = []): Promise<object> {
  const names = added.length === 0 ? [] : [...added, 'mcp-program', 'mcp-roles']
  const others = ({ name = '', clientId = '' }: Named) =>
    names.every((server) => !name.includes(server) && !clientId.includes(server))
  const scopes = (list: readonly string[] = []) => list.filter((name) => others({ name })).sort()
  const byId = (entries: readonly Named[]) =>
    Object.fromEntries(entries.filter(others).map((entry) => [entry.id ?? '', entry]))
  const clients = (await list(`/${realm}/clients`)).map((client) => ({
    ...client,
    defaultClientScopes: scopes(client.defaultClientScopes),
    optionalClientScopes: scopes(client.optionalClientScopes),
  }))
  const { clientProfiles, clientPolicies, ...settings } = (await admin.call(
    'GET',
    `/${realm}`,
  )) as { clientProfiles: { profiles: Named[] }; clientPolicies: { policies: Named[] } }
  return {
    settings,
    profiles: clientProfiles.profiles.filter(
      ({ name = '' }) => others({ name }) && name !== REFUSE,
    ),
    policies: clientPolicies.policies.filter(others),
    clients: byId(clients),
    scopes: byId(await list(`/${realm}/client-scopes`)),
    defaults: byId(await list(`/${realm}/default-default-client-scopes`)),
    optionals: byId(await list(`/${realm}/default-optional-client-scopes`)),
  }
}

/** Shared by all refusals of the recipe. */
const REFUSE = 'mcp: refuse'

/** `aud` of the token that a program of a server gets unasked. */
const audienceOf = async (realm: string, name: string): Promise<unknown> =>
  decoded((await serviceToken(`${name}-service`, { realm })).access_token).claims.aud

describe('a realm of the recipe', () => {
  const realm = 'several'
  const first = keycloakRealm({
    realm,
    resource: 'http://127.0.0.1:3001/notes',
    scopes: ['notes:read'],
    clients: [
      { clientId: 'mcp-client', redirectUris: ['http://127.0.0.1/callback'] },
      { clientId: 'notes-service', serviceAccount: true, secret: SECRET },
    ],
    registration: { trustedHosts: ['127.0.0.1', 'localhost'] },
  })

  beforeAll(() => admin.importRealm(first))
  afterAll(() => admin.call('DELETE', `/${realm}`))

  it('takes a second and a third server, and what was there stays as it is', async () => {
    const servers = ['mail', 'files']
    const before = await snapshot(realm, servers)
    for (const name of servers) {
      expect(await admin.importPartially(realm, server(name))).toEqual(
        expect.arrayContaining([
          `client scope ${name}:read`,
          `client http://127.0.0.1:3001/${name}`,
          `client scope ${name}:read for mcp-client`,
        ]),
      )
    }
    expect(await snapshot(realm, servers)).toEqual(before)
    for (const name of ['notes', ...servers]) {
      expect(await audienceOf(realm, name)).toBe(`http://127.0.0.1:3001/${name}`)
    }
  })

  it('is not changed when the same is added again, nor when it was made anew', async () => {
    const before = await snapshot(realm)
    expect(await admin.importPartially(realm, server('mail'))).toEqual([])
    expect(await snapshot(realm)).toEqual(before)
  })

  it('lets clients that register themselves name the scopes of all servers', async () => {
    const { register } = publicRealm(realmUrl(realm))
    const metadata = {
      redirect_uris: ['http://127.0.0.1:8976/callback'],
      token_endpoint_auth_method: 'none',
      scope: 'notes:read mail:read files:read',
    }
    expect(await register(metadata)).toMatchObject({ status: 201 })
    expect(await register({ ...metadata, scope: 'mcp-program' })).toMatchObject({ status: 403 })
  })

  it.each<[string, PartialKeycloakRealm, RegExp]>([
    [
      'the scope name of another server',
      server('more', { scopes: ['notes:read'] }),
      /client scope notes:read, .* Nothing was changed/,
    ],
    [
      'a client id that is taken, with another secret',
      server('mail', { server: { secret: 'another', roles: ['reader'] } }),
      /client http:\/\/127\.0\.0\.1:3001\/mail, .* Nothing was changed/,
    ],
    [
      'a client that is not there',
      server('more', { existingClients: ['no-such-client'] }),
      /no client no-such-client/,
    ],
  ])('refuses %s, and nothing is changed', async (_what, additions, message) => {
    const before = await snapshot(realm)
    await expect(admin.importPartially(realm, additions)).rejects.toThrow(message)
    expect(await snapshot(realm)).toEqual(before)
  })
})

describe('a realm that was there before', () => {
  const realm = 'older'
  const { post } = publicRealm(realmUrl(realm))

  beforeAll(async () => {
    await admin.call('POST', '', { realm, enabled: true })
    await admin.call('POST', `/${realm}/clients`, {
      clientId: 'mcp-client',
      publicClient: true,
      redirectUris: ['http://127.0.0.1:8976/callback'],
    })
    await admin.call('POST', `/${realm}/clients`, {
      clientId: 'older-service',
      secret: SECRET,
      serviceAccountsEnabled: true,
    })
  })
  afterAll(() => admin.call('DELETE', `/${realm}`))

  it('takes servers, and what was there stays as it is', async () => {
    const before = await snapshot(realm, ['mail', 'files'])
    for (const name of ['mail', 'files']) {
      await admin.importPartially(realm, server(name))
      expect(await audienceOf(realm, name)).toBe(`http://127.0.0.1:3001/${name}`)
    }
    expect(await snapshot(realm, ['mail', 'files'])).toEqual(before)
    expect(await admin.importPartially(realm, server('mail'))).toEqual([])
  })

  it('leaves the service accounts that were there alone', async () => {
    expect(await audienceOf(realm, 'older')).toBe('account')
  })

  it('refuses a service account that is not a program of the server', async () => {
    const clients = await list(`/${realm}/clients?clientId=older-service`)
    const scopes = await list(`/${realm}/client-scopes`)
    const mail = scopes.find(({ name }) => name === 'mail:read')?.id
    await admin.call('PUT', `/${realm}/clients/${clients[0]?.id}/optional-client-scopes/${mail}`)
    const answer = await post('token', {
      grant_type: 'client_credentials',
      client_id: 'older-service',
      client_secret: SECRET,
      scope: 'mail:read',
    })
    expect(answer).toMatchObject({
      status: 400,
      body: { error_description: 'Request not allowed' },
    })
  })

  it('demands PKCE for the scopes of the server alone', async () => {
    const start = (scope: string) =>
      fetch(
        `${realmUrl(realm)}/protocol/openid-connect/auth?${new URLSearchParams({
          client_id: 'mcp-client',
          response_type: 'code',
          redirect_uri: 'http://127.0.0.1:8976/callback',
          scope,
        })}`,
        { redirect: 'manual' },
      )
    expect((await start('openid')).status).toBe(200)
    const refused = await start('openid mail:read')
    expect(refused.status).toBe(302)
    expect(refused.headers.get('location')).toContain('code_challenge_method')
  })
})
