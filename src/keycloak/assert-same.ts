import type {
  ClientRepresentation,
  ClientScopeRepresentation,
  PartialKeycloakRealm,
} from './realm-representation.ts'

/**
 * Checks that each client scope that the realm has already has the same content as the one to be added.
 *
 * @throws {Error} naming a client scope that differs
 * @internal
 */
export function assertSameScopes(
  wanted: readonly ClientScopeRepresentation[],
  found: readonly ClientScopeRepresentation[],
): void {
  assertSame('client scope', wanted, found, ({ name }) => name, scopeOf)
}

/**
 * Checks that each client that the realm has already has the same content as the one to be added.
 *
 * @throws {Error} naming a client that differs
 * @internal
 */
export function assertSameClients(
  { clients, clientScopes }: Pick<PartialKeycloakRealm, 'clients' | 'clientScopes'>,
  found: readonly ClientRepresentation[],
): void {
  const scopes = new Set(clientScopes.map(({ name }) => name))
  assertSame(
    'client',
    clients,
    found,
    ({ clientId }) => clientId,
    (client) => clientOf(client, scopes),
  )
}

/** The members of a client scope that affect tokens, in a form that can be compared. */
const scopeOf = ({ attributes, protocolMappers = [] }: ClientScopeRepresentation): unknown => [
  attributes['include.in.token.scope'],
  attributes['display.on.consent.screen'],
  protocolMappers
    .map(({ name, protocolMapper, config }) => [name, protocolMapper, sorted(config)])
    .sort(([a], [b]) => String(a).localeCompare(String(b))),
]

/** The members of a client that decide who gets which tokens, in a form that can be compared. */
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
  // The scopes of the additions. Someone who registered the client before could copy the members above,
  // but could not have scopes that did not exist yet.
  [client.defaultClientScopes ?? [], client.optionalClientScopes ?? []]
    .flat()
    .filter((name) => scopes.has(name))
    .sort(),
]

/** Sorts entries, and drops entries with the value `false`, which Keycloak adds. */
const sorted = (entries: Readonly<Record<string, string>>): unknown =>
  Object.entries(entries)
    .filter(([, value]) => value !== 'false')
    .sort(([a], [b]) => a.localeCompare(b))

function assertSame<T>(
  kind: string,
  wanted: readonly T[],
  found: readonly T[],
  nameOf: (one: T) => string,
  partOf: (one: T) => unknown,
): void {
  for (const one of wanted) {
    const other = found.find((candidate) => nameOf(candidate) === nameOf(one))
    if (other === undefined) continue
    if (contentOf(other, partOf) !== JSON.stringify(partOf(one))) {
      throw new Error(
        `The realm already has a ${kind} ${nameOf(one)}, with other content than the one to be added. Find ` +
          'out who made it; then delete it, or choose another name. Nothing was changed.',
      )
    }
  }
}

/** The content that is compared; `undefined` if members are missing or have other types, so that it counts as different. */
function contentOf<T>(one: T, partOf: (one: T) => unknown): string | undefined {
  try {
    return JSON.stringify(partOf(one))
  } catch {
    return undefined
  }
}
