import { quoted } from '../quoted.ts'
import { ID_TOKEN_CLAIMS, typeRefused } from '../token/token-type.ts'
import type { Claims } from '../token/verified-token.ts'

/**
 * Refuses a JWT whose header `typ` the vendor does not give to access tokens. Media types are compared
 * without regard to case (RFC 7515 §4.1.9).
 *
 * @param expected the types in lower case; `undefined` if the vendor sends none
 * @throws {ChallengeError} `token_type_refused`
 * @internal
 */
export function checkHeaderType(
  vendor: string,
  headerType: string | undefined,
  expected: readonly (string | undefined)[],
): void {
  const type = headerType?.toLowerCase().replace(/^application\//, '')
  if (expected.includes(type)) return
  const names = expected.map((name) => (name === undefined ? 'none' : quoted(name)))
  throw typeRefused(
    `header "typ" is ${quoted(headerType)}; the access tokens of ${vendor} have ${names.join(' or ')}`,
  )
}

/**
 * Refuses the ID tokens of a vendor whose access tokens name their client in a claim that ID tokens lack.
 * ID tokens have the same issuer, keys and header type, and one for this server's own client may even have
 * an accepted audience.
 *
 * @param clientClaims the claims that name the client in access tokens
 * @throws {ChallengeError} `token_type_refused`
 * @internal
 */
export function checkNoIdToken(
  vendor: string,
  claims: Claims,
  clientClaims: readonly string[],
): void {
  const mark = ID_TOKEN_CLAIMS.find((name) => claims[name] !== undefined)
  if (mark !== undefined) throw typeRefused(`the claim "${mark}" says that this is an ID token`)
  if (clientClaims.every((name) => claims[name] === undefined)) {
    throw typeRefused(
      `no "${clientClaims.join('" or "')}", which every access token of ${vendor} has: is it an ID token?`,
    )
  }
}

/** Reads a claim that is a list of strings. A claim that is anything else gives an empty list. @internal */
export function namesIn(claims: Claims, name: string): readonly string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : []
}

/** The audiences of a token as a list, for hints. What is no string is no audience. @internal */
export function audiencesIn(claims: Claims | undefined): readonly string[] {
  return [claims?.aud].flat().filter((entry) => typeof entry === 'string')
}
