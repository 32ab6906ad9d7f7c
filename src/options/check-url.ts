import { urlFault } from '../authorization-server/secure-url.ts'
import { optionError } from './check-options.ts'

/** @throws {TypeError} naming the option @internal */
export function checkUrl(
  where: string,
  option: string,
  url: string,
  allowInsecureHttp = false,
): void {
  const fault = urlFault(url, allowInsecureHttp)
  if (fault !== undefined) throw optionError(where, option, fault, url)
}

/** An issuer identifier is a URL without query (RFC 8414 §2). @throws {TypeError} @internal */
export function checkIssuer(
  where: string,
  option: string,
  issuer: string,
  allowInsecureHttp?: boolean,
): void {
  checkUrl(where, option, issuer, allowInsecureHttp)
  if (issuer.includes('?')) {
    throw optionError(where, option, 'must have no query (RFC 8414 §2)', issuer)
  }
}
