import { ChallengeError } from '../errors/challenge-error.ts'
import type { Claims } from './verified-token.ts'

/** `exp`, `nbf` and `iat` of a token, in seconds since the epoch. @internal */
export interface TokenDates {
  readonly expiresAt: number
  readonly notBefore: number | undefined
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
 * Reads `exp`, which is required, `nbf` and `iat` (RFC 7519 §4.1, RFC 9068 §2.2).
 *
 * @throws {ChallengeError} `claim_missing`, `claim_malformed`
 * @internal
 */
export function readDates(claims: Claims): TokenDates {
  const expiresAt = readNumericDate(claims, 'exp')
  const notBefore = readNumericDate(claims, 'nbf')
  const issuedAt = readNumericDate(claims, 'iat')
  if (expiresAt === undefined) throw new ChallengeError('claim_missing', 'no "exp"')
  return { expiresAt, notBefore, issuedAt }
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
 * Checks `nbf`: the token is valid already (RFC 7519 §4.1.5). This comparison, and those below, are
 * written so that NaN refuses the token.
 *
 * @throws {ChallengeError} `token_not_yet_valid`
 * @internal
 */
export function checkNotBefore({ notBefore }: TokenDates, rules: LifetimeRules, now: number): void {
  if (notBefore !== undefined && !(notBefore <= now + rules.clockTolerance)) {
    throw new ChallengeError(
      'token_not_yet_valid',
      `the token becomes valid in ${seconds(notBefore - now)}`,
    )
  }
}

/**
 * Checks `iat`: the token was not issued in the future (RFC 7519 §4.1.6).
 *
 * @throws {ChallengeError} `token_issued_in_future`
 * @internal
 */
export function checkIssuedAt({ issuedAt }: TokenDates, rules: LifetimeRules, now: number): void {
  if (issuedAt !== undefined && !(issuedAt <= now + rules.clockTolerance)) {
    throw new ChallengeError(
      'token_issued_in_future',
      `"iat" is ${seconds(issuedAt - now)} ahead: compare the clocks of both servers`,
    )
  }
}

/**
 * Checks the time from `iat` to `exp` (S1.2).
 *
 * @throws {ChallengeError} `claim_missing`, `token_lifetime_exceeded`
 * @internal
 */
export function checkLifetime({ expiresAt, issuedAt }: TokenDates, rules: LifetimeRules): void {
  if (rules.maxTokenLifetime === undefined) return
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
