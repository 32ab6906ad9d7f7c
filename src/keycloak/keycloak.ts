import type { InspectedServer } from '../authorization-server/inspection.ts'
import type {
  AuthorizationServerOptions,
  IntrospectionOptions,
} from '../authorization-server/options.ts'
import { optionError } from '../options/check-options.ts'
import { givenUnasked, unknownScopes } from './inspect-realm.ts'
import { keycloakProfile } from './profile.ts'
import { keycloakWarnings, tellWarnings } from './warnings.ts'

/** What {@link keycloak} wants to know beside the realm. */
export interface KeycloakOptions
  extends Omit<AuthorizationServerOptions, 'issuer' | 'profile' | 'introspection' | 'inspect'> {
  /** This server's own client. Setting it makes `hybrid` the default verification. */
  readonly clientId?: string
  /** Its secret. Never logged. */
  readonly clientSecret?: string
  /** How it authenticates; default `client_secret_basic`. An object brings its own way. */
  readonly authentication?: NonNullable<IntrospectionOptions['authentication']>
  /**
   * Whether `ready()` looks at the realm, and tells what does not bind tokens to this server as process
   * warnings. It reads the metadata and, with `clientId`, asks for two tokens by client credentials
   * (the second with a `resource` that does not exist). It registers no client, and it never fails the
   * start. Default `true`; nothing is asked where `keys` or `jwksUri` name what is to be used.
   */
  readonly checkRealm?: boolean
  /**
   * Whether tokens that are not JWTs are sent to Keycloak; default `false`, since it issues none.
   * Every made-up one would be a call.
   */
  readonly opaqueTokens?: boolean
}

/** Where a realm's URL ends: at its name. */
const REALM_URL = /^https?:\/\/[^/?#]+(?:\/[^?#]*)?\/realms\/[^/?#]+$/

/**
 * The options for a Keycloak realm as authorization server.
 *
 * @param realmUrl the issuer to the letter, such as `https://sso.example.com/realms/acme`
 * Traps that can be seen from here are told as process warnings (`KeycloakWarning`), each with a
 * code of its own: see {@link keycloakWarnings}.
 *
 * @throws {TypeError} when the URL is not a realm's issuer, or a credential stands alone
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
  const { clientId, clientSecret, authentication, opaqueTokens, ...others } = options
  const { checkRealm = true, ...rest } = others
  requireRealmUrl(realmUrl)
  if (typeof checkRealm !== 'boolean') throw wrong('checkRealm', 'must be a boolean', checkRealm)
  const asked = checkRealm && rest.keys === undefined && rest.jwksUri === undefined
  const realm = {
    ...rest,
    issuer: realmUrl,
    profile: keycloakProfile,
    ...(asked ? { inspect } : {}),
  } as const
  if (clientId === undefined) {
    for (const [option, value] of Object.entries({ clientSecret, authentication, opaqueTokens })) {
      if (value !== undefined) throw wrong(option, 'goes with `clientId` alone', value)
    }
    return warned(realm)
  }
  if (clientSecret === '') {
    throw wrong(
      'clientSecret',
      "is empty; set it to the secret of this server's client in the realm",
    )
  }
  if (clientSecret === undefined && typeof authentication !== 'object') {
    throw wrong('clientSecret', 'must be set with `clientId`, unless `authentication` is an object')
  }
  return warned({
    ...realm,
    introspection: {
      clientId,
      opaqueTokens: opaqueTokens ?? false,
      ...(clientSecret === undefined ? {} : { clientSecret }),
      ...(authentication === undefined ? {} : { authentication }),
    },
  })
}

function warned(options: AuthorizationServerOptions): AuthorizationServerOptions {
  tellWarnings(keycloakWarnings(options))
  return options
}

async function inspect(server: InspectedServer): Promise<void> {
  tellWarnings(unknownScopes(server))
  tellWarnings(await givenUnasked(server))
}

/** Issuers are compared to the letter, so whatever else leads to the realm is not good enough. */
function requireRealmUrl(realmUrl: string): void {
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

function wrong(option: string, wants: string, got?: unknown): TypeError {
  return optionError('keycloak', option, wants, got)
}
