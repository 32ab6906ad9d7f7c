import { isIP } from 'node:net'
import { urlFault } from '../http/secure-url.ts'
import { optionError } from '../options/option-error.ts'
import type { CommonRealmOptions, RealmRegistration } from './realm-options.ts'

/** Matches a URI with a private-use scheme. The scheme is a reversed domain name, so it has a dot (RFC 8252 §7.1). */
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:\/./

/** Matches loopback addresses (RFC 8252 §7.3), and `localhost`, which some clients need. */
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** Matches a DNS host name in lower case (RFC 1123 §2.1). */
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/

/**
 * Checks the addresses in the options of `keycloakRealm`: redirect URIs, web origins, and hosts that may
 * register clients. They decide where Keycloak sends codes and tokens. Keycloak itself imports even `*`
 * and `javascript:`.
 *
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function assertRealmAddresses(
  options: CommonRealmOptions & { readonly registration?: RealmRegistration | boolean },
): void {
  const { redirectUris, clients = [], revocation = {} } = options
  const { serverUrl } = revocation
  const fault = serverUrl === undefined ? undefined : urlFault(serverUrl, false)
  if (fault !== undefined) {
    throw optionError('keycloakRealm', 'revocation.serverUrl', fault, serverUrl)
  }
  if (
    serverUrl !== undefined &&
    Object.values({ ...revocation, serverUrl: false }).every((on) => !on)
  ) {
    const wants = 'needs `backchannelLogout`, `securityEvents` or `notBefore`'
    throw optionError('keycloakRealm', 'revocation.serverUrl', wants)
  }
  assertEach('redirectUris', redirectUris, redirectUriFault)
  for (const [at, client] of clients.entries()) {
    assertEach(`clients.${at}.redirectUris`, client.redirectUris, redirectUriFault)
    assertEach(`clients.${at}.webOrigins`, client.webOrigins, webOriginFault)
  }
  if (typeof options.registration === 'object') assertRegistration(options.registration)
}

function assertRegistration(registration: RealmRegistration): void {
  const { trustedHosts, documentHosts, webOrigins } = registration
  assertEach('registration.trustedHosts', trustedHosts, trustedHostFault)
  // Every document on one of these hosts is a client, so the rules for trusted hosts apply.
  assertEach('registration.documentHosts', documentHosts, trustedHostFault)
  // `+` is refused here: it means the redirect URIs of a client, and there is no client yet.
  assertEach('registration.webOrigins', webOrigins, originFault)
}

/**
 * Says why a URI may not be a redirect URI (RFC 9700 §4.1.3, RFC 8252 §7). Allowed are https, http on
 * loopback, and private-use schemes.
 *
 * @returns `undefined` if the URI is allowed
 * @internal
 */
export function redirectUriFault(uri: string): string | undefined {
  if (typeof uri !== 'string') return 'must be strings'
  if (uri.includes('*')) {
    return 'must be complete: Keycloak reads "*" as a wildcard, and sends codes to every URL that matches'
  }
  if (PRIVATE_USE.test(uri)) return privateUseFault(uri)
  if (!/^https?:/i.test(uri)) {
    return 'must be https, http on loopback, or a private-use scheme with a dot such as com.example.app:/callback (RFC 8252 §7.1)'
  }
  const fault = urlFault(uri, true)
  if (fault !== undefined) return `must be a redirect URI, and this URI ${fault}`
  return plainHttpFault(uri)
}

function privateUseFault(uri: string): string | undefined {
  if (!URL.canParse(uri)) return 'must be a redirect URI, and this URI is not an absolute URL'
  const { username, password } = new URL(uri)
  if (username !== '' || password !== '') return 'must be a redirect URI without credentials'
  // The part after the scheme must be valid as the path of an https URL.
  const fault = urlFault(`https://host/${uri.slice(uri.indexOf(':') + 1)}`, true)
  return fault === undefined ? undefined : `must be a redirect URI, and this URI ${fault}`
}

function plainHttpFault(url: string): string | undefined {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !LOOPBACK.test(hostname)
    ? 'must be https: plain http is only for loopback (RFC 8252 §8.3)'
    : undefined
}

/** Says why an origin may not be a web origin of a client. `+` is allowed. */
function webOriginFault(origin: string): string | undefined {
  return origin === '+' ? undefined : originFault(origin)
}

function originFault(origin: string): string | undefined {
  const known = typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin
  if (known !== origin || !/^https?:/.test(origin) || origin.includes('*')) {
    return 'must be exact origins such as https://app.example.com, without a path or a wildcard'
  }
  return plainHttpFault(origin)
}

/**
 * Says why a host may not register clients. Wildcards such as `*.example.com` are refused, because
 * under some domains strangers can get names.
 *
 * @returns `undefined` if the host is allowed
 * @internal
 */
export function trustedHostFault(host: string): string | undefined {
  if (typeof host === 'string') {
    const read = URL.canParse(`https://${host}`) ? new URL(`https://${host}`).hostname : ''
    // `URL` rewrites unusual spellings of IPv4 addresses. So a host that it changes is not a host name.
    if ((isIP(host) !== 0 && !host.includes('%')) || (HOST_NAME.test(host) && read === host))
      return undefined
  }
  return 'must be exact host names in lower case or IP addresses, without a scheme, a port or a wildcard'
}

function assertEach(
  option: string,
  values: readonly string[] | undefined,
  faultOf: (value: string) => string | undefined,
): void {
  for (const value of values ?? []) {
    const fault = faultOf(value)
    if (fault !== undefined) throw optionError('keycloakRealm', option, fault, value)
  }
}
