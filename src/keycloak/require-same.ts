import type {
  ClientRepresentation,
  ClientScopeRepresentation,
  PartialKeycloakRealm,
} from './realm-representation.ts'

/** @throws {Error} naming a client scope of the realm that has a wanted name and is another @internal */
export function requireSameScopes(
  wanted: readonly ClientScopeRepresentation[],
  found: readonly ClientScopeRepresentation[],
): void {
  requireSame('client scope', wanted, found, ({ name }) => name, scopeOf)
}

/** @throws {Error} naming a client of the realm that has a wanted id and is another @internal */
export function requireSameClients(
  { clients, clientScopes }: Pick<PartialKeycloakRealm, 'clients' | 'clientScopes'>,
  found: readonly ClientRepresentation[],
): void {
  const scopes = new Set(clientScopes.map(({ name }) => name))
  requireSame(
    'client',
    clients,
    found,
    ({ clientId }) => clientId,
    (client) => clientOf(client, scopes),
  )
}

/** The part of a scope that decides what is in a token, in a form that can be compared. */
const scopeOf = ({ attributes, protocolMappers = [] }: ClientScopeRepresentation): unknown => [
  attributes['include.in.token.scope'],
  attributes['display.on.consent.screen'],
  protocolMappers
    .map(({ name, protocolMapper, config }) => [name, protocolMapper, sorted(config)])
    .sort(([a], [b]) => String(a).localeCompare(String(b))),
]

/** The part of a client that decides who gets which token by it. */
const clientOf = (client: ClientRepresentation, scopes: ReadonlySet<string>): unknown => [
  client.publicClient,
  client.secret,
  client.standardFlowEnabled,
  client.implicitFlowEnabled,
  client.directAccessGrantsEnabled,
  client.serviceAccountsEnabled,
  client.fullScopeAllowed,
  client.consentRequired,
  client.attributes.resource_url,
  [...client.redirectUris].sort(),
  // A registrant can copy all of that, but cannot have a scope that is not there yet.
  [client.defaultClientScopes ?? [], client.optionalClientScopes ?? []]
    .flat()
    .filter((name) => scopes.has(name))
    .sort(),
]

/** Keycloak adds switches that are off. */
const sorted = (entries: Readonly<Record<string, string>>): unknown =>
  Object.entries(entries)
    .filter(([, value]) => value !== 'false')
    .sort(([a], [b]) => a.localeCompare(b))

function requireSame<T>(
  kind: string,
  wanted: readonly T[],
  found: readonly T[],
  nameOf: (one: T) => string,
  partOf: (one: T) => unknown,
): void {
  for (const one of wanted) {
    const other = found.find((candidate) => nameOf(candidate) === nameOf(one))
    if (other === undefined) continue
    if (JSON.stringify(partOf(other)) !== JSON.stringify(partOf(one))) {
      throw new Error(
        `The realm has a ${kind} ${nameOf(one)} that is not the one to be added. Find out who made ` +
          'it; then delete it, or choose another name. Nothing was changed.',
      )
    }
  }
}
