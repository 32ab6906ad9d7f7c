import { ChallengeError } from '../errors.ts'
import { quoted } from '../quoted.ts'
import { checkAudience } from './audience.ts'
import { checkBearerUse, readConfirmation } from './confirmation.ts'
import { checkLifetime, type LifetimeRules } from './lifetime.ts'
import { checkTokenType, type TokenProfile } from './profile.ts'
import { readScopes } from './scope.ts'
import { type Claims, deepFreeze, type VerifiedToken } from './verified-token.ts'

/** What is demanded of the tokens of one issuer. @internal */
export interface TokenRules extends LifetimeRules {
  readonly issuer: string
  readonly audiences: ReadonlySet<string>
  readonly exclusiveAudience: boolean
  /** Characters. */
  readonly maxTokenLength: number
  readonly profile: TokenProfile
}

/** Claims, and where they came from. @internal */
export interface TokenEvidence {
  readonly claims: Claims
  readonly headerType: string | undefined
  readonly source: 'jwt' | 'introspection'
  readonly format: VerifiedToken['format']
  readonly verifiedBy: VerifiedToken['verifiedBy']
}

/**
 * The one set of rules, the same for the claims of a JWT and of an introspection answer.
 *
 * @param now seconds since the epoch
 * @throws {ChallengeError} with the first rule that does not hold
 * @internal
 */
export function checkToken(evidence: TokenEvidence, rules: TokenRules, now: number): VerifiedToken {
  const { claims } = evidence
  checkIssuer(evidence, rules.issuer)
  rules.profile.checkType(evidence)
  const audience = checkAudience(claims.aud, rules.audiences, rules.exclusiveAudience)
  const { expiresAt, issuedAt } = checkLifetime(claims, rules, now)
  const subject = readText(claims, 'sub')
  const tokenId = readText(claims, 'jti')
  const clientId = readClientId(claims, rules.profile)
  // Introspection answers have no required members but `active` (RFC 7662 §2.2): what is demanded
  // of them beyond audience and expiry is that they say whose token it is.
  if (evidence.source === 'jwt') checkClaims(claims, rules.profile, clientId)
  else if (subject === undefined && clientId === undefined) {
    throw new ChallengeError('claim_missing', 'the answer has neither "sub" nor "client_id"')
  }
  const confirmation = readConfirmation(claims.cnf)
  checkBearerUse(confirmation)
  return deepFreeze({
    issuer: rules.issuer,
    subject,
    clientId,
    audience,
    scopes: readScopes(claims.scope),
    expiresAt,
    issuedAt,
    tokenId,
    confirmation,
    format: evidence.format,
    verifiedBy: evidence.verifiedBy,
    claims,
  })
}

/**
 * The rules that a lightweight token must meet by itself, before anybody is asked to complete it:
 * all of them, as far as the token speaks of their subject.
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
  rules.profile.checkType(evidence)
  if (claims.aud !== undefined) checkAudience(claims.aud, rules.audiences, rules.exclusiveAudience)
  checkLifetime(claims, rules, now)
  checkBearerUse(readConfirmation(claims.cnf))
}

/**
 * The rules for an answer that confirms a token whose own claims have passed: it may leave out
 * anything, and what it says must pass.
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
  checkTokenType(claims.token_type)
  if (claims.typ !== undefined) {
    rules.profile.checkType({ claims, headerType: undefined, source: 'introspection' })
  }
  // Whether it is the sole audience is judged by what was signed: Keycloak names every audience that
  // the client could have, also where the token was narrowed to one of them.
  if (claims.aud !== undefined) checkAudience(claims.aud, rules.audiences, false)
  checkLifetime({ exp, iat, ...claims }, rules, now)
  checkBearerUse(readConfirmation(claims.cnf))
}

/**
 * Tokens are measured before anything is hashed, parsed or sent (RFC7662-6).
 *
 * @throws {ChallengeError} `token_too_long`, `token_malformed`
 * @internal
 */
export function checkTokenText(token: string, maxTokenLength: number): void {
  // Users of the verifiers may not write TypeScript.
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

/** Issuers are pinned and compared as exact strings (RFC 9068 §4, RFC 9207 §2.4, S1.11). */
function checkIssuer({ claims, source }: TokenEvidence, issuer: string): void {
  // An introspection answer may leave `iss` out (RFC 7662 §2.2): it came from the pinned
  // issuer's own endpoint. One that names another issuer is refused like any other.
  if (claims.iss === undefined && source === 'introspection') return
  if (claims.iss === undefined) throw new ChallengeError('issuer_missing', 'no "iss"')
  if (claims.iss !== issuer) {
    throw new ChallengeError(
      'issuer_unknown',
      `"iss" is ${quoted(claims.iss)}; expected ${quoted(issuer)}`,
    )
  }
}

function checkClaims(claims: Claims, profile: TokenProfile, clientId: string | undefined): void {
  for (const name of profile.requiredClaims) {
    if (claims[name] === undefined) {
      throw new ChallengeError(
        'claim_missing',
        `no "${name}", which the ${profile.name} profile demands`,
      )
    }
  }
  if (clientId === undefined) {
    throw new ChallengeError('claim_missing', `no "${profile.clientIdClaims.join('" or "')}"`)
  }
}

function readClientId(claims: Claims, profile: TokenProfile): string | undefined {
  for (const name of profile.clientIdClaims) {
    const value = readText(claims, name)
    if (value !== undefined) return value
  }
  return undefined
}

/**
 * A claim that is a string, where it is there.
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
