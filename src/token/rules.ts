import { ChallengeError } from '../errors/challenge-error.ts'
import { CLAIM_RULES, type ClaimRule, INCOMPLETE_CLAIM_RULES } from './claim-rules.ts'
import {
  type ExaminedClaims,
  nothingRead,
  type ReadClaims,
  type TokenRules,
} from './examined-claims.ts'
import { type Claims, deepFreeze, type VerifiedToken } from './verified-token.ts'

export type { TokenRules } from './examined-claims.ts'

/** The claims to check, and their source. @internal */
export interface TokenEvidence {
  readonly claims: Claims
  readonly headerType: string | undefined
  readonly source: 'jwt' | 'introspection'
  readonly format: VerifiedToken['format']
  readonly verifiedBy: VerifiedToken['verifiedBy']
}

/**
 * Checks all {@link CLAIM_RULES} for the claims of a token. JWTs and introspection answers have the same rules.
 *
 * @param now seconds since the epoch
 * @throws {ChallengeError} for the first rule that the token breaks
 * @internal
 */
export function checkToken(evidence: TokenEvidence, rules: TokenRules, now: number): VerifiedToken {
  const examined = examinedClaims(evidence, rules, now)
  const read = nothingRead()
  for (const rule of CLAIM_RULES) rule.check(examined, read)
  return deepFreeze(tokenOf(evidence, rules, read))
}

/**
 * Checks a lightweight token before introspection adds its missing claims. The claims that the token
 * has must pass. `exp` is required.
 *
 * @throws {ChallengeError} as {@link checkToken}
 * @internal
 */
export function checkLightweightToken(
  evidence: TokenEvidence,
  rules: TokenRules,
  now: number,
): void {
  const examined = examinedClaims(evidence, rules, now)
  const read = nothingRead()
  for (const rule of INCOMPLETE_CLAIM_RULES) rule.check(examined, read)
}

/**
 * Checks an introspection answer for a JWT whose own claims have passed. The answer may leave out any
 * member. The members that it has must pass.
 *
 * @throws {ChallengeError} as {@link checkToken}
 * @internal
 */
export function checkConfirmingAnswer(
  claims: Claims,
  signed: Claims,
  rules: TokenRules,
  now: number,
): void {
  const examined: ExaminedClaims = {
    claims: { ...signed, ...claims },
    headerType: undefined,
    source: 'introspection',
    // `exclusiveAudience` was checked with the JWT's own `aud`. Some servers, such as Keycloak, answer
    // with every audience that the client could get, also if the token has only one of them.
    rules: { ...rules, exclusiveAudience: false },
    now,
  }
  const read = nothingRead()
  for (const rule of INCOMPLETE_CLAIM_RULES) rule.check(examined, read)
}

/** The input of the rules. @internal */
export function examinedClaims(
  { claims, headerType, source }: TokenEvidence,
  rules: TokenRules,
  now: number,
): ExaminedClaims {
  return { claims, headerType, source, rules, now }
}

/** The rules for a token; fewer if some of its claims may be missing. @internal */
export function claimRulesFor(complete: boolean): readonly ClaimRule[] {
  return complete ? CLAIM_RULES : INCOMPLETE_CLAIM_RULES
}

/**
 * The token that the rules have read. After {@link checkToken} it is verified. In an explanation, what a
 * broken rule did not read is empty.
 *
 * @internal
 */
export function tokenOf(
  { claims, format, verifiedBy }: TokenEvidence,
  { issuer }: TokenRules,
  { audience = [], dates, subject, tokenId, clientId, scopes = [], confirmation }: ReadClaims,
): VerifiedToken {
  return {
    issuer,
    subject,
    clientId,
    audience,
    scopes,
    expiresAt: dates?.expiresAt ?? 0,
    issuedAt: dates?.issuedAt,
    tokenId,
    confirmation,
    format,
    verifiedBy,
    claims,
  }
}

/**
 * Checks that a token is a string of an accepted length. This happens before the token is hashed,
 * parsed or sent (RFC7662-6).
 *
 * @throws {ChallengeError} `token_too_long`, `token_malformed`
 * @internal
 */
export function checkTokenText(token: string, maxTokenLength: number): void {
  // A caller without TypeScript may pass anything.
  if (typeof token !== 'string' || token === '') {
    throw new ChallengeError('token_malformed', 'the token is not a string, or is empty')
  }
  if (token.length > maxTokenLength) {
    throw new ChallengeError(
      'token_too_long',
      `the token has ${token.length} characters; maxTokenLength is ${maxTokenLength}`,
    )
  }
}
