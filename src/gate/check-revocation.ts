import { ChallengeError } from '../errors/challenge-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { nameOf } from '../redaction.ts'
import { isThenable, whenSettled } from '../storage/maybe-promise.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { TokenGate } from './verify-token.ts'

/**
 * Checks that a token is not revoked: first in the list of revocations, then with the option
 * `revocation.check`. The gate does this on every request, also when the token comes from the cache
 * (REV-1). A revoked token leaves the cache.
 *
 * @returns a promise only if something must be waited for
 * @throws {ChallengeError} `token_revoked`
 * @throws {UnavailableError} `revocation_check_failed`, `shared_store_failed`
 * @internal
 */
export function checkRevocation(
  gate: Omit<TokenGate, 'maxTokenLength'>,
  token: VerifiedToken,
  presented: PresentedToken,
): undefined | Promise<void> {
  const refused = (error: unknown): never => {
    if (error instanceof ChallengeError) gate.verification.forget?.(presented)
    throw error
  }
  const { revocation } = gate
  try {
    const checked = gate.revocations.check(token)
    const asked = whenSettled(checked, () => revocation && askWhetherRevoked(revocation, token))
    return isThenable(asked) ? Promise.resolve(asked).catch(refused) : undefined
  } catch (error) {
    return refused(error)
  }
}

async function askWhetherRevoked(
  revocation: NonNullable<TokenGate['revocation']>,
  token: VerifiedToken,
): Promise<void> {
  let revoked: boolean
  try {
    revoked = await revocation(token)
  } catch (cause) {
    throw new UnavailableError('revocation_check_failed', `revocation: ${nameOf(cause)}`, { cause })
  }
  if (revoked === false) return
  if (revoked === true) throw new ChallengeError('token_revoked', 'the token has been revoked')
  // The function is faulty, so nobody knows whether the token is revoked. A 401 would make the client
  // throw away a token that may be good.
  throw new UnavailableError(
    'revocation_check_failed',
    'revocation() returned neither true nor false',
  )
}
