import { redacted } from '../redaction.ts'
import type { Revocations } from '../revocation/revocations.ts'
import { isThenable, type MaybePromise } from '../storage/maybe-promise.ts'
import { PresentedToken, readPresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { VerificationContext } from '../verification/token-verifier.ts'
import type { TokenVerification, Verification } from '../verification/verification.ts'
import type { RememberedScopes } from './loops/remembered-scopes.ts'

/** The settings of the resource server that the verification of a token uses. @internal */
export interface TokenGate {
  readonly maxTokenLength: number
  readonly verification: TokenVerification
  readonly revocations: Revocations
  /** The scopes of earlier tokens. They only explain refusals. */
  readonly rememberedScopes: RememberedScopes
  /** The option `revocation.check`. */
  readonly revocation: ((token: VerifiedToken) => boolean | Promise<boolean>) | undefined
}

/**
 * Verifies a token: it is genuine, and meant for this server. The result may come from a cache. It says
 * nothing about possession and revocation, which are checked on every request.
 *
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
  let found: MaybePromise<Verification>
  try {
    found = gate.verification.verify(presented, context)
  } catch (error) {
    throw redacted(error, presented.secret)
  }
  return isThenable(found) ? verifiedLater(gate, presented, found) : found.token
}

async function verifiedLater(
  gate: TokenGate,
  presented: PresentedToken,
  verification: Promise<Verification>,
): Promise<VerifiedToken> {
  let token: VerifiedToken
  try {
    token = (await verification).token
  } catch (error) {
    throw redacted(error, presented.secret)
  }
  gate.rememberedScopes.add(token)
  return token
}
