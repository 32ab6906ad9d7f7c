import { ChallengeError } from '../errors/challenge-error.ts'
import type { Claims } from './verified-token.ts'

/** `exp` and `iat` of a token whose lifetime has been checked, in seconds since the epoch. @internal */
export interface Lifetime {
  readonly expiresAt: number
  readonly issuedAt: number | undefined
}

/** The options for the lifetime of tokens. @internal */
export interface LifetimeRules {
  /** Seconds by which clocks may differ. */
  readonly clockTolerance: number
  /** Longest accepted `exp` − `iat` in seconds. */
  readonly maxTokenLifetime: number | undefined
}

/**
 * Checks `exp` (required), `nbf` and `iat`, and the time from `iat` to `exp` (RFC 7519 §4.1,
 * RFC 9068 §4). Every comparison is written so that NaN refuses the token.
 *
 * @param now seconds since the epoch
 * @throws {ChallengeError} `claim_missing`, `claim_malformed`, `token_expired`,
 * `token_not_yet_valid`, `token_issued_in_future`, `token_lifetime_exceeded`
 * @internal
 */
export function checkLifetime(claims: Claims, rules: LifetimeRules, now: number): Lifetime {
  const expiresAt = readNumericDate(claims, 'exp')
  const notBefore = readNumericDate(claims, 'nbf')
  const issuedAt = readNumericDate(claims, 'iat')
  if (expiresAt === undefined) throw new ChallengeError('claim_missing', 'no "exp"')
  checkUnexpired(expiresAt, rules.clockTolerance, now)
  if (notBefore !== undefined && !(notBefore <= now + rules.clockTolerance)) {
    throw new ChallengeError(
      'token_not_yet_valid',
      `the token becomes valid in ${seconds(notBefore - now)}`,
    )
  }
  if (issuedAt !== undefined && !(issuedAt <= now + rules.clockTolerance)) {
    throw new ChallengeError(
      'token_issued_in_future',
      `"iat" is ${seconds(issuedAt - now)} ahead: compare the clocks of both servers`,
    )
  }
  if (rules.maxTokenLifetime !== undefined) {
    if (issuedAt === undefined) {
      throw new ChallengeError('claim_missing', 'no "iat", which maxTokenLifetime needs')
    }
    if (!(expiresAt - issuedAt <= rules.maxTokenLifetime)) {
      throw new ChallengeError(
        'token_lifetime_exceeded',
        `the token's lifetime is ${seconds(expiresAt - issuedAt)}; maxTokenLifetime is ${rules.maxTokenLifetime} s`,
      )
    }
  }
  return { expiresAt, issuedAt }
}

/**
 * Checks that a token has not expired. The cache repeats this check at every hit.
 *
 * @throws {ChallengeError} `token_expired`
 * @internal
 */
export function checkUnexpired(expiresAt: number, clockTolerance: number, now: number): void {
  // At the instant of `exp` itself the token has expired (RFC 7519 §4.1.4).
  if (!(now < expiresAt + clockTolerance)) {
    throw new ChallengeError('token_expired', `the token expired ${seconds(now - expiresAt)} ago`)
  }
}

/**
 * Reads a NumericDate: seconds since the epoch, which may have a fraction (RFC 7519 §2). Strings,
 * negative numbers and numbers above `Number.MAX_SAFE_INTEGER` are refused.
 *
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function readNumericDate(claims: Claims, name: 'exp' | 'nbf' | 'iat'): number | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
    throw new ChallengeError('claim_malformed', `"${name}" is not a NumericDate`)
  }
  return value
}

function seconds(span: number): string {
  return `${Math.ceil(span)} s`
}
