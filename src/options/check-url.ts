import { urlFault } from '../http/secure-url.ts'
import { optionError } from './option-error.ts'

/** @throws {TypeError} naming the option @internal */
export function assertUrl(
  where: string,
  option: string,
  url: string,
  allowInsecureHttp = false,
): void {
  const fault = urlFault(url, allowInsecureHttp)
  if (fault !== undefined) throw optionError(where, option, fault, url)
}

const METADATA = /\/\.well-known\/(?:openid-configuration|oauth-authorization-server)/

/**
 * Judges an issuer identifier: a URL without query (RFC 8414 §2), and not that of its metadata.
 *
 * @throws {TypeError} naming the option
 * @internal
 */
export function assertIssuer(
  where: string,
  option: string,
  issuer: string,
  allowInsecureHttp?: boolean,
): void {
  assertUrl(where, option, issuer, allowInsecureHttp)
  if (issuer.includes('?')) {
    throw optionError(where, option, 'must have no query (RFC 8414 §2)', issuer)
  }
  if (METADATA.test(issuer)) {
    const wants = 'must be the issuer, which its metadata is found by; leave out /.well-known/…'
    throw optionError(where, option, wants, issuer)
  }
}
