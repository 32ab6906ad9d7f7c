import { ChallengeError } from '../errors/challenge-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { nameOf } from '../redaction.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
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
  let checked: MaybePromise<void>
  try {
    checked = gate.revocations.check(token)
  } catch (error) {
    throw forgotten(gate, presented, error)
  }
  const { revocation } = gate
  if (checked === undefined && revocation === undefined) return undefined
  return askAfter(gate, checked, token, presented)
}

/** Waits for the list of revocations, and then asks the option `revocation.check`. */
async function askAfter(
  gate: Omit<TokenGate, 'maxTokenLength'>,
  checked: MaybePromise<void>,
  token: VerifiedToken,
  presented: PresentedToken,
): Promise<void> {
  try {
    if (checked !== undefined) await checked
    if (gate.revocation !== undefined) await askWhetherRevoked(gate.revocation, token)
  } catch (error) {
    throw forgotten(gate, presented, error)
  }
}

/** Drops a refused token from the cache. @returns the error */
function forgotten(
  { verification }: Pick<TokenGate, 'verification'>,
  presented: PresentedToken,
  error: unknown,
): unknown {
  if (error instanceof ChallengeError) verification.forget?.(presented)
  return error
}

async function askWhetherRevoked(
  revocation: NonNullable<TokenGate['revocation']>,
  token: VerifiedToken,
): Promise<void> {
  let revoked: boolean
  try {
    revoked = await revocation(token)
  } catch (error) {
    // No `cause`: its message may quote the token, and callers of verify() print what they catch.
    throw new UnavailableError('revocation_check_failed', `revocation: ${nameOf(error)}`)
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
