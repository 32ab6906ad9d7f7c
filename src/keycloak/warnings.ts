import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'

/** A warning about options or a realm that work, but not as most people expect. */
export interface KeycloakWarning {
  /** A stable code, for `node --disable-warning=CODE`. */
  readonly code:
    | 'KEYCLOAK_MASTER_REALM'
    | 'KEYCLOAK_BUILT_IN_CLIENT'
    | 'KEYCLOAK_NO_INTROSPECTION'
    | 'KEYCLOAK_NEVER_CONFIRMED'
    | 'KEYCLOAK_SCOPE_UNKNOWN'
    | 'KEYCLOAK_SCOPE_BY_DEFAULT'
    | 'KEYCLOAK_NO_RESOURCE_INDICATORS'
    | 'KEYCLOAK_TOKEN_WITHOUT_RESOURCE'
  readonly message: string
}

/** Emits warnings as process warnings, each with its code. @internal */
export function emitWarnings(warnings: readonly KeycloakWarning[]): void {
  for (const { code, message } of warnings) {
    process.emitWarning(`keycloak(): ${message}`, { type: 'KeycloakWarning', code })
  }
}

/** Clients that every realm has. A resource server should not use their credentials or roles. */
const BUILT_IN = new Set([
  'account',
  'account-console',
  'admin-cli',
  'broker',
  'realm-management',
  'security-admin-console',
])

/**
 * Lists warnings about the options of a Keycloak realm. `keycloak()` emits them as process warnings.
 *
 * @example
 * ```ts
 * import { keycloak, keycloakWarnings } from 'mcp-resource-server/keycloak'
 *
 * const warnings = keycloakWarnings(keycloak('https://sso.example.com/realms/master'))
 * console.log(warnings.map(({ code }) => code))
 * ```
 */
export function keycloakWarnings(options: AuthorizationServerOptions): readonly KeycloakWarning[] {
  const { issuer, introspection, verification, confirm, backchannelLogout, securityEvents } =
    options
  const receivesMessages = (backchannelLogout ?? securityEvents) !== undefined
  const missed = receivesMessages
    ? 'what Keycloak sends no message about, such as a disabled account,'
    : 'an ended session'
  const late = `${missed} is noticed only when the token expires`
  const warnings: KeycloakWarning[] = []
  if (issuer.endsWith('/realms/master')) {
    warnings.push({
      code: 'KEYCLOAK_MASTER_REALM',
      message: 'the realm master administers Keycloak itself; use another realm for your users',
    })
  }
  if (introspection !== undefined && BUILT_IN.has(introspection.clientId)) {
    warnings.push({
      code: 'KEYCLOAK_BUILT_IN_CLIENT',
      message: `"${introspection.clientId}" is a client that every realm has; create a client for this server`,
    })
  }
  // No warning for an explicit `verification: 'jwt'`: then the user has chosen it.
  if (introspection === undefined && verification === undefined) {
    warnings.push({
      code: 'KEYCLOAK_NO_INTROSPECTION',
      message:
        `without clientId and clientSecret, lightweight tokens are refused, and ${late}; ` +
        "set both, or set verification: 'jwt' if this is intended",
    })
  }
  if (confirm === 'never') {
    warnings.push({
      code: 'KEYCLOAK_NEVER_CONFIRMED',
      message: `with confirm: 'never', ${late}`,
    })
  }
  return warnings
}
