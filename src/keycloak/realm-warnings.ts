import { GIVEN_AWAY, type RealmAllowances } from './realm-allowances.ts'
import type { KeycloakRealmOptions, PartialKeycloakRealmOptions } from './realm-options.ts'

/** A warning about an option of `keycloakRealm` that makes the realm less strict than by default. */
export interface KeycloakRealmWarning {
  /** A stable code such as `KEYCLOAK_REALM_DEVICE_GRANT`, for `node --disable-warning=CODE`. */
  readonly code: string
  readonly message: string
}

/**
 * Lists warnings about options of `keycloakRealm` that make the realm less strict than by default.
 * `keycloakRealm` emits them as process warnings.
 *
 * @example
 * ```ts
 * import { keycloakRealmWarnings } from 'mcp-resource-server/keycloak'
 *
 * const warnings = keycloakRealmWarnings({
 *   resource: 'https://mcp.example.com/mcp',
 *   allow: { deviceGrant: true },
 * })
 * console.log(warnings.map(({ code }) => code)) // ['KEYCLOAK_REALM_DEVICE_GRANT']
 * ```
 */
export function keycloakRealmWarnings(
  options: KeycloakRealmOptions | PartialKeycloakRealmOptions,
): readonly KeycloakRealmWarning[] {
  const { allow = {}, clients = [], tutorial = false } = options
  const names = Object.keys(GIVEN_AWAY) as (keyof RealmAllowances)[]
  return [
    ...names
      .filter((name) => allow[name])
      .map((name) => warning(name, `allow.${name}`, GIVEN_AWAY[name])),
    ...(tutorial ? [warning('tutorial', 'tutorial', GIVEN_AWAY.scopesForEveryClient)] : []),
    ...registrationWarnings(options),
    ...clients.flatMap(({ clientId, passwordGrant, fullScope, consent, redirectUris = [] }) => [
      ...(passwordGrant
        ? [
            warning(
              'passwordGrant',
              `passwordGrant of ${clientId}`,
              'the client sees its users’ passwords, and the realm allows the password grant to every client',
            ),
          ]
        : []),
      ...(fullScope
        ? [
            warning(
              'fullScope',
              `fullScope of ${clientId}`,
              'its tokens carry every role of a user, and the audience "account"',
            ),
          ]
        : []),
      ...(consent === false && redirectUris.length > 0
        ? [
            warning(
              'noConsent',
              `consent: false of ${clientId}`,
              'a user who is signed in is not asked before the client gets a token',
            ),
          ]
        : []),
    ]),
  ]
}

function registrationWarnings(
  options: KeycloakRealmOptions | PartialKeycloakRealmOptions,
): readonly KeycloakRealmWarning[] {
  const { registration = {} } = options
  if (typeof registration === 'boolean') return []
  const { trustedHosts = [], matchSender = true, insecureDocuments = false } = registration
  return [
    ...(trustedHosts.length > 0
      ? [
          warning(
            'registration',
            'registration.trustedHosts',
            matchSender
              ? 'every process on these hosts can register clients'
              : 'everybody can register clients that redirect to these hosts, until maxClients is ' +
                  'reached; then nobody can register a client',
          ),
        ]
      : []),
    ...(insecureDocuments
      ? [
          warning(
            'insecureDocuments',
            'registration.insecureDocuments',
            'an attacker on the network can change what a client is',
          ),
        ]
      : []),
  ]
}

function warning(name: string, option: string, effect: string): KeycloakRealmWarning {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
  return { code: `KEYCLOAK_REALM_${snake}`, message: `option \`${option}\`: ${effect}` }
}

/** @internal */
export function emitRealmWarnings(
  options: KeycloakRealmOptions | PartialKeycloakRealmOptions,
): void {
  for (const { code, message } of keycloakRealmWarnings(options)) {
    process.emitWarning(`keycloakRealm(): ${message}`, { type: 'KeycloakRealmWarning', code })
  }
}
