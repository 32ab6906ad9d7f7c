import { ChallengeError, UnavailableError } from './errors.ts'

/**
 * An error of the two families, without any longer piece of the token. What a verifier of somebody
 * else's making throws may quote it, and so may the claims that our own messages quote.
 *
 * @internal
 */
export function redacted(error: unknown, token: unknown): ChallengeError | UnavailableError {
  const ours = error instanceof ChallengeError || error instanceof UnavailableError
  const told = error instanceof Error ? error.message : 'not an Error'
  const text = ours ? told : `${nameOf(error)}: ${told}`
  // Users of the verifiers may not write TypeScript.
  const message = withoutToken(text, typeof token === 'string' ? token : '')
  if (!ours) return new UnavailableError('verifier_failed', message)
  if (error.message === message && isOfThisCopy(error)) return error
  return error instanceof ChallengeError
    ? new ChallengeError(error.reason, message, error.requiredScopes)
    : new UnavailableError(error.reason, message, { retryAfter: error.retryAfter })
}

/** Another copy of this package may be another version: its status is not to be answered unseen. */
function isOfThisCopy(error: Error): boolean {
  return [ChallengeError, UnavailableError].some(({ prototype }) =>
    Object.prototype.isPrototypeOf.call(prototype, error),
  )
}

/** @internal */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}

/** Shorter pieces of a token are no use to anybody, and stand in texts by chance. */
const PIECE = 12

/** Characters of a text that are told at most. No message of ours is nearly as long. */
const MOST_TOLD = 4096

/**
 * A text without any longer piece of the token, whatever stands around it, and cut short. The work
 * grows with the lengths of both, not with their product: callers choose the token and parts of the
 * text.
 *
 * @internal
 */
export function withoutToken(text: string, token: string): string {
  const end = Math.min(text.length, MOST_TOLD)
  // A piece may begin before the cut and end behind it.
  const pieces = piecesOf(token, text.slice(0, end + PIECE))
  let told = ''
  let covered = 0
  for (let at = 0; pieces.size > 0 && at < end; at += 1) {
    if (!pieces.has(text.slice(at, at + PIECE))) continue
    if (at >= covered) told += `${text.slice(covered, at)}[token]`
    covered = at + PIECE
  }
  told += text.slice(covered, end)
  return end < text.length ? `${told}…` : told
}

/** Where a {@link PIECE} begins somewhere in the token, such a block lies in it: 6 + 7 - 1 = 12. */
const BLOCK = 6
const STRIDE = 7

/** Every piece of a token; none where the text has no block of it, as nearly always. */
function piecesOf(token: string, text: string): ReadonlySet<string> {
  const blocks = new Set<string>()
  for (let at = 0; at + BLOCK <= token.length; at += STRIDE) blocks.add(token.slice(at, at + BLOCK))
  const pieces = new Set<string>()
  let shared = false
  for (let at = 0; !shared && at + BLOCK <= text.length; at += 1) {
    shared = blocks.has(text.slice(at, at + BLOCK))
  }
  if (!shared) return pieces
  for (let at = 0; at + PIECE <= token.length; at += 1) pieces.add(token.slice(at, at + PIECE))
  return pieces
}
