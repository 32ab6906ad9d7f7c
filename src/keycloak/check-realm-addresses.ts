import { isIP } from 'node:net'
import { urlFault } from '../http/secure-url.ts'
import { optionError } from '../options/check-options.ts'
import type { CommonRealmOptions, RealmRegistration } from './realm-options.ts'

/** RFC 8252 §7.1: a private-use scheme is a domain name in reverse, so it has a dot. */
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:\/./

/** RFC 8252 §7.3, and `localhost`, on which some clients insist. */
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** A host name as the DNS has it, in lower case (RFC 1123 §2.1). */
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/

/**
 * Judges every address of the recipe that decides where a code, a token or a registration may come
 * from or go to. Keycloak imports `*` and `javascript:` without complaint.
 *
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function checkRealmAddresses(
  options: CommonRealmOptions & { readonly registration?: RealmRegistration | boolean },
): void {
  const { redirectUris, clients = [] } = options
  checkEach('redirectUris', redirectUris, redirectUriFault)
  for (const [at, client] of clients.entries()) {
    checkEach(`clients.${at}.redirectUris`, client.redirectUris, redirectUriFault)
    checkEach(`clients.${at}.webOrigins`, client.webOrigins, webOriginFault)
  }
  if (typeof options.registration === 'object') checkRegistration(options.registration)
}

function checkRegistration(registration: RealmRegistration): void {
  const { trustedHosts, documentHosts, webOrigins } = registration
  checkEach('registration.trustedHosts', trustedHosts, trustedHostFault)
  // A document on one of these hosts is a client, so they are as trusted as the others.
  checkEach('registration.documentHosts', documentHosts, trustedHostFault)
  // `+` stands for the redirect URIs of a client, and no client is there yet.
  checkEach('registration.webOrigins', webOrigins, originFault)
}

/**
 * Says why a URI may not be a redirect URI, or nothing when it may (RFC 9700 §4.1.3, RFC 8252 §7).
 * Allowed: https, http on loopback, and private-use schemes.
 *
 * @internal
 */
export function redirectUriFault(uri: string): string | undefined {
  if (typeof uri !== 'string') return 'must be strings'
  if (uri.includes('*')) {
    return 'must be complete: Keycloak reads "*" as a wildcard, and sends codes wherever it matches'
  }
  if (PRIVATE_USE.test(uri)) return privateUseFault(uri)
  if (!/^https?:/i.test(uri)) {
    return 'must be https, http on loopback, or a private-use scheme with a dot such as com.example.app:/callback (RFC 8252 §7.1)'
  }
  const fault = urlFault(uri, true)
  if (fault !== undefined) return `must be a redirect URI, and this one ${fault}`
  return plainHttpFault(uri)
}

function privateUseFault(uri: string): string | undefined {
  if (!URL.canParse(uri)) return 'must be a redirect URI, and this one is not an absolute URL'
  const { username, password } = new URL(uri)
  if (username !== '' || password !== '') return 'must be a redirect URI without credentials'
  // What may follow the scheme is what may follow a host.
  const fault = urlFault(`https://host/${uri.slice(uri.indexOf(':') + 1)}`, true)
  return fault === undefined ? undefined : `must be a redirect URI, and this one ${fault}`
}

function plainHttpFault(url: string): string | undefined {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !LOOPBACK.test(hostname)
    ? 'must be https: plain http is for loopback alone (RFC 8252 §8.3)'
    : undefined
}

/** Says why browsers of this origin may not call Keycloak for a client, or nothing when they may. */
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
 * Says why clients may not be registered from this host, or nothing when they may. A wildcard is
 * refused even below a domain: which domains anybody can have a name under is not known here.
 *
 * @internal
 */
export function trustedHostFault(host: string): string | undefined {
  if (typeof host === 'string') {
    const read = URL.canParse(`https://${host}`) ? new URL(`https://${host}`).hostname : ''
    // `URL` writes every spelling of an IPv4 address in one way: another spelling is no name.
    if ((isIP(host) !== 0 && !host.includes('%')) || (HOST_NAME.test(host) && read === host))
      return undefined
  }
  return 'must be exact host names in lower case or IP addresses, without a scheme, a port or a wildcard'
}

function checkEach(
  option: string,
  values: readonly string[] | undefined,
  faultOf: (value: string) => string | undefined,
): void {
  for (const value of values ?? []) {
    const fault = faultOf(value)
    if (fault !== undefined) throw optionError('keycloakRealm', option, fault, value)
  }
}
