import { ChallengeError } from '../errors/challenge-error.ts'
import { quoted } from '../quoted.ts'
import { checkAudience } from './audience.ts'
import { readConfirmation } from './confirmation.ts'
import { checkLifetime, type LifetimeRules } from './lifetime.ts'
import type { TypeEvidence } from './profile.ts'
import { readScopes } from './scope.ts'
import type { SettledProfile } from './settled-profile.ts'
import { checkNotAnotherKind, checkTokenType } from './token-type.ts'
import { type Claims, deepFreeze, type VerifiedToken } from './verified-token.ts'

/** The rules for the tokens of one issuer. @internal */
export interface TokenRules extends LifetimeRules {
  readonly issuer: string
  readonly audiences: ReadonlySet<string>
  readonly exclusiveAudience: boolean
  readonly profile: SettledProfile
}

/** The claims to check, and their source. @internal */
export interface TokenEvidence {
  readonly claims: Claims
  readonly headerType: string | undefined
  readonly source: 'jwt' | 'introspection'
  readonly format: VerifiedToken['format']
  readonly verifiedBy: VerifiedToken['verifiedBy']
}

/**
 * Checks all rules for the claims of a token. JWTs and introspection answers have the same rules.
 *
 * @param now seconds since the epoch
 * @throws {ChallengeError} for the first rule that the token breaks
 * @internal
 */
export function checkToken(evidence: TokenEvidence, rules: TokenRules, now: number): VerifiedToken {
  const { claims } = evidence
  checkIssuer(evidence, rules.issuer)
  checkType(evidence, rules.profile)
  const audience = checkAudience(claims.aud, rules.audiences, rules.exclusiveAudience)
  const { expiresAt, issuedAt } = checkLifetime(claims, rules, now)
  const subject = readText(claims, 'sub')
  const tokenId = readText(claims, 'jti')
  const clientId = readClientId(evidence, rules.profile)
  // Only `active` is required in an introspection answer (RFC 7662 §2.2). So an answer needs no other
  // claims than audience, expiry, and a subject or a client id.
  if (evidence.source === 'jwt') checkClaims(claims, rules.profile, clientId)
  else if (subject === undefined && clientId === undefined) {
    throw new ChallengeError('claim_missing', 'the answer has neither "sub" nor "client_id"')
  }
  return deepFreeze({
    issuer: rules.issuer,
    subject,
    clientId,
    audience,
    scopes: readScopes(claims, rules.profile.scopeClaims[evidence.source]) ?? [],
    expiresAt,
    issuedAt,
    tokenId,
    confirmation: readConfirmation(claims.cnf, rules.profile.confirmationNotes),
    format: evidence.format,
    verifiedBy: evidence.verifiedBy,
    claims,
  })
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
  const { claims } = evidence
  checkIssuer(evidence, rules.issuer)
  checkType(evidence, rules.profile)
  if (claims.aud !== undefined) checkAudience(claims.aud, rules.audiences, rules.exclusiveAudience)
  checkLifetime(claims, rules, now)
  readConfirmation(claims.cnf, rules.profile.confirmationNotes)
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
  const { exp, iat } = signed
  const complete = { ...signed, ...claims }
  checkType({ claims: complete, headerType: undefined, source: 'introspection' }, rules.profile)
  // `exclusiveAudience` was checked with the JWT's own `aud`. Some servers, such as Keycloak, answer with
  // every audience that the client could get, also if the token has only one of them.
  if (claims.aud !== undefined) checkAudience(claims.aud, rules.audiences, false)
  checkLifetime({ exp, iat, ...claims }, rules, now)
  readConfirmation(claims.cnf, rules.profile.confirmationNotes)
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

/** Compares `iss` with the configured issuer, as exact strings (RFC 9068 §4, RFC 9207 §2.4, S1.11). */
function checkIssuer({ claims, source }: TokenEvidence, issuer: string): void {
  // An introspection answer may leave out `iss` (RFC 7662 §2.2), because the endpoint belongs to the
  // configured issuer.
  if (claims.iss === undefined && source === 'introspection') return
  if (claims.iss === undefined) throw new ChallengeError('issuer_missing', 'no "iss"')
  if (claims.iss !== issuer) {
    throw new ChallengeError(
      'issuer_unknown',
      `"iss" is ${quoted(claims.iss)}; expected ${quoted(issuer)}`,
    )
  }
}

/** @throws {ChallengeError} `token_type_refused`, `sender_constraint_unmet` */
function checkType(evidence: TypeEvidence, profile: SettledProfile): void {
  const { source, headerType, claims } = evidence
  if (source === 'jwt') checkNotAnotherKind(headerType, claims)
  profile.checkType(evidence)
  if (source === 'introspection') checkTokenType(claims)
}

function checkClaims(claims: Claims, profile: SettledProfile, clientId: string | undefined): void {
  for (const name of profile.requiredClaims) {
    if (claims[name] === undefined) {
      throw new ChallengeError(
        'claim_missing',
        `no "${name}", which the token profile ${profile.name} requires`,
      )
    }
  }
  if (clientId === undefined) {
    throw new ChallengeError('claim_missing', `no "${profile.clientIdClaims.jwt.join('" or "')}"`)
  }
}

function readClientId(
  { claims, source }: TokenEvidence,
  profile: SettledProfile,
): string | undefined {
  for (const name of profile.clientIdClaims[source]) {
    const value = readText(claims, name)
    if (value !== undefined) return value
  }
  return undefined
}

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
