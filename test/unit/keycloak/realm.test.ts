import { describe, expect, it } from 'vitest'
import {
  type KeycloakRealmOptions,
  keycloakRealm,
  type PartialKeycloakRealmOptions,
  type RealmClient,
} from '../../../src/keycloak/index.ts'

const resource = 'https://mcp.example.com/mcp'

/** The one client of a realm that is not the server's. */
function clientFrom(client: RealmClient) {
  const { clients } = keycloakRealm({ resource, clients: [client] })
  const found = clients.find(({ clientId }) => clientId === client.clientId)
  if (found === undefined) throw new Error('no such client')
  return found
}

const configs = (options: Partial<KeycloakRealmOptions>, scope = 'mcp:tools') =>
  keycloakRealm({ resource, ...options })
    .clientScopes.find(({ name }) => name === scope)
    ?.protocolMappers.map(({ config, protocolMapper }) => [
      protocolMapper,
      config['included.custom.audience'] ?? config['included.client.audience'],
    ])

describe('the audience', () => {
  it('is the resource, which is the server’s client as well', () => {
    expect(configs({})).toEqual([['oidc-audience-mapper', resource]])
    const [server] = keycloakRealm({ resource }).clients
    expect(server).toMatchObject({ clientId: resource, publicClient: false })
  })

  it('is two audiences where the server’s client has an id of its own', () => {
    expect(configs({ server: { clientId: 'mcp-one' } })).toEqual([
      ['oidc-audience-mapper', resource],
      ['oidc-audience-mapper', 'mcp-one'],
    ])
  })

  it('hangs on every scope of the server', () => {
    expect(configs({ optionalScopes: ['mcp:write'] }, 'mcp:write')).toEqual(configs({}))
  })

  it('comes from roles where that is wanted', () => {
    const server = { clientId: 'mcp-one', roles: ['access'] }
    expect(configs({ audienceFrom: 'roles', server })).toEqual([
      ['oidc-audience-resolve-mapper', undefined],
    ])
    expect(keycloakRealm({ resource, audienceFrom: 'roles', server })).toMatchObject({
      roles: { client: { 'mcp-one': [{ name: 'access' }] } },
      clientScopeMappings: { 'mcp-one': [{ clientScope: 'mcp-roles', roles: ['access'] }] },
    })
  })
})

describe('scopes', () => {
  it('restates the built-in ones, which an import with scopes of its own drops', () => {
    const realm = keycloakRealm({ resource })
    expect(realm.clientScopes.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['basic', 'roles', 'acr', 'web-origins', 'offline_access']),
    )
    expect(realm.defaultDefaultClientScopes).toContain('basic')
    expect(realm.defaultDefaultClientScopes).toContain('mcp:tools')
  })

  it('keeps a scope for those who have a role', () => {
    const optionalScopes = [{ name: 'mcp:admin', roles: ['mcp-admin'] }]
    const realm = keycloakRealm({ resource, optionalScopes })
    expect(realm.scopeMappings).toContainEqual({ clientScope: 'mcp:admin', roles: ['mcp-admin'] })
    expect(realm.roles.realm).toEqual([{ name: 'mcp-admin' }])
  })

  it('names only scopes that are there', () => {
    const realm = keycloakRealm({
      resource,
      optionalScopes: ['mcp:write'],
      downstream: { audience: 'backend' },
    })
    const names = realm.clientScopes.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const { defaultClientScopes, optionalClientScopes } of realm.clients) {
      expect(names).toEqual(expect.arrayContaining([...defaultClientScopes]))
      expect(names).toEqual(expect.arrayContaining([...optionalClientScopes]))
      expect(defaultClientScopes.filter((name) => optionalClientScopes.includes(name))).toEqual([])
    }
  })
})

describe('clients', () => {
  it('with redirects are public, and need PKCE', () => {
    expect(clientFrom({ clientId: 'a', redirectUris: ['https://a.example/cb'] })).toMatchObject({
      publicClient: true,
      standardFlowEnabled: true,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: false,
      fullScopeAllowed: false,
      attributes: { 'pkce.code.challenge.method': 'S256' },
    })
  })

  it('with a service account are confidential, and have no other flow', () => {
    expect(clientFrom({ clientId: 'a', serviceAccount: true, secret: 's' })).toMatchObject({
      publicClient: false,
      secret: 's',
      standardFlowEnabled: false,
      serviceAccountsEnabled: true,
    })
  })

  it('may sign assertions in place of a secret', () => {
    const jwks = { keys: [{ kty: 'EC' }] }
    const byKey = clientFrom({ clientId: 'a', serviceAccount: true, authentication: { jwks } })
    expect(byKey).toMatchObject({
      clientAuthenticatorType: 'client-jwt',
      attributes: { 'use.jwks.string': 'true', 'jwks.string': JSON.stringify(jwks) },
    })
    expect(byKey.secret).toBeUndefined()
    const jwksUrl = 'https://a.example/jwks'
    expect(
      clientFrom({ clientId: 'a', serviceAccount: true, authentication: { jwksUrl } }).attributes,
    ).toMatchObject({ 'use.jwks.url': 'true', 'jwks.url': jwksUrl })
  })

  it.each([
    [{ algorithm: 'ES256' }, { 'access.token.signed.response.alg': 'ES256' }],
    [{ algorithm: 'Ed25519' }, { 'access.token.signed.response.alg': 'EdDSA' }],
    [{ lifetime: 60 }, { 'access.token.lifespan': '60' }],
    [{ rfc9068: true }, { 'access.token.header.type.rfc9068': 'true' }],
    [{ lightweight: true }, { 'client.use.lightweight.access.token.enabled': 'true' }],
    [{ dpopBound: true }, { 'dpop.bound.access.tokens': 'true' }],
  ] as const)('get tokens as wanted: %j', (tokens, attributes) => {
    expect(clientFrom({ clientId: 'a', tokens }).attributes).toEqual(attributes)
  })

  it('are told of ended sessions, with the session’s id', () => {
    const url = 'https://mcp.example.com/logout'
    expect(clientFrom({ clientId: 'a', backchannelLogoutUrl: url }).attributes).toEqual({
      'backchannel.logout.url': url,
      'backchannel.logout.session.required': 'true',
    })
  })

  it('S1.8: leave exchange to the server’s own client, which nobody signs in with', () => {
    const downstream = { audience: 'backend', scope: 'backend:read' }
    const [server] = keycloakRealm({ resource, downstream }).clients
    expect(server).toMatchObject({
      standardFlowEnabled: false,
      serviceAccountsEnabled: false,
      attributes: { 'standard.token.exchange.enabled': 'true', resource_url: resource },
      defaultClientScopes: ['basic'],
      optionalClientScopes: ['backend:read'],
    })
  })
})

describe('secrets and passwords', () => {
  const secretsOf = () => {
    const { clients, users } = keycloakRealm({
      resource,
      downstream: { audience: 'backend' },
      users: [{ username: 'alice' }],
    })
    return [
      ...clients.flatMap(({ secret }) => secret ?? []),
      ...users.flatMap(({ credentials = [] }) => credentials.map(({ value }) => value)),
    ]
  }

  it('are made anew each time', () => {
    const all = [...secretsOf(), ...secretsOf()]
    expect(all).toHaveLength(8)
    expect(new Set(all).size).toBe(8)
    for (const secret of all) expect(secret).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('S1.10: registration', () => {
  const policy = (options: Partial<KeycloakRealmOptions>, id: string) =>
    Object.values(keycloakRealm({ resource, ...options }).components)
      .flat()
      .find(({ providerId, subType }) => providerId === id && subType === 'anonymous')?.config

  it('trusts no host unless told', () => {
    expect(policy({}, 'trusted-hosts')).toEqual({
      'trusted-hosts': [],
      'host-sending-registration-request-must-match': ['true'],
      'client-uris-must-match': ['true'],
    })
    const registration = { trustedHosts: ['a.example'], matchSender: false }
    expect(policy({ registration }, 'trusted-hosts')).toMatchObject({
      'trusted-hosts': ['a.example'],
      'host-sending-registration-request-must-match': ['false'],
      'client-uris-must-match': ['true'],
    })
  })

  it('lets clients have the server’s scopes, and no mappers of their own', () => {
    expect(policy({}, 'allowed-client-templates')).toMatchObject({
      'allowed-client-scopes': ['mcp:tools'],
    })
    expect(policy({}, 'allowed-protocol-mappers')).toEqual({
      'allowed-protocol-mapper-types': ['oidc-sha256-pairwise-sub-mapper'],
    })
  })
})

describe('keys', () => {
  it('has a provider for each algorithm, the first preferred, and those of Keycloak', () => {
    const realm = keycloakRealm({ resource, algorithms: ['PS256', 'ES384', 'Ed25519'] })
    expect(realm.defaultSignatureAlgorithm).toBe('PS256')
    expect(realm.components['org.keycloak.keys.KeyProvider']).toMatchObject([
      { providerId: 'rsa-generated', config: { priority: ['200'], algorithm: ['PS256'] } },
      { providerId: 'ecdsa-generated', config: { ecdsaEllipticCurveKey: ['P-384'] } },
      { providerId: 'eddsa-generated', config: { eddsaEllipticCurveKey: ['Ed25519'] } },
      { providerId: 'rsa-enc-generated' },
      { providerId: 'hmac-generated' },
      { providerId: 'aes-generated' },
    ])
  })
})

describe('for a realm that exists', () => {
  it('adds to it, and leaves its own affairs alone', () => {
    const additions = keycloakRealm({ resource, partial: true })
    expect(additions.ifResourceExists).toBe('SKIP')
    expect(additions.clientScopes.map(({ name }) => name)).toEqual(['mcp:tools'])
    expect(additions).not.toHaveProperty('components')
    expect(additions).not.toHaveProperty('realm')
  })
})

describe('a wrong option', () => {
  type Options = KeycloakRealmOptions | PartialKeycloakRealmOptions
  it.each<[option: string, options: Partial<Options>]>([
    ['resource', { resource: 'http://mcp.example.com/mcp' }],
    ['resource', { resource: 'mcp' }],
    ['realm', { realm: 'a b' }],
    ['scopes', { scopes: ['a b'] }],
    ['scopes', { scopes: ['profile'] }],
    ['optionalScopes', { optionalScopes: ['mcp:tools'] }],
    ['downstream.scope', { downstream: { audience: 'backend', scope: 'mcp:tools' } }],
    ['server.roles', { audienceFrom: 'roles' }],
    ['server.clientId', { audienceFrom: 'roles', server: { clientId: 'api', roles: ['a'] } }],
    ['clients', { clients: [{ clientId: 'a' }, { clientId: 'a' }] }],
    ['clients', { clients: [{ clientId: resource }] }],
    ['redirectUris', { redirectUris: [], clients: [] }],
    ['clients.0.scopes', { clients: [{ clientId: 'a', scopes: ['other'] }] }],
    ['clients.0.roles', { clients: [{ clientId: 'a', roles: ['r'] }] }],
    ['clients.0.refreshToken', { clients: [{ clientId: 'a', refreshToken: true }] }],
    ['clients.0.secret', { clients: [{ clientId: 'a', secret: 'hush' }] }],
    [
      'clients.0.authentication',
      { clients: [{ clientId: 'a', serviceAccount: true, authentication: 'none' }] },
    ],
    ['algorithms', { algorithms: [] }],
    ['algorithms', { algorithms: ['HS256' as 'RS256'] }],
    ['registration', { partial: true, registration: {} } as Partial<Options>],
  ])('is named: %s', (option, options) => {
    const make = () => keycloakRealm({ resource, ...options } as KeycloakRealmOptions)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(`keycloakRealm: option \`${option}\``)
    expect(make).not.toThrow('hush')
  })
})
