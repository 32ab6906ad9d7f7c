import { ChallengeError } from '../errors.ts'
import { parseStrictJsonObject } from './strict-json.ts'
import type { Claims } from './verified-token.ts'

/**
 * What a presented token looks like from outside. A `jws` is checked here and nowhere else. A `jwe` is
 * refused. Only an `opaque` token is sent to the authorization server without a check of its own.
 *
 * @internal
 */
export type TokenShape = 'jws' | 'jwe' | 'opaque'

/**
 * Tells the shape by dots, and by the beginning of a JSON header: a JWT that was damaged so
 * that it no longer parses must not pass as opaque, or a lenient reader at the authorization
 * server would give it the second opinion that it must not get.
 *
 * @internal
 */
export function tokenShape(token: string): TokenShape {
  let dots = 0
  for (let at = token.indexOf('.'); at !== -1 && dots < 5; at = token.indexOf('.', at + 1)) {
    dots += 1
  }
  if (dots === 0) return 'opaque'
  if (dots === 4) return 'jwe'
  if (dots === 2) return 'jws'
  const head = Buffer.from(token.slice(0, 32), 'base64url').toString('latin1')
  return /^\s*\{/.test(head) ? 'jws' : 'opaque'
}

/** A JWS in compact form, read but not yet verified. @internal */
export interface CompactJws {
  /** The token as presented. */
  readonly compact: string
  readonly algorithm: string
  readonly keyId: string | undefined
  /** `typ`, as it was sent. */
  readonly type: string | undefined
  readonly claims: Claims
  readonly signature: Uint8Array
}

/** Longest `kid` that is looked up. Real ones are digests or UUIDs. */
const MAX_KEY_ID_LENGTH = 256

/**
 * Reads a compact JWS strictly: canonical base64url, JSON objects without repeated members, no
 * critical extensions, `alg` and `kid` of the right type. Members that point to keys (`jwk`,
 * `jku`, `x5u`, `x5c`) are never looked at (RFC 8725 §3.10).
 *
 * @throws {ChallengeError} `token_malformed`, `token_encrypted`, `critical_header_refused`
 * @internal
 */
export function parseCompactJws(
  compact: string,
  shape: TokenShape = tokenShape(compact),
): CompactJws {
  if (shape === 'jwe') throw new ChallengeError('token_encrypted', 'encrypted tokens are not read')
  const [encodedHeader, encodedPayload, encodedSignature, ...rest] = compact.split('.')
  if (encodedPayload === undefined || encodedSignature === undefined || rest.length > 0) {
    throw malformed('a JWT has three parts')
  }
  const header = parsePart(encodedHeader ?? '', 'header')
  const { alg, kid, typ } = header
  if (typeof alg !== 'string') throw malformed('header: "alg" is not a string')
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KEY_ID_LENGTH)) {
    throw malformed('header: "kid" is not a string of a reasonable length')
  }
  if (typ !== undefined && typeof typ !== 'string') throw malformed('header: "typ" is not a string')
  // No extension is understood here, so none that the signer calls critical may be passed over
  // (RFC 7515 §4.1.11). That includes `b64`: a JWT's payload is always encoded (RFC 7797 §7).
  if ('crit' in header || 'b64' in header) {
    throw new ChallengeError('critical_header_refused', 'header: no critical extension is known')
  }
  if ('enc' in header) throw new ChallengeError('token_encrypted', 'header has "enc"')
  const signature = decodeBase64url(encodedSignature, 'signature')
  return {
    compact,
    algorithm: alg,
    keyId: kid,
    type: typ,
    claims: parsePart(encodedPayload, 'payload'),
    signature,
  }
}

/**
 * Reads the claims of a JWT, to be compared with its issuer's answer about it; `undefined` where there
 * is no payload that can be read. Nothing is verified.
 *
 * Only the payload is read, since the signature holds it fast. Around it a lenient reader at the
 * authorization server may pass over what is refused here, such as padding or a dot at the end, and
 * a token that was changed so is not to escape the comparison.
 *
 * @internal
 */
export function unverifiedClaims(token: string): Claims | undefined {
  const [, payload = ''] = token.split('.', 2)
  // Most opaque tokens have no dot. They are not to pay for an error that nobody sees.
  if (payload === '') return undefined
  try {
    return parsePart(payload, 'payload')
  } catch {
    return undefined
  }
}

function parsePart(encoded: string, part: string): Record<string, unknown> {
  const bytes = decodeBase64url(encoded, part)
  try {
    return parseStrictJsonObject(bytes)
  } catch (error) {
    throw malformed(`${part}: ${(error as Error).message}`)
  }
}

/**
 * Node's decoder passes over what it does not know. Encoding the bytes again must give the same
 * text: that refuses padding, blanks, the other alphabet and stray trailing bits in one step.
 */
function decodeBase64url(encoded: string, part: string): Uint8Array {
  const bytes = Buffer.from(encoded, 'base64url')
  if (bytes.length === 0 || bytes.toString('base64url') !== encoded) {
    throw malformed(`${part}: not base64url`)
  }
  return bytes
}

function malformed(message: string): ChallengeError {
  return new ChallengeError('token_malformed', message)
}
