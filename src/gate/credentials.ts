import { ChallengeError } from '../errors/challenge-error.ts'
import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { MAX_TOKEN_LENGTH } from '../token/defaults.ts'
import { isToken68, PresentedToken } from '../token/presented-token.ts'
import { checkTokenText } from '../token/rules.ts'

/** A scheme of the `Authorization` header that carries an access token (RFC 6750 §2.1, RFC 9449 §7.1). */
export type AuthenticationScheme = 'Bearer' | 'DPoP'

/** The content of an `Authorization` header. */
export interface Credentials {
  readonly scheme: AuthenticationScheme
  readonly token: string
}

const SCHEMES: ReadonlyMap<string, AuthenticationScheme> = new Map([
  ['bearer', 'Bearer'],
  ['dpop', 'DPoP'],
])

/** The authentication scheme, which is a token (RFC 9110 §11.1). Its case does not matter. */
const SCHEME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+/

/**
 * Reads the credentials of a request from the values of its `Authorization` header fields.
 *
 * A token in the query or in the body is ignored: a request without the header has no credentials
 * (MCP-17, OAuth 2.1 §5.1). A token of the scheme DPoP is worth nothing without the proof in the header
 * `DPoP`, which this function does not check (RFC 9449 §7.1).
 *
 * @param values one entry for each header field line
 * @param maxTokenLength the longest allowed token, in characters; default 8192
 * @throws {ChallengeError} `credentials_missing`, `scheme_unsupported` (401 without `error`);
 * `authorization_malformed`, `authorization_repeated` (400); `token_too_long` (401)
 * @throws {TypeError} when `values` is not a list
 *
 * @example
 * ```ts
 * import { parseAuthorization } from 'mcp-resource-server'
 *
 * const { scheme, token } = parseAuthorization(['DPoP mF_9.B5f-4.1JqM'])
 * if (scheme === 'DPoP') console.log('the request needs a proof in its header DPoP', token.length)
 * ```
 */
export function parseAuthorization(
  values: readonly string[],
  maxTokenLength: number = MAX_TOKEN_LENGTH,
): Credentials {
  if (!Array.isArray(values)) {
    throw new TypeError('parseAuthorization: `values` must be a list of the header fields')
  }
  const credentials = splitAuthorization(values, maxTokenLength)
  if (!isToken68(credentials.token)) throw NO_TOKEN68[credentials.scheme]()
  return credentials
}

/** Reads the scheme and the text that follows it. The characters of the text are not checked. */
function splitAuthorization(values: readonly string[], maxTokenLength: number): Credentials {
  const [value] = values
  if (value === undefined) {
    throw new ChallengeError('credentials_missing', 'no Authorization header')
  }
  if (values.length > 1) {
    throw new ChallengeError('authorization_repeated', `${values.length} Authorization headers`)
  }
  // Most clients write the scheme as `Bearer `. Otherwise a regular expression reads the scheme. The length of
  // the value is not checked yet, so the expression gets only the first characters.
  const scheme = value.startsWith('Bearer ') ? 'Bearer' : SCHEME.exec(value.slice(0, 32))?.[0]
  if (scheme === undefined) {
    if (value.trim() === '') throw malformed('the Authorization header is empty')
    throw malformed('the Authorization header does not start with a scheme')
  }
  const known = SCHEMES.get(scheme.toLowerCase())
  if (known === undefined) {
    const detail = 'the Authorization scheme is neither Bearer nor DPoP'
    throw new ChallengeError('scheme_unsupported', detail)
  }
  let start = scheme.length
  while (value.charCodeAt(start) === 0x20) start += 1
  if (start === scheme.length || start === value.length) throw malformed(`${known} without a token`)
  const token = value.slice(start)
  // The length must be checked before anything reads the whole token.
  checkTokenText(token, maxTokenLength)
  return { scheme: known, token }
}

/** The credentials of a request. @internal */
export interface PresentedCredentials {
  readonly scheme: AuthenticationScheme
  /** The token. Its characters are checked when its text is first read, as {@link parseAuthorization} does. */
  readonly presented: PresentedToken
}

/**
 * Reads the credentials of a request, as {@link parseAuthorization} does. The characters of the token are checked
 * later, when its text is first read.
 *
 * @throws {ChallengeError}
 * @internal
 */
export function readCredentials(
  { headers }: ResourceRequest,
  maxTokenLength: number,
): PresentedCredentials {
  const values = headerValues(headers, 'authorization')
  const { scheme, token } = splitAuthorization(values, maxTokenLength)
  return { scheme, presented: new PresentedToken(token, NO_TOKEN68[scheme]) }
}

/**
 * Returns the scheme of the `Authorization` header, also if the rest of the header is malformed.
 * `undefined` if there is no such header, or several, or if the scheme is not supported.
 *
 * @internal
 */
export function presentedScheme({ headers }: ResourceRequest): AuthenticationScheme | undefined {
  const [value, second] = headerValues(headers, 'authorization')
  if (value === undefined || second !== undefined) return undefined
  return SCHEMES.get(SCHEME.exec(value.slice(0, 32))?.[0].toLowerCase() ?? '')
}

/**
 * Returns the content of the headers `Authorization` and `DPoP`, whether it is well-formed or not. The
 * caller may repeat it elsewhere in the request, for example in a URL. So it must be removed from every
 * message to the operator.
 *
 * @internal
 */
export function presentedIn({ headers }: ResourceRequest): string {
  return [...headerValues(headers, 'authorization'), ...headerValues(headers, 'dpop')].join(' ')
}

/** For each scheme, makes the error for a token that is no `token68`. */
const NO_TOKEN68: Readonly<Record<AuthenticationScheme, () => ChallengeError>> = {
  Bearer: () => malformed('Bearer must be followed by one token68'),
  DPoP: () => malformed('DPoP must be followed by one token68'),
}

function malformed(message: string): ChallengeError {
  return new ChallengeError('authorization_malformed', message)
}
