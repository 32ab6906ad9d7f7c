import { ChallengeError } from '../errors/challenge-error.ts'
import { parseStrictJsonObject } from './strict-json.ts'

/**
 * The kind of token that a text looks like. A `jws` is read and verified by this server. A `jwe`
 * (encrypted token) is refused. An `opaque` token can only be introspected.
 *
 * @internal
 */
export type TokenShape = 'jws' | 'jwe' | 'opaque'

/**
 * Finds out the shape of a token from its number of dots, and from a JSON header at its beginning.
 *
 * A damaged JWT counts as a `jws`, and is refused when it is parsed. As an `opaque` token it would be
 * introspected, and a lenient authorization server might accept it.
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

/** What the header of a JWS says. @internal */
export interface JwsHeader {
  /** All members of the header. A key in it must never be used to verify an access token (RFC 8725 §3.10). */
  readonly header: Readonly<Record<string, unknown>>
  readonly algorithm: string
  readonly keyId: string | undefined
  /** `typ` of the header, with upper and lower case as sent. */
  readonly type: string | undefined
}

/** A JWS in compact form (RFC 7515 §3.1) that has been parsed. Its signature is not verified yet. @internal */
export interface CompactJws extends JwsHeader {
  /** The token as the caller presented it. */
  readonly compact: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly signature: Uint8Array
}

/** Longest accepted `kid` in characters. Authorization servers use digests or UUIDs. */
const MAX_KEY_ID_LENGTH = 256

/**
 * Reads a compact JWS strictly: canonical base64url, JSON objects without repeated members, no
 * critical extensions, `alg` and `kid` of the right type. Header members with keys or URLs of keys
 * (`jwk`, `jku`, `x5u`, `x5c`) are ignored (RFC 8725 §3.10).
 *
 * @param readHeader reads the first part as {@link parseHeader} does
 * @throws {ChallengeError} `token_malformed`, `token_encrypted`, `critical_header_refused`
 * @internal
 */
export function parseCompactJws(
  compact: string,
  shape: TokenShape = tokenShape(compact),
  readHeader: (encoded: string) => JwsHeader = parseHeader,
): CompactJws {
  if (shape === 'jwe')
    throw new ChallengeError('token_encrypted', 'encrypted tokens are not supported')
  const [encodedHeader, encodedPayload, encodedSignature, ...rest] = compact.split('.')
  if (encodedPayload === undefined || encodedSignature === undefined || rest.length > 0) {
    throw malformed('a JWT must have three parts')
  }
  const header = readHeader(encodedHeader ?? '')
  const signature = decodeBase64url(encodedSignature, 'signature')
  return {
    compact,
    header: header.header,
    algorithm: header.algorithm,
    keyId: header.keyId,
    type: header.type,
    claims: parsePart(encodedPayload, 'payload'),
    signature,
  }
}

/**
 * Reads the first part of a compact JWS.
 *
 * @throws {ChallengeError} as {@link parseCompactJws}
 * @internal
 */
export function parseHeader(encoded: string): JwsHeader {
  const header = parsePart(encoded, 'header')
  const { alg, kid, typ } = header
  if (typeof alg !== 'string') throw malformed('header: "alg" is not a string')
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KEY_ID_LENGTH)) {
    throw malformed('header: "kid" is not a string of a reasonable length')
  }
  if (typ !== undefined && typeof typ !== 'string') throw malformed('header: "typ" is not a string')
  // This parser knows no extensions, and a critical extension must not be ignored (RFC 7515 §4.1.11).
  // `b64` is such an extension: the payload of a JWT is always encoded (RFC 7797 §7).
  if ('crit' in header || 'b64' in header) {
    throw new ChallengeError(
      'critical_header_refused',
      'header: critical extensions are not supported',
    )
  }
  if ('enc' in header) throw new ChallengeError('token_encrypted', 'header has "enc"')
  return { header, algorithm: alg, keyId: kid, type: typ }
}

/**
 * Reads the claims of a JWT without verifying anything. They are compared with the introspection answer
 * for the token.
 *
 * Only the payload is read. A lenient authorization server may accept a JWT whose form is wrong
 * elsewhere, for example with padding or a dot at the end. The claims of such a token must be compared
 * too.
 *
 * @returns `undefined` if the payload cannot be read
 * @internal
 */
export function unverifiedClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload = ''] = token.split('.', 2)
  // Most opaque tokens have no dot. Returning early saves them the cost of an exception.
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
 * Decodes canonical base64url. Node's decoder ignores invalid characters, so the bytes are encoded again,
 * and the result must be the same text. This refuses padding, blanks, the base64 alphabet and stray
 * trailing bits.
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
