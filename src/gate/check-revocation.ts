import { ChallengeError } from '../errors/challenge-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { nameOf } from '../redaction.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { TokenGate } from './verify-token.ts'

/**
 * Asks the option `revocation` whether a token was revoked. The gate does this on every request, also
 * when the token comes from the cache.
 *
 * @returns a promise only if the option is set
 * @throws {ChallengeError} `token_revoked` @throws {UnavailableError} `revocation_check_failed`
 * @internal
 */
export function checkRevocation(
  { revocation }: Pick<TokenGate, 'revocation'>,
  token: VerifiedToken,
): undefined | Promise<void> {
  return revocation && askWhetherRevoked(revocation, token)
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
