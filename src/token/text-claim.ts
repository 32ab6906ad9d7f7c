import { ChallengeError } from '../errors/challenge-error.ts'
import type { Claims } from './verified-token.ts'

/**
 * Reads a claim that must be a string. `undefined` if the token does not have the claim.
 *
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function readText(claims: Claims, name: string): string | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '') {
    throw new ChallengeError('claim_malformed', `"${name}" is not a string`)
  }
  return value
}
