import { ChallengeError } from './errors/challenge-error.ts'
import { StoreError } from './errors/store-error.ts'
import { UnavailableError } from './errors/unavailable-error.ts'

/**
 * Turns any error into a `ChallengeError` or `UnavailableError` whose message holds no piece of the
 * token. The error of a user's own verifier may quote the token. A message of this package may quote a
 * claim, and the claim may hold the token.
 *
 * @internal
 */
export function redacted(error: unknown, token: unknown): ChallengeError | UnavailableError {
  try {
    return readAndRedacted(error, token)
  } catch {
    // Reading the error threw an error, or its message is not a string.
    return new UnavailableError(
      'verifier_failed',
      'the verifier threw an error that cannot be read',
    )
  }
}

function readAndRedacted(error: unknown, token: unknown): ChallengeError | UnavailableError {
  const ours = error instanceof ChallengeError || error instanceof UnavailableError
  const original = error instanceof Error ? error.message : 'not an Error'
  const text = ours ? original : `${nameOf(error)}: ${original}`
  // JavaScript callers may pass anything as the token.
  const message = withoutToken(text, typeof token === 'string' ? token : '')
  if (!ours) return new UnavailableError('verifier_failed', message)
  if (error.message === message && isOfThisCopy(error)) return error
  return error instanceof ChallengeError
    ? new ChallengeError(error.reason, message, error.requiredScopes, error.nearMiss)
    : new UnavailableError(error.reason, message, { retryAfter: error.retryAfter })
}

/** Whether this copy of the package made the error. Another copy can be another version, with other statuses. */
function isOfThisCopy(error: Error): boolean {
  return [ChallengeError, UnavailableError].some(({ prototype }) =>
    Object.prototype.isPrototypeOf.call(prototype, error),
  )
}

/** The name of an error; the type of any other value. @internal */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}

/**
 * What failed in a store, for the operator. The message of another error than {@link StoreError} is left
 * out, because it may contain the address or password of the store, or stored data.
 *
 * @internal
 */
export function storeFaultOf(error: unknown): string {
  return error instanceof StoreError ? `${error.name}: ${error.message}` : nameOf(error)
}

/** Length in characters of the shortest piece that is removed. Shorter pieces are useless, and occur by chance. */
const PIECE = 12

/** Whether {@link withoutToken} could remove something from a text, by its length. @internal */
export function mayQuoteToken(text: string): boolean {
  return text.length >= PIECE
}

/** Longest message in characters. The messages of this package are much shorter. */
const MAX_MESSAGE_LENGTH = 4096

/**
 * Replaces every piece of the token in a text by `[token]`, and cuts the text to
 * {@link MAX_MESSAGE_LENGTH} characters.
 *
 * The work grows with the sum of both lengths, not with their product, because a caller chooses the
 * token and parts of the text.
 *
 * @internal
 */
export function withoutToken(text: string, token: string): string {
  const end = Math.min(text.length, MAX_MESSAGE_LENGTH)
  // A piece may begin before the cut and end after it.
  const pieces = piecesOf(token, text.slice(0, end + PIECE))
  let result = ''
  let covered = 0
  for (let at = 0; pieces.size > 0 && at < end; at += 1) {
    if (!pieces.has(text.slice(at, at + PIECE))) continue
    if (at >= covered) result += `${text.slice(covered, at)}[token]`
    covered = at + PIECE
  }
  result += text.slice(covered, end)
  return end < text.length ? `${result}…` : result
}

/**
 * The token is divided into blocks of 6 characters, one every 7 characters. So every {@link PIECE} of the
 * token contains a whole block (6 + 7 - 1 = 12).
 */
const BLOCK = 6
const STRIDE = 7

/** Every piece of the token. Empty if the text contains no block of the token, which is the usual case. */
function piecesOf(token: string, text: string): ReadonlySet<string> {
  const pieces = new Set<string>()
  if (!mayHoldPiece(token, text) || !mayShareBlock(token, text)) return pieces
  const blocks = new Set<string>()
  for (let at = 0; at + BLOCK <= token.length; at += STRIDE) blocks.add(token.slice(at, at + BLOCK))
  const shared: number[] = []
  for (let at = 0; shared.length <= FEW && at + BLOCK <= text.length; at += 1) {
    if (blocks.has(text.slice(at, at + BLOCK))) shared.push(at)
  }
  if (shared.length <= FEW && !shared.some((at) => isInPiece(token, text, at))) return pieces
  for (let at = 0; at + PIECE <= token.length; at += 1) pieces.add(token.slice(at, at + PIECE))
  return pieces
}

/** So many blocks in a text are looked at one by one. The scheme `Bearer` in a message is one of them. */
const FEW = 4

/** Whether a block of the token in the text is part of a whole {@link PIECE} of the token. */
function isInPiece(token: string, text: string, block: number): boolean {
  for (let at = Math.max(0, block + BLOCK - PIECE); at <= block; at += 1) {
    if (at + PIECE <= text.length && token.includes(text.slice(at, at + PIECE))) return true
  }
  return false
}

/** A word without blanks and quotation marks that is long enough for a {@link PIECE}. */
const LONG_WORD = /[^ "]{12}/

/**
 * Whether the text may contain a piece of the token, by its words. Hardly any token has a blank or a
 * quotation mark, so a piece of it must be inside one word. Most messages have short words only.
 */
function mayHoldPiece(token: string, text: string): boolean {
  return LONG_WORD.test(text) || token.includes(' ') || token.includes('"')
}

/** One bit for each hash of {@link hashAt}. */
const seen = new Int32Array(2 ** 12)

/**
 * Whether the text may contain a block of the token. It may say yes without reason, and never no. It makes
 * no strings, because refusing a made-up token must be cheap.
 */
function mayShareBlock(token: string, text: string): boolean {
  seen.fill(0)
  for (let at = 0; at + BLOCK <= text.length; at += 1) {
    const hash = hashAt(text, at)
    seen[hash >>> 5] = (seen[hash >>> 5] ?? 0) | (1 << (hash & 31))
  }
  for (let at = 0; at + BLOCK <= token.length; at += STRIDE) {
    const hash = hashAt(token, at)
    if (((seen[hash >>> 5] ?? 0) & (1 << (hash & 31))) !== 0) return true
  }
  return false
}

/** A hash of a block, of 17 bits. */
function hashAt(text: string, start: number): number {
  let hash = 0
  for (let at = start; at < start + BLOCK; at += 1) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  }
  return Math.imul(hash, 0x9e3779b1) >>> 15
}
