import { isObject, ownMember } from '../json-object.ts'
import { printable } from '../quoted.ts'
import {
  type AdminCall,
  adminClients,
  adminList,
  adminObject,
  type Found,
  type Named,
  wrongAnswer,
} from './admin-answers.ts'
import { assertSameClients, assertSameScopes } from './assert-same.ts'
import type {
  ClientRepresentation,
  ClientScopeRepresentation,
  PartialKeycloakRealm,
} from './realm-representation.ts'
import { STREAM_SCOPES } from './realm-revocation.ts'

/**
 * Adds the result of {@link keycloakRealm} with `partial` to an existing realm. It removes and replaces
 * nothing, and skips everything that the realm has already. So it is safe to add the same result again.
 *
 * @param realm the name of the realm
 * @returns a line for each addition; empty if the realm had everything already
 * @throws {Error} if the realm has a client scope or a client of the same name with other content, which
 * a stranger may have registered. Nothing has been changed then. An answer of Keycloak in another form is an
 * error too: it is never taken for an empty list.
 *
 * @example
 * ```ts
 * import { type AdminCall, addToKeycloakRealm, keycloakRealm } from 'mcp-resource-server/keycloak'
 *
 * declare const call: AdminCall
 *
 * const additions = keycloakRealm({
 *   partial: true,
 *   resource: 'https://mail.example.com/mcp',
 *   scopes: ['mail:read'],
 *   existingClients: ['mcp-client'],
 * })
 * for (const line of await addToKeycloakRealm(call, 'acme', additions)) console.log(line)
 * ```
 */
export async function addToKeycloakRealm(
  call: AdminCall,
  realm: string,
  additions: PartialKeycloakRealm,
): Promise<readonly string[]> {
  const added: string[] = []
  const base = `/${realm}`
  const scopes = await adminList<ClientScopeRepresentation>(call, `${base}/client-scopes`)
  const clients = await adminClients(call, `${base}/clients?max=100000`)
  assertSameScopes(additions.clientScopes, scopes)
  assertSameClients(additions, clients)
  for (const clientId of additions.existingClients) {
    if (!clients.some((client) => client.clientId === clientId)) {
      throw new Error(`${realm} has no client ${clientId}, which \`existingClients\` names`)
    }
  }

  assertStreamScopes(realm, additions, scopes)
  await addRealmAttributes(call, base, additions, added)
  const idOfScope = await addScopes(call, base, additions, scopes, added)
  await addRolesClientsAndUsers(call, base, additions, clients, added)
  await mapRoles(call, base, additions, idOfScope)
  await assign(call, base, additions, clients, idOfScope, added)
  await allowRegistration(call, base, additions.registrableScopes, added)
  await addPolicies(call, base, additions, added)
  return added
}

/** Keycloak drops scopes that it does not have, and nobody could make a stream of security events. */
function assertStreamScopes(
  realm: string,
  { clients }: PartialKeycloakRealm,
  scopes: readonly ClientScopeRepresentation[],
): void {
  const asked = clients.flatMap(({ optionalClientScopes = [] }) => optionalClientScopes)
  const missing = STREAM_SCOPES.find(
    (name) => asked.includes(name) && !scopes.some((scope) => scope.name === name),
  )
  if (missing === undefined) return
  throw new Error(
    `${realm} has no client scope ${missing}, which security events need. Start Keycloak with its feature ` +
      'ssf, which makes the scope. Nothing was changed.',
  )
}

/** Keycloak removes the attributes that an update does not name, so the update names all of them. */
async function addRealmAttributes(
  call: AdminCall,
  base: string,
  { realmAttributes }: PartialKeycloakRealm,
  added: string[],
): Promise<void> {
  if (Object.keys(realmAttributes).length === 0) return
  const { attributes = {} } = await adminObject(call, base)
  if (!isObject(attributes)) throw wrongAnswer(base, 'an object with "attributes"')
  const missing = Object.keys(realmAttributes).filter((name) => attributes[name] === undefined)
  if (missing.length === 0) return
  await call('PUT', base, { attributes: { ...realmAttributes, ...attributes } })
  added.push(...missing.map((name) => `realm attribute ${name}`))
}

async function addScopes(
  call: AdminCall,
  base: string,
  additions: PartialKeycloakRealm,
  before: readonly Found<ClientScopeRepresentation>[],
  added: string[],
): Promise<(name: string) => string> {
  const fresh = additions.clientScopes.filter(
    ({ name }) => !before.some((scope) => scope.name === name),
  )
  for (const scope of fresh) {
    await call('POST', `${base}/client-scopes`, scope)
    added.push(`client scope ${scope.name}`)
  }
  const after = await adminList<ClientScopeRepresentation>(call, `${base}/client-scopes`)
  const idOf = (name: string): string => {
    const id = after.find((scope) => scope.name === name)?.id
    if (id === undefined) throw new Error(`The realm has no client scope ${name}`)
    return id
  }
  for (const kind of ['Default', 'Optional'] as const) {
    const path = `${base}/default-${kind.toLowerCase()}-client-scopes`
    const there = namesIn(await adminList<Named>(call, path))
    for (const name of additions[`default${kind}ClientScopes`]) {
      if (there.has(name)) continue
      await call('PUT', `${path}/${idOf(name)}`)
      added.push(`client scope ${name} for every client`)
    }
  }
  return idOf
}

const namesIn = (list: readonly Named[]): ReadonlySet<string> =>
  new Set(list.map(({ name }) => name))

/**
 * Adds roles, clients and users by partial import. The client scopes must exist already, because
 * Keycloak drops unknown scopes of a client.
 */
async function addRolesClientsAndUsers(
  call: AdminCall,
  base: string,
  additions: PartialKeycloakRealm,
  before: readonly Found<ClientRepresentation>[],
  added: string[],
): Promise<void> {
  const isNew = (clientId: string): boolean => !before.some((one) => one.clientId === clientId)
  const clients = additions.clients.filter(({ clientId }) => isNew(clientId))
  const users = []
  for (const user of additions.users) {
    const service = user.serviceAccountClientId
    const query = `username=${encodeURIComponent(user.username)}&exact=true`
    const there = await adminList(call, `${base}/users?${query}`, 'username')
    if (service === undefined ? there.length === 0 : isNew(service)) users.push(user)
  }
  const roles = await rolesThatAreMissing(call, base, additions, before)
  const { ifResourceExists } = additions
  const results = ownMember(
    await call('POST', `${base}/partialImport`, { ifResourceExists, roles, clients, users }),
    'results',
  )
  for (const result of Array.isArray(results) ? results : []) {
    const [type, name] = [ownMember(result, 'resourceType'), ownMember(result, 'resourceName')]
    if (typeof type !== 'string' || typeof name !== 'string') continue
    added.push(printable(`${type.toLowerCase().replaceAll('_', ' ')} ${name}`))
  }
}

async function rolesThatAreMissing(
  call: AdminCall,
  base: string,
  { roles }: PartialKeycloakRealm,
  clients: readonly Found<ClientRepresentation>[],
): Promise<PartialKeycloakRealm['roles']> {
  const realm = namesIn(await adminList<Named>(call, `${base}/roles?max=100000`))
  const client: Record<string, readonly { readonly name: string }[]> = {}
  for (const [clientId, wanted] of Object.entries(roles.client)) {
    const id = clients.find((one) => one.clientId === clientId)?.id
    const there =
      id === undefined
        ? new Set()
        : namesIn(await adminList<Named>(call, `${base}/clients/${id}/roles`))
    client[clientId] = wanted.filter(({ name }) => !there.has(name))
  }
  return { realm: roles.realm.filter(({ name }) => !realm.has(name)), client }
}

/** Maps roles to scopes. Partial import ignores these mappings. Mapping a role again changes nothing. */
async function mapRoles(
  call: AdminCall,
  base: string,
  additions: PartialKeycloakRealm,
  idOfScope: (name: string) => string,
): Promise<void> {
  for (const { clientScope = '', roles } of additions.scopeMappings) {
    const all = await adminList<Named>(call, `${base}/roles?max=100000`)
    await call(
      'POST',
      `${base}/client-scopes/${idOfScope(clientScope)}/scope-mappings/realm`,
      all.filter(({ name }) => roles.includes(name)),
    )
  }
  for (const [clientId, mappings] of Object.entries(additions.clientScopeMappings)) {
    const query = `clientId=${encodeURIComponent(clientId)}`
    const found = await adminClients(call, `${base}/clients?${query}`)
    const client = found.find((one) => one.clientId === clientId)
    if (client === undefined) throw new Error(`The realm has no client ${clientId}`)
    const all = await adminList<Named>(call, `${base}/clients/${client.id}/roles`)
    for (const { clientScope = '', roles } of mappings) {
      await call(
        'POST',
        `${base}/client-scopes/${idOfScope(clientScope)}/scope-mappings/clients/${client.id}`,
        all.filter(({ name }) => roles.includes(name)),
      )
    }
  }
}

/** Lets existing clients ask for the scopes of the server. The clients' default scopes do not change. */
async function assign(
  call: AdminCall,
  base: string,
  additions: PartialKeycloakRealm,
  clients: readonly Found<ClientRepresentation>[],
  idOfScope: (name: string) => string,
  added: string[],
): Promise<void> {
  for (const client of clients) {
    if (!additions.existingClients.includes(client.clientId)) continue
    const { defaultClientScopes = [], optionalClientScopes = [] } = client
    const there = new Set<unknown>([defaultClientScopes, optionalClientScopes].flat())
    for (const name of additions.serverScopes) {
      if (there.has(name)) continue
      await call('PUT', `${base}/clients/${client.id}/optional-client-scopes/${idOfScope(name)}`)
      added.push(`client scope ${name} for ${client.clientId}`)
    }
  }
}

interface Component {
  readonly providerId: string
  readonly subType?: string
  readonly config?: unknown
}

async function allowRegistration(
  call: AdminCall,
  base: string,
  scopes: readonly string[],
  added: string[],
): Promise<void> {
  if (scopes.length === 0) return
  const type = 'org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy'
  const path = `${base}/components?type=${type}`
  for (const component of await adminList<Component>(call, path, 'providerId')) {
    if (component.providerId !== 'allowed-client-templates') continue
    const { config = {} } = component
    if (!isObject(config)) throw wrongAnswer(path, 'components with "config"')
    const there = config['allowed-client-scopes'] ?? []
    if (!Array.isArray(there)) throw wrongAnswer(path, 'lists of scopes')
    const missing = scopes.filter((name) => !there.includes(name))
    if (missing.length === 0) continue
    await call('PUT', `${base}/components/${component.id}`, {
      ...component,
      config: { ...config, 'allowed-client-scopes': [...there, ...missing] },
    })
    added.push(`registration (${component.subType}) with ${missing.join(', ')}`)
  }
}

/** Adds client profiles and policies. The Admin API replaces whole lists, so the existing entries are sent again. */
async function addPolicies(
  call: AdminCall,
  base: string,
  { clientProfiles, clientPolicies }: PartialKeycloakRealm,
  added: string[],
): Promise<void> {
  for (const [kind, wanted] of [
    ['profiles', clientProfiles.profiles],
    ['policies', clientPolicies.policies],
  ] as const) {
    const path = `${base}/client-policies/${kind}`
    const whole = await adminObject(call, path)
    const there = whole[kind] ?? []
    if (!Array.isArray(there)) throw wrongAnswer(path, `an object with the list "${kind}"`)
    const missing = wanted.filter(
      ({ name }) => !there.some((one) => ownMember(one, 'name') === name),
    )
    if (missing.length === 0) continue
    await call('PUT', path, { ...whole, [kind]: [...there, ...missing] })
    for (const { name } of missing) added.push(`client ${kind} ${name}`)
  }
}
