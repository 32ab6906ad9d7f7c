import { urlFault } from '../http/secure-url.ts'
import { optionError } from './option-error.ts'

/**
 * Checks the URL in an option.
 *
 * @throws {TypeError} naming the option
 * @internal
 */
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
 * Checks an issuer identifier: a URL without query (RFC 8414 §2) that is not the URL of its metadata.
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
