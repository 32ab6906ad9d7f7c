import { ChallengeError, UnavailableError } from '../errors.ts'
import { nameOf, redacted } from '../redaction.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import { PresentedToken, readPresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { VerificationContext } from '../verification/token-verifier.ts'
import type { TokenVerification, Verification } from '../verification/verification.ts'
import { checkPossession } from './check-possession.ts'

/** What the verification of a token needs to know of the resource server. @internal */
export interface TokenGate {
  readonly maxTokenLength: number
  readonly verification: TokenVerification
  readonly revocation: ((token: VerifiedToken) => boolean | Promise<boolean>) | undefined
}

/**
 * Checks everything about a token except its scopes, in this order: its length, whether it is genuine
 * and meant for this server (which a cache may answer), whether the caller possesses what it is bound
 * to, and whether it has been revoked. The last two are checked at every request, on a cache hit too.
 * The answer comes without a promise where nothing has to be waited for: a cache hit is the common case.
 *
 * @param token a text, or a token whose length was checked when its header was read
 * @throws {ChallengeError} @throws {UnavailableError}
 * @internal
 */
export function verifyToken(
  gate: TokenGate,
  token: string | PresentedToken,
  context: VerificationContext = {},
): MaybePromise<VerifiedToken> {
  const presented =
    token instanceof PresentedToken ? token : readPresentedToken(token, gate.maxTokenLength)
  const redact = (error: unknown): never => {
    throw redacted(error, presented.text)
  }
  let found: MaybePromise<Verification>
  try {
    found = gate.verification.verify(presented, context)
  } catch (error) {
    return redact(error)
  }
  return found instanceof Promise
    ? found.catch(redact).then((verification) => checkUse(gate, verification.token))
    : checkUse(gate, found.token)
}

/** Checks what a cache does not answer: possession and revocation. */
function checkUse({ revocation }: TokenGate, token: VerifiedToken): MaybePromise<VerifiedToken> {
  checkPossession(token)
  return revocation === undefined ? token : checkRevocation(token, revocation)
}

async function checkRevocation(
  token: VerifiedToken,
  isRevoked: (token: VerifiedToken) => boolean | Promise<boolean>,
): Promise<VerifiedToken> {
  let revoked: boolean
  try {
    revoked = await isRevoked(token)
  } catch (cause) {
    throw new UnavailableError('revocation_check_failed', `revocation: ${nameOf(cause)}`, { cause })
  }
  if (revoked === false) return token
  if (revoked === true) throw new ChallengeError('token_revoked', 'the token has been revoked')
  // Neither a "yes" nor a "no": a mistake of ours must not throw good tokens away.
  throw new UnavailableError('revocation_check_failed', 'revocation() gave neither true nor false')
}
