import { describe, expect, it, vi } from 'vitest'
import { createResourceServer } from '../../../src/index.ts'
import { BUILT_IN_SCOPES } from '../../../src/keycloak/builtin-scopes.ts'
import {
  type KeycloakRealmOptions,
  keycloak,
  keycloakOptionsFor,
  keycloakRealm,
  keycloakRealmWarnings,
  type PartialKeycloakRealmOptions,
  type RealmAllowances,
  type RealmClient,
} from '../../../src/keycloak/index.ts'
import { GIVEN_AWAY } from '../../../src/keycloak/realm-allowances.ts'

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

describe('keycloakRealm(): the audience', () => {
  it('is the resource, which is also the id of the server’s client', () => {
    expect(configs({})).toEqual([['oidc-audience-mapper', resource]])
    const [server] = keycloakRealm({ resource }).clients
    expect(server).toMatchObject({ clientId: resource, publicClient: false })
  })

  it('is two audiences where the server’s client has another id than the resource', () => {
    expect(configs({ server: { clientId: 'mcp-one' } })).toEqual([
      ['oidc-audience-mapper', resource],
      ['oidc-audience-mapper', 'mcp-one'],
    ])
  })

  it('is added by every scope of the server', () => {
    expect(configs({ optionalScopes: ['mcp:write'] }, 'mcp:write')).toEqual(configs({}))
  })

  it('comes from roles with audienceFrom: "roles"', () => {
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
  it('lets Keycloak create its built-in scopes', () => {
    const realm = keycloakRealm({ resource })
    expect(realm.attributes).toEqual({ CreateDefaultClientScopes: 'true' })
    expect(realm.clientScopes.map(({ name }) => name)).toEqual([
      'offline_access',
      'mcp-program',
      'mcp:tools',
    ])
  })

  it('are given only to the clients of the recipe', () => {
    const realm = keycloakRealm({ resource, optionalScopes: ['mcp:write'] })
    expect(realm.defaultDefaultClientScopes).toEqual([])
    expect(realm.defaultOptionalClientScopes).toEqual(['offline_access'])
    const ofClient = (id: string) => realm.clients.find(({ clientId }) => clientId === id)
    // A person's client asks; a program, for which stock clients name no scope, does not have to.
    expect(ofClient('mcp-client')?.defaultClientScopes).not.toContain('mcp:tools')
    expect(ofClient('mcp-client')?.optionalClientScopes).toEqual(
      expect.arrayContaining(['mcp:tools', 'mcp:write']),
    )
    expect(ofClient('mcp-service')?.defaultClientScopes).toContain('mcp:tools')
    expect(ofClient('mcp-service')?.optionalClientScopes).toContain('mcp:write')
  })

  it.each([
    [{ tutorial: true }, ['mcp:tools'], ['mcp:write']],
    [{ allow: { scopesForEveryClient: true } }, ['mcp:tools'], ['mcp:write']],
    [{ allow: { scopesForClientsThatAsk: true } }, [], ['mcp:tools', 'mcp:write']],
  ] as const)('are given to other clients with %j', (wanted, unasked, asked) => {
    const realm = keycloakRealm({ resource, optionalScopes: ['mcp:write'], ...wanted })
    expect(realm.defaultDefaultClientScopes).toEqual(unasked)
    expect(realm.defaultOptionalClientScopes).toEqual(['offline_access', ...asked])
  })

  it('name the server on the consent screen', () => {
    const scope = keycloakRealm({ resource }).clientScopes.find(({ name }) => name === 'mcp:tools')
    expect(scope?.attributes['consent.screen.text']).toBe(`mcp:tools (${resource})`)
  })

  it('add a second audience to a token that was requested without `resource`', () => {
    const decoy = ['oidc-audience-mapper', 'urn:mcp:no-resource']
    expect(configs({ resourceIndicators: true })).toEqual([
      ['oidc-audience-mapper', resource],
      decoy,
    ])
    const allow = { tokensWithoutResource: true }
    expect(configs({ resourceIndicators: true, allow })).not.toContainEqual(decoy)
    expect(configs({})).not.toContainEqual(decoy)
  })

  it('gives a scope with roles only to users who have one of them', () => {
    const optionalScopes = [{ name: 'mcp:admin', roles: ['mcp-admin'] }]
    const realm = keycloakRealm({ resource, optionalScopes })
    expect(realm.scopeMappings).toContainEqual({ clientScope: 'mcp:admin', roles: ['mcp-admin'] })
    expect(realm.roles.realm).toEqual([{ name: 'offline_access' }, { name: 'mcp-admin' }])
  })

  it('names only scopes that exist in the realm', () => {
    const realm = keycloakRealm({
      resource,
      optionalScopes: ['mcp:write'],
      downstream: { audience: 'backend' },
    })
    const own = realm.clientScopes.map(({ name }) => name)
    expect(new Set(own).size).toBe(own.length)
    const names = [...own, ...BUILT_IN_SCOPES]
    for (const { defaultClientScopes, optionalClientScopes } of realm.clients) {
      expect(names).toEqual(expect.arrayContaining([...defaultClientScopes]))
      expect(names).toEqual(expect.arrayContaining([...optionalClientScopes]))
      expect(defaultClientScopes.filter((name) => optionalClientScopes.includes(name))).toEqual([])
    }
  })
})

describe('clients', () => {
  it('with redirect URIs are public, and need PKCE', () => {
    expect(clientFrom({ clientId: 'a', redirectUris: ['https://a.example/cb'] })).toMatchObject({
      publicClient: true,
      standardFlowEnabled: true,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: false,
      fullScopeAllowed: false,
      attributes: { 'pkce.code.challenge.method': 'S256' },
    })
  })

  it('ask users for consent, except with the password grant or consent: false', () => {
    const asks = (more: Partial<RealmClient>) =>
      clientFrom({ clientId: 'a', redirectUris: ['https://a.example/cb'], ...more }).consentRequired
    expect(asks({})).toBe(true)
    expect(asks({ consent: false })).toBe(false)
    expect(asks({ passwordGrant: true })).toBe(false)
    expect(asks({ redirectUris: [], serviceAccount: true })).toBe(false)
  })

  it('with a service account are confidential, and have no other grant', () => {
    expect(clientFrom({ clientId: 'a', serviceAccount: true, secret: 's' })).toMatchObject({
      publicClient: false,
      secret: 's',
      standardFlowEnabled: false,
      serviceAccountsEnabled: true,
    })
  })

  it('may authenticate with a signed JWT in place of a secret', () => {
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
  ] as const)('get the attributes for tokens: %j', (tokens, attributes) => {
    expect(clientFrom({ clientId: 'a', tokens }).attributes).toEqual(attributes)
  })

  it('get a logout token with the session’s id when a session ends', () => {
    const url = 'https://mcp.example.com/logout'
    expect(clientFrom({ clientId: 'a', backchannelLogoutUrl: url }).attributes).toEqual({
      'backchannel.logout.url': url,
      'backchannel.logout.session.required': 'true',
    })
  })

  it('S1.8: only the server’s own client may exchange tokens, and nobody signs in with it', () => {
    const downstream = { audience: 'backend', scope: 'backend:read' }
    const [server] = keycloakRealm({ resource, downstream }).clients
    expect(server).toMatchObject({
      standardFlowEnabled: false,
      serviceAccountsEnabled: false,
      attributes: { 'standard.token.exchange.enabled': 'true', resource_url: resource },
      defaultClientScopes: ['basic', 'mcp-program'],
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

  it('are generated anew each time', () => {
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

  it('trusts no host by default', () => {
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

  it('lets no client name the scopes of programs and of token exchange', () => {
    const allowed = policy({ downstream: { audience: 'backend' } }, 'allowed-client-templates')
    expect(allowed?.['allowed-client-scopes']).toEqual(['mcp:tools'])
  })

  it('lets no client bring protocol mappers', () => {
    expect(policy({}, 'allowed-protocol-mappers')).toEqual({
      'allowed-protocol-mapper-types': ['oidc-sha256-pairwise-sub-mapper'],
    })
  })
})

describe('keys', () => {
  it('has a key provider for each algorithm, the first one preferred, and Keycloak’s own providers', () => {
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

describe('keycloakRealm() with partial', () => {
  const additions = keycloakRealm({ resource, scopes: ['mail:read'], partial: true })

  it('has no settings of the realm itself', () => {
    expect(additions.clientScopes.map(({ name }) => name)).toEqual(['mcp-program', 'mail:read'])
    for (const own of ['components', 'realm', 'passwordPolicy', 'revokeRefreshToken']) {
      expect(additions).not.toHaveProperty(own)
    }
  })

  it('makes Keycloak fail where a name exists, since a stranger may have registered it', () => {
    expect(additions.ifResourceExists).toBe('FAIL')
  })

  it('has policies only for the server’s own scopes', () => {
    const { policies } = additions.clientPolicies
    expect(policies).not.toEqual([])
    for (const { conditions, name } of policies) {
      expect(name).toContain(resource)
      expect(conditions).toContainEqual({
        condition: 'client-scopes',
        configuration: { type: 'Any', scopes: ['mail:read'] },
      })
    }
  })

  it('uses existingClients in place of new clients', () => {
    const of = (options: Partial<PartialKeycloakRealmOptions>) =>
      keycloakRealm({ resource, partial: true, ...options })
    expect(of({}).clients.map(({ clientId }) => clientId)).toContain('mcp-client')
    const shared = of({ existingClients: ['mcp-client'], optionalScopes: ['mcp:write'] })
    expect(shared.clients.map(({ clientId }) => clientId)).toEqual([resource])
    expect(shared).toMatchObject({
      existingClients: ['mcp-client'],
      serverScopes: ['mcp:tools', 'mcp:write'],
      registrableScopes: [],
    })
    expect(of({ registration: true }).registrableScopes).toEqual(['mcp:tools'])
  })
})

describe('client policies', () => {
  const policiesOf = (options: Partial<KeycloakRealmOptions> = {}) => {
    const { clientProfiles, clientPolicies } = keycloakRealm({ resource, ...options })
    const named = new Map(clientProfiles.profiles.map((profile) => [profile.name, profile]))
    return Object.fromEntries(
      clientPolicies.policies.map(({ name, mode, conditions, profiles }) => [
        name,
        {
          mode,
          conditions: conditions.map(({ condition }) => condition),
          executors: profiles.flatMap((profile) =>
            (named.get(profile)?.executors ?? []).map((one) => one.executor),
          ),
        },
      ]),
    )
  }

  it('apply to the whole realm, in the mode STRICT', () => {
    expect(policiesOf()).toEqual({
      'mcp: no implicit grant': rule(['any-client'], ['reject-implicit-grant']),
      'mcp: no password grant': rule(['any-client'], ['reject-ropc-grant']),
      'mcp: PKCE with S256': rule(['any-client'], ['pkce-enforcer']),
      'mcp: no device and no assertion grant': rule(['grant-type'], ['reject-request']),
      'mcp: no service accounts of strangers': rule(
        ['grant-type', 'client-scopes'],
        ['reject-request'],
      ),
      'mcp: no token exchange of strangers': rule(
        ['grant-type', 'client-scopes'],
        ['reject-request'],
      ),
      'mcp: registered clients are public': rule(
        ['client-updater-context', 'client-access-type'],
        ['reject-request'],
      ),
      'mcp: registered clients name no foreign URLs': rule(
        ['client-updater-context'],
        ['secure-client-uris-pattern', 'secure-client-uris-pattern'],
      ),
    })
  })

  const rule = (conditions: string[], executors: string[]) => ({
    mode: 'STRICT',
    conditions,
    executors,
  })

  it.each<[keyof RealmAllowances, string]>([
    ['serviceAccountsOfStrangers', 'mcp: no service accounts of strangers'],
    ['tokenExchangeOfStrangers', 'mcp: no token exchange of strangers'],
    ['codesWithoutPkce', 'mcp: PKCE with S256'],
    ['secretsForRegisteredClients', 'mcp: registered clients are public'],
    ['urlsOfRegisteredClients', 'mcp: registered clients name no foreign URLs'],
  ])('leave out only the policy that `%s` makes void', (allowance, name) => {
    const { [name]: left, ...others } = policiesOf()
    expect(left).toBeDefined()
    expect(policiesOf({ allow: { [allowance]: true } })).toEqual(others)
  })

  const conditionsOf = (name: string, options: Partial<KeycloakRealmOptions> = {}) =>
    keycloakRealm({ resource, ...options }).clientPolicies.policies.find(
      (policy) => policy.name === name,
    )?.conditions

  it('refuse client credentials to clients without the scope that marks a program', () => {
    expect(conditionsOf('mcp: no service accounts of strangers')).toEqual([
      { condition: 'grant-type', configuration: { grant_types: ['client_credentials'] } },
      {
        condition: 'client-scopes',
        configuration: { type: 'Default', scopes: ['mcp-program'], 'is-negative-logic': true },
      },
    ])
  })

  it.each([
    [{}, ['jwt-bearer', 'device_code']],
    [{ allow: { deviceGrant: true } }, ['jwt-bearer']],
  ] as const)('refuse the device grant unless it is allowed: %j', (options, names) => {
    expect(conditionsOf('mcp: no device and no assertion grant', options)).toEqual([
      {
        condition: 'grant-type',
        configuration: {
          grant_types: names.map((name) => `urn:ietf:params:oauth:grant-type:${name}`),
        },
      },
    ])
  })

  it('let registered clients name only URLs of trusted hosts', () => {
    const trustedHosts = ['a.example', 'c.b.example']
    const { clientProfiles } = keycloakRealm({ resource, registration: { trustedHosts } })
    const [fetched, shown] =
      clientProfiles.profiles.find(({ name }) => name.includes('foreign URLs'))?.executors ?? []
    const matching = (patterns: unknown) => (url: string) =>
      (patterns as string[]).some((pattern) => new RegExp(`^(?:${pattern})$`).test(url))
    const isShown = matching(shown?.configuration['allowed-patterns'])
    for (const url of ['https://a.example', 'http://a.example:80/x?y', 'https://c.b.example/#z']) {
      expect(isShown(url), url).toBe(true)
      expect(matching(fetched?.configuration['allowed-patterns'])(url), url).toBe(false)
    }
    for (const url of [
      'https://axexample/',
      'https://a.example.attacker.example/',
      'https://attacker.example/https://a.example/',
      'https://a.example@attacker.example/',
      'https://attacker.example#.b.example/',
      'https://attacker.example?.b.example',
      'https://user:x@c.b.example/',
      'javascript:a.example',
    ]) {
      expect(isShown(url), url).toBe(false)
    }
  })

  it('allow the password grant where a client of the recipe has it', () => {
    const clients = [{ clientId: 'a', passwordGrant: true }]
    expect(policiesOf({ clients })).not.toHaveProperty(['mcp: no password grant'])
  })

  it('accept client metadata documents only from documentHosts, over https', () => {
    const registration = { documentHosts: ['agents.example.com'] }
    const { clientPolicies, clientProfiles } = keycloakRealm({ resource, registration })
    const name = 'mcp: clients by metadata document'
    expect(clientPolicies.policies.find((policy) => policy.name === name)?.conditions).toEqual([
      {
        condition: 'client-id-uri',
        configuration: {
          'client-id-uri-scheme': ['https'],
          'client-id-uri-allow-permitted-domains': ['agents.example.com'],
        },
      },
    ])
    expect(clientProfiles.profiles.find((profile) => profile.name === name)).toMatchObject({
      executors: [{ configuration: { 'cimd-allow-http-scheme': false } }],
    })
  })
})

describe('the audience urn:mcp:no-resource', () => {
  it('cannot be configured as an audience of a server', () => {
    expect(() =>
      createResourceServer({
        resource,
        authorizationServer: keycloak('https://sso.example.com/realms/acme', {
          verification: 'jwt',
        }),
        additionalAudiences: ['urn:mcp:no-resource'],
        requiredScopes: ['mcp:tools'],
      }),
    ).toThrow('additionalAudiences')
  })
})

describe('sessions and passwords', () => {
  it('have limits, rotation and a password policy', () => {
    expect(keycloakRealm({ resource })).toMatchObject({
      passwordPolicy: 'length(12) and notUsername(undefined) and notEmail(undefined)',
      bruteForceProtected: true,
      failureFactor: 10,
      revokeRefreshToken: true,
      refreshTokenMaxReuse: 0,
      offlineSessionMaxLifespanEnabled: true,
      eventsEnabled: true,
      adminEventsEnabled: true,
    })
  })

  it.each<[keyof RealmAllowances, object]>([
    ['refreshTokenReuse', { revokeRefreshToken: false }],
    ['endlessOfflineSessions', { offlineSessionMaxLifespanEnabled: false }],
    ['anyPassword', { passwordPolicy: undefined }],
  ])('are as in Keycloak’s default with `%s`', (allowance, expected) => {
    const realm = keycloakRealm({ resource, allow: { [allowance]: true } })
    expect({ passwordPolicy: undefined, ...realm }).toMatchObject(expected)
  })
})

describe('offline sessions', () => {
  it('are only for users with the role, and the metadata do not offer them', () => {
    const realm = keycloakRealm({ resource })
    const scope = realm.clientScopes.find(({ name }) => name === 'offline_access')
    expect(scope?.attributes['include.in.openid.provider.metadata']).toBe('false')
    expect(realm.roles.realm).toContainEqual({ name: 'offline_access' })
    expect(realm.scopeMappings).toContainEqual({
      clientScope: 'offline_access',
      roles: ['offline_access'],
    })
  })

  it('are for every user with allow.offlineSessions', () => {
    const realm = keycloakRealm({ resource, allow: { offlineSessions: true } })
    expect(realm.clientScopes.map(({ name }) => name)).not.toContain('offline_access')
    expect(realm.roles.realm).toEqual([])
    expect(realm.defaultOptionalClientScopes).toEqual([])
  })
})

describe('an allowance', () => {
  const codes = (options: Partial<KeycloakRealmOptions>) =>
    keycloakRealmWarnings({ resource, ...options }).map(({ code }) => code)

  it('is not in the default realm, which has no warnings', () => {
    expect(codes({})).toEqual([])
    expect(codes({ resourceIndicators: true })).toEqual([])
  })

  it.each(Object.keys(GIVEN_AWAY) as (keyof RealmAllowances)[])('causes a warning: %s', (name) => {
    const [warning, ...others] = keycloakRealmWarnings({ resource, allow: { [name]: true } })
    expect(others).toEqual([])
    expect(warning?.code).toMatch(/^KEYCLOAK_REALM_[A-Z_]+$/)
    expect(warning?.message).toBe(`option \`allow.${name}\`: ${GIVEN_AWAY[name]}`)
    expect(keycloakRealmWarnings({ resource, allow: { [name]: false } })).toEqual([])
  })

  it.each<[Partial<KeycloakRealmOptions>, string]>([
    [{ tutorial: true }, 'TUTORIAL'],
    [{ registration: { trustedHosts: ['a.example'] } }, 'REGISTRATION'],
    [{ registration: { insecureDocuments: true } }, 'INSECURE_DOCUMENTS'],
    [{ clients: [{ clientId: 'a', passwordGrant: true }] }, 'PASSWORD_GRANT'],
    [{ clients: [{ clientId: 'a', fullScope: true }] }, 'FULL_SCOPE'],
    [
      { clients: [{ clientId: 'a', redirectUris: ['https://a.example/'], consent: false }] },
      'NO_CONSENT',
    ],
  ])('causes a warning: %j', (options, code) => {
    expect(codes(options)).toEqual([`KEYCLOAK_REALM_${code}`])
  })

  it('is a process warning', () => {
    const emitted = vi.spyOn(process, 'emitWarning').mockReturnValue()
    keycloakRealm({ resource, allow: { deviceGrant: true } })
    expect(emitted.mock.calls).toEqual([
      [
        `keycloakRealm(): option \`allow.deviceGrant\`: ${GIVEN_AWAY.deviceGrant}`,
        { type: 'KeycloakRealmWarning', code: 'KEYCLOAK_REALM_DEVICE_GRANT' },
      ],
    ])
    emitted.mockRestore()
  })
})

describe('revocation', () => {
  const client = (clientId: string, revocation: KeycloakRealmOptions['revocation']) => {
    const clients = [
      { clientId: 'a' },
      { clientId: 'b', backchannelLogoutUrl: 'https://b.example/' },
    ]
    const realm = keycloakRealm({ resource, clients, ...(revocation && { revocation }) })
    return realm.clients.find((one) => one.clientId === clientId)
  }

  it('is not in the default realm', () => {
    const { attributes, clients, clientScopes } = keycloakRealm({ resource })
    const written = JSON.stringify([attributes, clients, clientScopes])
    expect(written).not.toMatch(/ssf|backchannel|adminUrl/)
  })

  it('BCL-1: sends the logout tokens of each client to the server, unless it has an address', () => {
    expect(client('a', { backchannelLogout: true })?.attributes).toEqual({
      'backchannel.logout.url': `${resource}/backchannel-logout`,
      'backchannel.logout.session.required': 'true',
    })
    expect(client('b', { backchannelLogout: true })?.attributes).toMatchObject({
      'backchannel.logout.url': 'https://b.example/',
    })
    const clients = [
      { clientId: 'a' },
      { clientId: 'b', backchannelLogoutUrl: 'https://b.example/' },
    ]
    const options = { resource, clients, revocation: { backchannelLogout: true } }
    expect(keycloakOptionsFor(options).keycloak.backchannelLogout).toEqual(['a'])
  })

  it('pushes not-before policies to addresses below the server', () => {
    expect(client(resource, { notBefore: true })?.adminUrl).toBe(`${resource}/keycloak`)
    expect(client(resource, { notBefore: true, serverUrl: 'https://in.example/' })?.adminUrl).toBe(
      'https://in.example/keycloak',
    )
  })

  it('SSF-1: the server’s client may have a stream of events, to one address and about everybody', () => {
    expect(client(resource, { securityEvents: true })).toMatchObject({
      serviceAccountsEnabled: true,
      attributes: {
        'ssf.enabled': 'true',
        'ssf.validPushUrls': `${resource}/security-events`,
        'ssf.streamAudience': `${resource}/security-events`,
        'ssf.defaultSubjects': 'ALL',
      },
      defaultClientScopes: ['basic', 'service_account', 'mcp-program'],
      optionalClientScopes: ['ssf.manage', 'ssf.read'],
    })
    const realm = keycloakRealm({ resource, revocation: { securityEvents: true } })
    expect(realm.attributes).toHaveProperty(['ssf.transmitterEnabled'], 'true')
    expect(realm.users).toContainEqual(
      expect.objectContaining({ serviceAccountClientId: resource }),
    )
  })

  it('SSF-1: a new realm has the scopes for streams, and clients that register themselves may not name them', () => {
    const realm = keycloakRealm({
      resource,
      revocation: { securityEvents: true },
      registration: { trustedHosts: ['127.0.0.1'] },
    })
    const names = realm.clientScopes.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['ssf.manage', 'ssf.read']))
    expect(JSON.stringify(realm.components)).toContain('mcp:tools')
    expect(JSON.stringify(realm.components)).not.toContain('ssf.')
  })
})

describe('keycloakOptionsFor()', () => {
  it('sets exclusiveAudience and maxTokenLifetime', () => {
    expect(keycloakOptionsFor({ resource })).toEqual({
      keycloak: { clientId: resource },
      resourceServer: { resource, exclusiveAudience: true, maxTokenLifetime: 300 },
    })
  })

  it('adds the client id as a second audience where it is not the resource', () => {
    const server = { clientId: 'mcp-one' }
    expect(keycloakOptionsFor({ resource, server }).keycloak).toEqual({
      clientId: 'mcp-one',
      additionalAudiences: ['mcp-one'],
    })
  })

  it('sets the longest token lifetime of the realm, where it is known', () => {
    const clients = [{ clientId: 'a', tokens: { lifetime: 900 } }]
    const lifetime = (options: Partial<KeycloakRealmOptions | PartialKeycloakRealmOptions>) =>
      keycloakOptionsFor({ resource, ...options } as KeycloakRealmOptions).resourceServer
        .maxTokenLifetime
    expect(lifetime({ accessTokenLifetime: 60 })).toBe(60)
    expect(lifetime({ accessTokenLifetime: 60, clients })).toBe(900)
    expect(lifetime({ partial: true })).toBeUndefined()
  })
})

describe('a wrong option', () => {
  it.each<[option: string, options: object]>([
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
    ['server.clientId', { resourceIndicators: true, server: { clientId: 'mcp-one' } }],
    ['allow.tokensWithoutResource', { allow: { tokensWithoutResource: true } }],
    ['allow.offlineSessions', { resourceIndicators: true, allow: { offlineSessions: true } }],
    ['scopes', { scopes: ['mcp-program'] }],
    ['redirectUris', { partial: true, existingClients: ['a'], redirectUris: ['https://a/cb'] }],
    ['scopes', { scopes: ['a', 'a'] }],
    ['registration', { registration: true }],
    ['registration.documentHosts', { registration: { trustedHosts: ['a'], documentHosts: ['a'] } }],
    ['algorithms', { algorithms: [] }],
    ['algorithms', { algorithms: ['HS256'] }],
    ['registration', { partial: true, registration: {} }],
    ['scopes', { scopes: 'notes:read' }],
    ['resourceIndicators', { resourceIndicators: 'yes' }],
    ['allow.deviceGrant', { allow: { deviceGrant: 'no' } }],
    ['accessTokenLifetime', { accessTokenLifetime: '300' }],
    ['accessTokenLifetime', { accessTokenLifetime: -1 }],
    ['clients.0.clientId', { clients: [{}] }],
    ['users.0.password', { users: [{ username: 'a', password: ['hush'] }] }],
    ['existingClients', { existingClients: ['a'] }],
    ['revocation.serverUrl', { revocation: { serverUrl: 'http://a.example', notBefore: true } }],
    ['revocation.serverUrl', { revocation: { serverUrl: 'https://a.example' } }],
    ['revocation.notBefore', { revocation: { notBefore: 'yes' } }],
  ])('is named in the TypeError: %s', (option, options) => {
    const make = () => keycloakRealm({ resource, ...options } as KeycloakRealmOptions)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(`keycloakRealm: option \`${option}\``)
    expect(make).not.toThrow('hush')
  })

  it('says that a scope is listed twice', () => {
    expect(() => keycloakRealm({ resource, scopes: ['a', 'a'] })).toThrow(
      'option `scopes` contains a scope twice, or a scope of another option',
    )
  })

  // Passed over, each of them would leave the realm looser, or other, than its options say.
  it.each([
    ['resourceIndicator', 'resourceIndicators', { resourceIndicator: true }],
    ['scops', 'scopes', { scops: ['notes:read'] }],
    ['registration.maxClient', 'registration.maxClients', { registration: { maxClient: 5 } }],
    ['clients.0.consents', 'clients.0.consent', { clients: [{ clientId: 'a', consents: true }] }],
    ['scopes.0.role', 'scopes.0.roles', { scopes: [{ name: 'notes:admin', role: ['admin'] }] }],
    ['allow.deviceGrants', 'allow.deviceGrant', { allow: { deviceGrants: true } }],
    ['existingClient', 'existingClients', { partial: true, existingClient: ['a'] }],
  ])('is refused where it is misspelt: %s', (misspelt, meant, options) => {
    expect(() => keycloakRealm({ resource, ...options } as KeycloakRealmOptions)).toThrow(
      `keycloakRealm: there is no option \`${misspelt}\`: did you mean \`${meant}\`?`,
    )
  })
})
