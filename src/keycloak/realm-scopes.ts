import type { CommonRealmOptions, RealmDownstream, RealmScope } from './realm-options.ts'
import type {
  ClientScopeRepresentation,
  ProtocolMapperRepresentation,
  ScopeMapping,
} from './realm-representation.ts'

/** The scope that adds the roles of `keycloakRealm` to the tokens of clients without full scope. @internal */
export const ROLES_SCOPE = 'mcp-roles'

/**
 * The scope that marks a program: a client that gets tokens without a user (client credentials, token
 * exchange). The client policies refuse these grants to other clients. Only an administrator can
 * assign the scope.
 *
 * @internal
 */
export const PROGRAM_SCOPE = 'mcp-program'

/**
 * The second audience of a token for the server that was requested without `resource`. It belongs to
 * nobody. A server with `exclusiveAudience` refuses such a token.
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
 * Makes a scope of the MCP server. The scope adds the server's audience to a token. So a token is for
 * the server if, and only if, it has a scope of the server.
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
      // The server's URL shows the user which server the scope is for.
      'consent.screen.text': `${description} (${resource})`,
    },
    protocolMappers:
      audienceFrom === 'roles'
        ? [mapper('audience by role', 'oidc-audience-resolve-mapper', {})]
        : [
            audience('audience: resource', { 'included.custom.audience': resource }),
            // Keycloak calls a token inactive if the introspecting client is not in its audience.
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

/** Makes the scope for token exchange: it adds the downstream API's audience and claims. @internal */
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
 * Makes the mappings from scopes to roles. A scope with roles is given only to users who have one of
 * these roles.
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

function audience(name: string, target: Record<string, string>): ProtocolMapperRepresentation {
  return mapper(name, 'oidc-audience-mapper', {
    ...target,
    // Not in ID tokens, which are only for the client.
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
