import { describe, expect, it } from 'vitest'
import {
  type AdminCall,
  addToKeycloakRealm,
  type ClientRepresentation,
  keycloakRealm,
} from '../../../src/keycloak/index.ts'

// What must not be added to a realm. What is added, and how, is tried on a real Keycloak.

const resource = 'https://mail.example.com/mcp'
const additions = keycloakRealm({
  partial: true,
  resource,
  scopes: ['mail:read'],
  server: { secret: 'secret' },
  existingClients: ['mcp-client'],
})

/** A realm that has these; every call that changes something is kept. */
function realmWith(clients: readonly object[], scopes: readonly object[] = []) {
  const changes: string[] = []
  const call: AdminCall = async (method, path) => {
    if (method !== 'GET') changes.push(`${method} ${path}`)
    if (path.startsWith('/acme/clients?')) {
      return [{ id: 'client-1', clientId: 'mcp-client' }, ...clients]
    }
    if (path === '/acme/client-scopes') return scopes
    throw new Error(`${method} ${path}`)
  }
  return { changes, add: () => addToKeycloakRealm(call, 'acme', additions) }
}

const [server] = additions.clients
const [, scope] = additions.clientScopes
if (server === undefined || scope === undefined) throw new Error('the recipe wrote nothing')

describe('addToKeycloakRealm: a name that the realm already uses', () => {
  it.each<[string, Partial<ClientRepresentation>]>([
    ['with another secret', { secret: 'guessed' }],
    ['as a public client', { publicClient: true }],
    ['with a service account', { serviceAccountsEnabled: true }],
    ['with a sign-in', { standardFlowEnabled: true }],
    ['with the implicit grant', { implicitFlowEnabled: true }],
    ['with the password grant', { directAccessGrantsEnabled: true }],
    ['with every role in scope', { fullScopeAllowed: true }],
    ['by a registrant, whose client needs consent', { consentRequired: true }],
    ['with a place to be redirected to', { redirectUris: ['https://attacker.example/'] }],
    ['for another resource', { attributes: { resource_url: 'https://attacker.example/' } }],
  ])('fails before it changes anything, for a client %s', async (_what, difference) => {
    const { add, changes } = realmWith([{ id: 'client-2', ...server, ...difference }])
    await expect(add()).rejects.toThrow(
      `The realm already has a client ${resource}, with other content than the one to be added.`,
    )
    expect(changes).toEqual([])
  })

  it('fails before it changes anything, for a copy of the client that lacks the new scope', async () => {
    const wanted = keycloakRealm({
      partial: true,
      resource,
      scopes: ['mail:read'],
      clients: [{ clientId: 'mail-client', redirectUris: ['http://127.0.0.1/callback'] }],
    })
    const changes: string[] = []
    const copy = { id: 'client-2', ...wanted.clients[1], optionalClientScopes: ['phone'] }
    const call: AdminCall = async (method, path) => {
      if (method !== 'GET') changes.push(`${method} ${path}`)
      return path.startsWith('/acme/clients?') ? [copy] : []
    }
    await expect(addToKeycloakRealm(call, 'acme', wanted)).rejects.toThrow(
      'The realm already has a client mail-client, with other content than the one to be added.',
    )
    expect(changes).toEqual([])
  })

  const mappers = (change: object) => ({
    protocolMappers: scope.protocolMappers.map(({ config, ...mapper }) => ({
      ...mapper,
      config: { ...config, ...change },
    })),
  })
  it.each<[string, object]>([
    ['for another server', mappers({ 'included.custom.audience': 'https://attacker.example/' })],
    ['in ID tokens too', mappers({ 'id.token.claim': 'true' })],
    ['without a mapper', { protocolMappers: undefined }],
    ['that users are not asked about', { attributes: { 'include.in.token.scope': 'true' } }],
  ])('fails before it changes anything, for a client scope %s', async (_what, difference) => {
    const { add, changes } = realmWith([], [{ id: 'scope-1', ...scope, ...difference }])
    await expect(add()).rejects.toThrow(
      'The realm already has a client scope mail:read, with other content than the one to be added.',
    )
    expect(changes).toEqual([])
  })

  it('shows no secret in the error', async () => {
    const error = await realmWith([{ id: 'client-2', ...server, secret: 'guessed' }])
      .add()
      .catch((fault: Error) => fault)
    expect(String(error)).not.toMatch(/guessed|secret/)
  })
})

describe('addToKeycloakRealm: security events', () => {
  const wanted = keycloakRealm({
    partial: true,
    resource,
    existingClients: [],
    revocation: { securityEvents: true },
  })

  it('SSF-1: fails before it changes anything where Keycloak runs without its feature ssf', async () => {
    const changes: string[] = []
    const call: AdminCall = async (method, path) => {
      if (method !== 'GET') changes.push(`${method} ${path}`)
      return []
    }
    await expect(addToKeycloakRealm(call, 'acme', wanted)).rejects.toThrow(
      'acme has no client scope ssf.manage, which security events need. Start Keycloak with its feature ssf',
    )
    expect(changes).toEqual([])
  })
})

describe('addToKeycloakRealm: existingClients', () => {
  it('fails for a client that the realm does not have', async () => {
    const call: AdminCall = async () => []
    await expect(addToKeycloakRealm(call, 'acme', additions)).rejects.toThrow(
      'acme has no client mcp-client, which `existingClients` names',
    )
  })
})

describe('addToKeycloakRealm: an answer of Keycloak in another form', () => {
  it.each<[string, unknown, string]>([
    ['no list of client scopes', { error: 'x' }, 'a list of objects with "id" and "name"'],
    ['a client scope without a name', [{ id: 's' }], 'a list of objects with "id" and "name"'],
    ['an id that leads elsewhere', [{ id: '../../master', name: 'a' }], 'a list of objects'],
    ['an id that is no text', [{ id: {}, name: 'a' }], 'a list of objects with "id" and "name"'],
  ])('fails before it changes anything: %s', async (_what, scopes, expected) => {
    const { add, changes } = realmWith([], scopes as object[])
    await expect(add()).rejects.toThrow(
      `Keycloak answered GET /admin/realms/acme/client-scopes with something else than ${expected}`,
    )
    expect(changes).toEqual([])
  })

  it('takes a client scope that it cannot read for one with other content', async () => {
    const { add, changes } = realmWith([], [{ id: 's', name: 'mail:read' }])
    await expect(add()).rejects.toThrow('The realm already has a client scope mail:read')
    expect(changes).toEqual([])
  })

  it('writes no attributes over attributes that it cannot read', async () => {
    const wanted = keycloakRealm({
      partial: true,
      resource,
      existingClients: [],
      revocation: { securityEvents: true },
    })
    const changes: string[] = []
    const call: AdminCall = async (method, path) => {
      if (method !== 'GET') changes.push(`${method} ${path}`)
      if (path === '/acme') return { attributes: 'text' }
      if (path !== '/acme/client-scopes') return []
      return ['ssf.manage', 'ssf.read'].map((name) => ({ id: name, name }))
    }
    await expect(addToKeycloakRealm(call, 'acme', wanted)).rejects.toThrow(
      'Keycloak answered GET /admin/realms/acme with something else than an object with "attributes"',
    )
    expect(changes).toEqual([])
  })
})
