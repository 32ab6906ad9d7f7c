import { ChallengeError, UnavailableError } from '../errors.ts'
import { nameOf, redacted } from '../redaction.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import { PresentedToken, readPresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { VerificationContext } from '../verification/token-verifier.ts'
import type { TokenVerification, Verification } from '../verification/verification.ts'
import { checkPossession } from './check-possession.ts'

/** The settings of the resource server that the verification of a token uses. @internal */
export interface TokenGate {
  readonly maxTokenLength: number
  readonly verification: TokenVerification
  readonly revocation: ((token: VerifiedToken) => boolean | Promise<boolean>) | undefined
}

/**
 * Checks everything about a token except its scopes, in this order: length, verification, possession,
 * revocation. The verification checks that the token is genuine and meant for this server. Its result
 * may come from a cache. Possession and revocation are checked on every request, also on a cache hit.
 * The result is a promise only if something must be waited for. On a cache hit, it usually is not.
 *
 * @param token the token's text, or a token whose length has been checked already
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

/** Checks possession and revocation, which are not cached. */
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
  // The function is faulty, so nobody knows whether the token is revoked. A 401 would make the client
  // throw away a token that may be good.
  throw new UnavailableError(
    'revocation_check_failed',
    'revocation() returned neither true nor false',
  )
}
