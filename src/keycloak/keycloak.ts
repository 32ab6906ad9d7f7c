import type { InspectedServer } from '../authorization-server/inspection.ts'
import type { ClientOptions } from '../authorization-server/options.ts'
import { optionError } from '../options/option-error.ts'
import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import type { BackchannelLogoutOptions, SecurityEventOptions } from '../revocation/options.ts'
import type { AdminActionOptions } from './admin-actions.ts'
import { defaultTokenWarnings, unknownScopeWarnings } from './inspect-realm.ts'
import { keycloakProfile } from './profile.ts'
import { revocationSourcesOf } from './revocation-sources.ts'
import { emitWarnings, keycloakWarnings } from './warnings.ts'

/** Options of {@link keycloak}, besides the URL of the realm. */
export interface KeycloakOptions
  extends Omit<
      AuthorizationServerOptions,
      | 'issuer'
      | 'profile'
      | 'introspection'
      | 'inspect'
      | 'backchannelLogout'
      | 'securityEvents'
      | 'notBefore'
    >,
    Omit<ClientOptions, 'clientId'> {
  /**
   * The client id that this server itself has in the realm. If it is set, `verification` is `hybrid` by
   * default.
   *
   * @defaultValue none
   */
  readonly clientId?: string
  /**
   * Whether `ready()` looks at the realm, and warns of settings that do not bind tokens to this server. It
   * never makes the start fail.
   *
   * It reads the metadata and, with `clientId`, asks for two tokens by client credentials (the second
   * with a `resource` that does not exist). It registers no client. The warnings are process warnings.
   * With `keys` or `jwksUri` nothing is asked.
   *
   * @defaultValue `true`
   */
  readonly checkRealm?: boolean
  /**
   * Whether tokens that are not JWTs are sent to Keycloak. Keycloak issues no such tokens, and each one
   * that somebody makes up would be a call.
   *
   * @defaultValue `false`
   */
  readonly opaqueTokens?: boolean
  /**
   * Accepts logout tokens: the ids of the MCP clients whose sessions Keycloak tells about, or an object.
   * Each of these clients needs the address of this server as its back-channel logout URL.
   *
   * @defaultValue none
   */
  readonly backchannelLogout?: BackchannelLogoutOptions | string | readonly string[]
  /**
   * Accepts security events (Keycloak's feature `ssf`). With `clientId`, this server's own client manages
   * the stream, unless `securityEvents.client` names another one, or `securityEvents.audience` says that
   * somebody else set the stream up.
   *
   * Keycloak cannot serve `delivery: 'poll'` to a client whose id is a URL: such a server needs
   * `securityEvents.client`.
   *
   * @defaultValue none
   */
  readonly securityEvents?: SecurityEventOptions
  /**
   * Whether the not-before time of the realm is polled: "Revocation" in the administration console. A
   * number is the pause between two polls, in seconds; `true` means 30. Introspection notices the time by
   * itself; signatures do not.
   *
   * @defaultValue `false`
   */
  readonly notBefore?: boolean | number
  /**
   * Accepts the admin actions that Keycloak posts to the Admin URL of a client: a not-before time that is
   * pushed, and "Sign out all active sessions".
   *
   * @defaultValue none
   */
  readonly adminActions?: AdminActionOptions
}

/** Matches the issuer of a realm. The URL ends with the realm's name. */
const REALM_URL = /^https?:\/\/[^/?#]+(?:\/[^?#]*)?\/realms\/[^/?#]+$/

/**
 * Makes the options for a Keycloak realm as authorization server. It emits process warnings
 * (`KeycloakWarning`) for options that are probably a mistake: see {@link keycloakWarnings}.
 *
 * @param realmUrl the issuer, exactly as in `iss`, such as `https://sso.example.com/realms/acme`
 * @throws {TypeError} if the URL is not the issuer of a realm, or if `clientId` is set without a
 * credential, or the reverse
 *
 * @example
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 * import { keycloak } from 'mcp-resource-server/keycloak'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: keycloak('https://sso.example.com/realms/acme', {
 *     clientId: 'mcp-resource-server',
 *     clientSecret: process.env.CLIENT_SECRET ?? '',
 *   }),
 *   requiredScopes: ['mcp:tools'],
 * })
 * console.log(resourceServer.metadata.authorization_servers)
 * ```
 */
export function keycloak(
  realmUrl: string,
  options: KeycloakOptions = {},
): AuthorizationServerOptions {
  const { clientId, opaqueTokens, ...others } = options
  const { clientSecret, clientKey, clientCertificate, clientAssertion, authentication, ...own } =
    others
  const {
    checkRealm = true,
    backchannelLogout,
    securityEvents,
    notBefore,
    adminActions,
    revocationPushes,
    ...rest
  } = own
  const client = { clientSecret, clientKey, clientCertificate, clientAssertion, authentication }
  assertRealmUrl(realmUrl)
  if (typeof checkRealm !== 'boolean') throw wrong('checkRealm', 'must be a boolean', checkRealm)
  const inspected = checkRealm && rest.keys === undefined && rest.jwksUri === undefined
  const realm = {
    ...rest,
    issuer: realmUrl,
    profile: keycloakProfile,
    ...(inspected ? { inspect } : {}),
    ...revocationSourcesOf(
      { backchannelLogout, securityEvents, notBefore, adminActions, revocationPushes },
      clientId === undefined ? undefined : { clientId, ...given(client) },
    ),
  } as const
  if (clientId === undefined) {
    for (const [option, value] of Object.entries({ ...client, opaqueTokens })) {
      if (value !== undefined) throw wrong(option, 'needs `clientId`', value)
    }
    return withWarnings(realm)
  }
  if (clientSecret === '') {
    throw wrong(
      'clientSecret',
      "is empty; set it to the secret of this server's client in the realm",
    )
  }
  const hasCredential = (clientSecret ?? clientKey ?? clientCertificate) !== undefined
  if (!hasCredential && typeof authentication !== 'object') {
    const wants =
      'must be set with `clientId`, or `clientKey`, `clientCertificate`, or an object as `authentication`'
    throw wrong('clientSecret', wants)
  }
  return withWarnings({
    ...realm,
    introspection: { clientId, opaqueTokens: opaqueTokens ?? false, ...given(client) },
  })
}

/** The options that are set. */
function given<Options extends object>(options: Options): SetOptions<Options> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as SetOptions<Options>
}

type SetOptions<Options> = { readonly [Name in keyof Options]?: NonNullable<Options[Name]> }

function withWarnings(options: AuthorizationServerOptions): AuthorizationServerOptions {
  emitWarnings(keycloakWarnings(options))
  return options
}

async function inspect(server: InspectedServer): Promise<void> {
  emitWarnings(unknownScopeWarnings(server))
  emitWarnings(await defaultTokenWarnings(server))
}

/** Checks that the URL is the issuer of a realm. Other URLs of the realm are refused, because issuers are compared exactly. */
function assertRealmUrl(realmUrl: string): void {
  if (typeof realmUrl === 'string' && REALM_URL.test(realmUrl)) return
  const [, realm] = /^(https?:\/\/.*?\/realms\/[^/?#]+)[/?#]/.exec(String(realmUrl)) ?? []
  throw wrong(
    'realmUrl',
    realm === undefined
      ? 'must be the issuer of a realm, such as https://sso.example.com/realms/acme'
      : `must end with the realm's name: ${JSON.stringify(realm)}`,
    realmUrl,
  )
}

function wrong(option: string, expected: string, got?: unknown): TypeError {
  return optionError('keycloak', option, expected, got)
}
