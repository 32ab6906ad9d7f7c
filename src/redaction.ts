import { ChallengeError, UnavailableError } from './errors.ts'

/**
 * Makes a `ChallengeError` or `UnavailableError` whose message holds no piece of the token. The error of
 * a user's own verifier may quote the token, and so may a claim that our own message quotes.
 *
 * @internal
 */
export function redacted(error: unknown, token: unknown): ChallengeError | UnavailableError {
  try {
    return readAndRedacted(error, token)
  } catch {
    // It throws where it is read, or its message is no text.
    return new UnavailableError('verifier_failed', 'the verifier threw what cannot be read')
  }
}

function readAndRedacted(error: unknown, token: unknown): ChallengeError | UnavailableError {
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

/** Whether this copy of the package made the error. Another copy may be another version, with other statuses. */
function isOfThisCopy(error: Error): boolean {
  return [ChallengeError, UnavailableError].some(({ prototype }) =>
    Object.prototype.isPrototypeOf.call(prototype, error),
  )
}

/** @internal */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}

/** Length of the shortest piece that is removed. Shorter pieces are useless, and occur by chance. */
const PIECE = 12

/** Most characters of a message. The messages of this package are much shorter. */
const MOST_TOLD = 4096

/**
 * Takes every piece of the token out of a text, and cuts the text to {@link MOST_TOLD} characters. The
 * work grows with the sum of both lengths, not with their product: a caller chooses the token and parts
 * of the text.
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

/** Blocks that start every 7 characters of the token: each {@link PIECE} of it holds a whole block (6 + 7 - 1 = 12). */
const BLOCK = 6
const STRIDE = 7

/** Every piece of the token. Empty where the text holds no block of the token, which is the usual case. */
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
