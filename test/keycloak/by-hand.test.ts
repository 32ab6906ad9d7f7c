import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { createResourceServer } from '../../src/index.ts'
import { keycloak, keycloakRealm } from '../../src/keycloak/index.ts'
import { RESOURCE, SECRET, SERVER_SECRET } from './support/realms.ts'
import { verdict } from './support/resource-servers.ts'
import { decoded, realmUrl, serviceToken } from './support/tokens.ts'

// What the guide's steps for the admin console make, and the faults that it warns of there.

const admin = adminOf(inject('keycloakUrl'), inject('administrator'))

interface Choices {
  /** Of the audience mapper. */
  readonly audience?: Readonly<Record<string, string>>
  readonly includeInTokenScope?: boolean
}

/** One call for each step; what is not said has Keycloak's default. */
async function makeByHand(realm: string, choices: Choices = {}): Promise<void> {
  const { audience = { 'included.custom.audience': RESOURCE }, includeInTokenScope = true } =
    choices
  const post = (path: string, body: object) => admin.call('POST', path, body)
  const client = (clientId: string, secret: string, serviceAccountsEnabled: boolean) =>
    post(`/${realm}/clients`, {
      clientId,
      secret,
      standardFlowEnabled: false,
      directAccessGrantsEnabled: false,
      serviceAccountsEnabled,
      fullScopeAllowed: false,
    })
  await post('', { realm, enabled: true })
  await client('older', SECRET, true)
  await post(`/${realm}/client-scopes`, {
    name: 'mcp:tools',
    protocol: 'openid-connect',
    attributes: { 'include.in.token.scope': String(includeInTokenScope) },
    protocolMappers: [
      {
        name: 'audience: resource',
        protocol: 'openid-connect',
        protocolMapper: 'oidc-audience-mapper',
        config: { ...audience, 'access.token.claim': 'true', 'introspection.token.claim': 'true' },
      },
    ],
  })
  const scopes = (await admin.call('GET', `/${realm}/client-scopes`)) as Record<string, string>[]
  const id = scopes.find(({ name }) => name === 'mcp:tools')?.id
  await admin.call('PUT', `/${realm}/default-default-client-scopes/${id}`)
  await client(RESOURCE, SERVER_SECRET, false)
  await client('mcp-service', SECRET, true)
}

async function setAttribute(
  realm: string,
  clientId: string,
  name: string,
  value: string,
): Promise<void> {
  const clients = (await admin.call('GET', `/${realm}/clients`)) as {
    id: string
    clientId: string
    attributes: Record<string, string>
  }[]
  const client = clients.find((one) => one.clientId === clientId)
  if (client === undefined) throw new Error(`${realm} has no client ${clientId}`)
  const attributes = { ...client.attributes, [name]: value }
  await admin.call('PUT', `/${realm}/clients/${client.id}`, { ...client, attributes })
}

const tokenOf = async (realm: string, client: string, more = {}): Promise<string> =>
  (await serviceToken(client, { realm, ...more })).access_token

/** By the guide's server. */
async function judged(realm: string, token: string): Promise<string> {
  const resourceServer = createResourceServer({
    resource: RESOURCE,
    authorizationServer: keycloak(realmUrl(realm), {
      clientId: RESOURCE,
      clientSecret: SERVER_SECRET,
      confirm: 'always',
    }),
    requiredScopes: ['mcp:tools'],
  })
  try {
    const headers = { authorization: `Bearer ${token}` }
    return verdict(await resourceServer.authenticate({ method: 'POST', url: '/mcp', headers }))
  } finally {
    await resourceServer.close()
  }
}

describe('a realm made by hand', () => {
  const realms = {
    'by-hand': {},
    'by-hand-unnamed': { includeInTokenScope: false },
    'by-hand-both': {
      audience: { 'included.client.audience': 'older', 'included.custom.audience': RESOURCE },
    },
  } as const satisfies Record<string, Choices>

  beforeAll(async () => {
    for (const [realm, choices] of Object.entries(realms)) await makeByHand(realm, choices)
  })

  afterAll(async () => {
    for (const realm of Object.keys(realms)) await admin.call('DELETE', `/${realm}`)
  })

  it('gives out tokens that are accepted', async () => {
    expect(await judged('by-hand', await tokenOf('by-hand', 'mcp-service'))).toBe('allowed')
  })

  it('gives none of the kind to a client that was there before the scope', async () => {
    const token = await tokenOf('by-hand', 'older')
    expect(decoded(token).claims.aud).toBeUndefined()
    expect(await judged('by-hand', token)).toBe('401 token_inactive')
  })

  it('gives the audience and not the scope without "Include in token scope"', async () => {
    const token = await tokenOf('by-hand-unnamed', 'mcp-service')
    expect(await judged('by-hand-unnamed', token)).toBe('403 scope_missing')
  })

  it('passes over the custom audience where a client is named too', async () => {
    const token = await tokenOf('by-hand-both', 'mcp-service')
    expect(decoded(token).claims.aud).toBe('older')
  })

  it('knows no `resource` until the attribute is set that the console has no field for', async () => {
    const resource = RESOURCE
    await expect(tokenOf('by-hand', 'mcp-service', { resource })).rejects.toThrow('invalid_target')

    await setAttribute('by-hand', RESOURCE, 'resource_url', resource)
    await setAttribute('by-hand', 'mcp-service', 'client_credentials.use_refresh_token', 'true')
    const token = await tokenOf('by-hand', 'mcp-service', { resource })
    expect(await judged('by-hand', token)).toBe('allowed')
  })
})

describe('S1.10: registration from anywhere for clients of trusted hosts', () => {
  const realm = 'any-sender'
  const register = (redirectUri: string): Promise<Response> =>
    fetch(`${realmUrl(realm)}/clients-registrations/openid-connect`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' }),
    })

  beforeAll(async () => {
    const registration = { trustedHosts: ['agents.example.com'], matchSender: false }
    await admin.importRealm(keycloakRealm({ realm, resource: RESOURCE, registration }))
  })

  afterAll(() => admin.call('DELETE', `/${realm}`))

  it('is open to their URLs, wherever it is sent from', async () => {
    expect((await register('https://agents.example.com/callback')).status).toBe(201)
  })

  it('is refused to others', async () => {
    const answer = await register('https://attacker.example/callback')
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('Trusted Hosts')
  })
})
