import { UnknownKeyError } from '../authorization-server/key-set.ts'
import type { TokenIssuer } from '../authorization-server/token-issuer.ts'
import { ChallengeError } from '../errors/challenge-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { isAcceptedAlgorithm } from '../jws/algorithms.ts'
import { type CompactJws, parseCompactJws } from '../jws/compact-jws.ts'
import { verifySignature } from '../jws/signature.ts'
import { quoted } from '../quoted.ts'
import { checkAudience } from '../token/audience.ts'

/** Longest accepted message, in characters. */
const LONGEST = 65_536

/** Longest accepted id, in characters. OpenID Connect allows 255 for `sub` (Core 1.0 §2). */
const LONGEST_ID = 1024

/** Why a message of an authorization server is refused, for the sender and for the operator. @internal */
export class RefusedMessage extends Error {
  override readonly name = 'RefusedMessage'
  readonly fault: 'request' | 'key' | 'issuer' | 'audience'
  /** Says when to send the message again, if nobody knows yet whether it is good. */
  readonly later: UnavailableError | undefined

  constructor(fault: RefusedMessage['fault'], message: string, later?: UnavailableError) {
    super(message)
    this.fault = fault
    this.later = later
  }
}

/**
 * The error that decides about the answer to a sender. A sender does not repeat a message that was refused, so
 * only a message that is certainly not good is refused.
 *
 * @internal
 */
export function answeredError(error: unknown): unknown {
  return error instanceof RefusedMessage ? (error.later ?? error) : error
}

/**
 * Parses a signed message. Nothing about it is verified yet.
 *
 * @throws {RefusedMessage}
 * @internal
 */
export function parseMessage(text: string): CompactJws {
  if (text.length > LONGEST) {
    throw new RefusedMessage('request', `it has more than ${LONGEST} characters`)
  }
  try {
    return parseCompactJws(text)
  } catch (error) {
    if (!(error instanceof ChallengeError)) throw error
    throw new RefusedMessage('request', error.message)
  }
}

/**
 * Reads a signed message of an authorization server, such as a logout token, and finds its issuer. Its
 * signature is not verified yet.
 *
 * @throws {RefusedMessage}
 * @internal
 */
export function readSignedMessage<Source extends { readonly server: TokenIssuer }>(
  text: string,
  sources: readonly Source[],
): { readonly jws: CompactJws; readonly source: Source } {
  const jws = parseMessage(text)
  const { iss } = jws.claims
  const source = sources.find(({ server }) => server.issuer === iss)
  if (source === undefined) {
    throw new RefusedMessage('issuer', `"iss" is ${quoted(iss)}, which is not a configured issuer`)
  }
  return { jws, source }
}

/**
 * Checks that the audience of a message has one of the accepted values.
 *
 * @throws {RefusedMessage}
 * @internal
 */
export function checkMessageAudience(aud: unknown, accepted: readonly string[]): void {
  try {
    checkAudience(aud, new Set(accepted), false)
  } catch (error) {
    if (!(error instanceof ChallengeError)) throw error
    throw new RefusedMessage('audience', error.message)
  }
}

/**
 * Reads a claim that identifies something, such as `jti`.
 *
 * @throws {RefusedMessage}
 * @internal
 */
export function readMessageId(value: unknown, claim: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST_ID) return value
  const expected = `a text of 1 to ${LONGEST_ID} characters`
  throw new RefusedMessage('request', `"${claim}" is ${quoted(value)}; expected ${expected}`)
}

/**
 * Checks that the issuer signed a message.
 *
 * @throws {RefusedMessage} @throws {UnavailableError} if the issuer's keys cannot be fetched
 * @internal
 */
export async function checkMessageSignature(
  jws: CompactJws,
  { algorithms, keys }: TokenIssuer,
): Promise<void> {
  if (!isAcceptedAlgorithm(jws.algorithm, algorithms)) {
    throw new RefusedMessage('key', `"alg" is ${quoted(jws.algorithm)}, which is not accepted`)
  }
  try {
    const key = await keys.find(jws.algorithm, jws.keyId)
    if (await verifySignature(jws, key)) return
  } catch (error) {
    if (!(error instanceof ChallengeError)) throw error
    throw new RefusedMessage('key', error.message, laterOf(error))
  }
  throw new RefusedMessage('key', 'the signature is invalid')
}

/** The issuer may have a new key, and this server has fetched the keys too recently to fetch them again. */
function laterOf(error: ChallengeError): UnavailableError | undefined {
  if (!(error instanceof UnknownKeyError) || error.retryAfter === undefined) return undefined
  const { message, retryAfter } = error
  const why = `${message}. The key set was fetched a moment ago, and is not fetched again yet`
  return new UnavailableError('key_set_unavailable', why, { retryAfter })
}
