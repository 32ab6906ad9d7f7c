import type { HttpCall } from './http-call.ts'

/** Matches error codes of systems and libraries that a message may repeat, such as `ECONNRESET`. */
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]{1,39}$/

/** Matches the characters that `error` may contain (RFC 6749 §5.2). */
const OAUTH_ERROR = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,60}$/

/** The error codes of RFC 6749 §5.2, RFC 6750 §3.1, RFC 8693 §2.2.2 and OpenID Connect. */
const KNOWN_ERRORS: ReadonlySet<string> = new Set([
  'access_denied',
  'consent_required',
  'interaction_required',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_grant_type',
])

/** Length in characters from which a piece of the sent data is kept out of messages. Shorter pieces occur in codes by chance. */
const PIECE = 8
/** Length in characters from which a complete sent value is kept out of messages. */
const SHORTEST_SECRET = 4

/** An error of this package, whose message may be shown to the operator as it is. @internal */
export class CallFailure extends Error {}

/** Reads the code of an error, or otherwise of its causes. Empty if none has a code. @internal */
export function codeOf(error: unknown): string {
  try {
    for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
      if ('code' in at && typeof at.code === 'string') return at.code
    }
  } catch {
    // Reading a property of a foreign error may throw.
  }
  return ''
}

/**
 * Says why a call failed. It repeats messages of this package and safe error codes only. The message
 * of another library may quote headers or bodies. An error of the option `http.fetch` may have any
 * code.
 *
 * @internal
 */
export function describeFailure(error: unknown, call: HttpCall): string {
  if (error instanceof CallFailure) return error.message
  const code = codeOf(error)
  return SYSTEM_CODE.test(code) && !quotes(code, call) ? code : 'the call failed'
}

/**
 * The failure of a call in a word, for traces: an error code, `timeout`, or `_OTHER`.
 *
 * @param described what {@link describeFailure} says, which repeats no foreign text but error codes
 * @internal
 */
export function typeOfFailure(described: string): string {
  if (described === 'timed out') return 'timeout'
  return SYSTEM_CODE.test(described) ? described : '_OTHER'
}

/**
 * Describes an authorization server's error code for a message. A code that is not standard is
 * repeated only if it contains no piece of the sent data.
 *
 * @internal
 */
export function describeOAuthError(error: unknown, call: Sent): string {
  if (typeof error !== 'string') return 'without an error code'
  const safe = KNOWN_ERRORS.has(error) || (OAUTH_ERROR.test(error) && !quotes(error, call))
  return safe ? `error ${JSON.stringify(error)}` : 'with an error code that is not repeated here'
}

/** The data that a call sent. @internal */
export type Sent = Pick<HttpCall, 'headers' | 'body'>

/** Whether a text contains a piece of the data that a call sent, such as the token or the secret. */
function quotes(text: string, call: Sent): boolean {
  const values = sentValues(call)
  const lower = text.toLowerCase()
  for (let at = 0; at + PIECE <= lower.length; at += 1) {
    const piece = lower.slice(at, at + PIECE)
    if (values.some((value) => value.includes(piece))) return true
  }
  return values.some((value) => value.length >= SHORTEST_SECRET && lower.includes(value))
}

/** Lists the data that a call sent, in lower case: header values, form members, decoded Basic credentials. */
function sentValues({ headers, body = '' }: Sent): readonly string[] {
  const values = [...new URLSearchParams(body).values(), ...Object.values(headers)]
  for (const word of Object.values(headers).flatMap((value) => value.split(' '))) {
    const parts = Buffer.from(word, 'base64').toString().split(':')
    values.push(word, ...parts, ...parts.map(formDecoded))
  }
  return values.map((value) => value.toLowerCase())
}

function formDecoded(text: string): string {
  return new URLSearchParams(`text=${text}`).get('text') ?? ''
}
