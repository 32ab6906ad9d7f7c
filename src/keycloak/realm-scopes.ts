import type { CommonRealmOptions, RealmDownstream, RealmScope } from './realm-options.ts'
import type {
  ClientScopeRepresentation,
  ProtocolMapperRepresentation,
  ScopeMapping,
} from './realm-representation.ts'

/** Lets the recipe's roles into tokens of clients that have not every role in scope. @internal */
export const ROLES_SCOPE = 'mcp-roles'

/**
 * Marks a program: a client that gets tokens without a user (client credentials, token exchange).
 * The client policies refuse others. Only an administrator can assign the scope.
 *
 * @internal
 */
export const PROGRAM_SCOPE = 'mcp-program'

/**
 * Stands in every token of the server that was requested without `resource`, beside the server's own
 * audience, and is nobody's. A server with `exclusiveAudience` refuses such a token.
 *
 * @internal
 */
export const DECOY_AUDIENCE = 'urn:mcp:no-resource'

/** @internal */
export const DEFAULT_SCOPES: readonly string[] = ['mcp:tools']

/** @internal */
export const scopesOf = (list: readonly (string | RealmScope)[] = []): readonly RealmScope[] =>
  list.map((entry) => (typeof entry === 'string' ? { name: entry } : entry))

/**
 * A scope of the MCP server. The audience hangs on the scope: a token that may do something here is
 * a token for here, and no other token is.
 *
 * @internal
 */
export function mcpScope(
  { name, description = name }: RealmScope,
  options: CommonRealmOptions,
  serverClientId: string,
): ClientScopeRepresentation {
  const { resource, audienceFrom, resourceIndicators = false, allow = {} } = options
  return {
    name,
    description,
    protocol: 'openid-connect',
    attributes: {
      'include.in.token.scope': 'true',
      'display.on.consent.screen': 'true',
      // Whom the scope opens is what tells a user that another server asks for it.
      'consent.screen.text': `${description} (${resource})`,
    },
    protocolMappers:
      audienceFrom === 'roles'
        ? [mapper('audience by role', 'oidc-audience-resolve-mapper', {})]
        : [
            audience('audience: resource', { 'included.custom.audience': resource }),
            // Keycloak calls a token inactive to a client that is not in its audience.
            ...(serverClientId === resource
              ? []
              : [
                  audience('audience: introspecting client', {
                    'included.client.audience': serverClientId,
                  }),
                ]),
            ...(resourceIndicators && !allow.tokensWithoutResource
              ? [audience('audience: no resource', { 'included.custom.audience': DECOY_AUDIENCE })]
              : []),
          ],
  }
}

/** @internal */
export function rolesScope(): ClientScopeRepresentation {
  return {
    name: ROLES_SCOPE,
    description: 'Roles that the MCP server looks at',
    protocol: 'openid-connect',
    attributes: { 'include.in.token.scope': 'false', 'display.on.consent.screen': 'false' },
    protocolMappers: [],
  }
}

/** @internal */
export function programScope(): ClientScopeRepresentation {
  return {
    name: PROGRAM_SCOPE,
    description: 'Programs that get tokens without a user',
    protocol: 'openid-connect',
    attributes: { 'include.in.token.scope': 'false', 'display.on.consent.screen': 'false' },
    protocolMappers: [],
  }
}

/** The scope that a token is exchanged for: the downstream's audience and claims. @internal */
export function downstreamScope(downstream: RealmDownstream): ClientScopeRepresentation {
  const { audience: clientId, scope: name = clientId, claims = {} } = downstream
  return {
    name,
    description: `Calls to ${clientId}`,
    protocol: 'openid-connect',
    attributes: { 'include.in.token.scope': 'true', 'display.on.consent.screen': 'false' },
    protocolMappers: [
      audience('audience: downstream', { 'included.client.audience': clientId }),
      ...Object.entries(claims).map(([claim, attribute]) =>
        mapper(`claim: ${claim}`, 'oidc-usermodel-attribute-mapper', {
          'user.attribute': attribute,
          'claim.name': claim,
          'jsonType.label': 'String',
        }),
      ),
    ],
  }
}

/**
 * Which roles each scope may bring along. A scope that has any is given only to users who have one
 * of them.
 *
 * @internal
 */
export function scopeMappings(
  scopes: readonly RealmScope[],
  realmRoles: readonly string[],
  clientRoles: readonly string[],
  serverClientId: string,
): {
  scopeMappings: readonly ScopeMapping[]
  clientScopeMappings: Readonly<Record<string, readonly ScopeMapping[]>>
} {
  const guarded = scopes.flatMap(({ name, roles = [] }) =>
    roles.length === 0 ? [] : [{ clientScope: name, roles }],
  )
  return {
    scopeMappings: [
      ...(realmRoles.length === 0 ? [] : [{ clientScope: ROLES_SCOPE, roles: realmRoles }]),
      ...guarded,
    ],
    clientScopeMappings:
      clientRoles.length === 0
        ? {}
        : { [serverClientId]: [{ clientScope: ROLES_SCOPE, roles: clientRoles }] },
  }
}

function audience(name: string, who: Record<string, string>): ProtocolMapperRepresentation {
  return mapper(name, 'oidc-audience-mapper', {
    ...who,
    // An ID token is for the client alone.
    'id.token.claim': 'false',
    'lightweight.claim': 'false',
  })
}

function mapper(
  name: string,
  protocolMapper: string,
  config: Record<string, string>,
): ProtocolMapperRepresentation {
  return {
    name,
    protocol: 'openid-connect',
    protocolMapper,
    config: { ...config, 'access.token.claim': 'true', 'introspection.token.claim': 'true' },
  }
}
