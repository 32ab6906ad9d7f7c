import { ChallengeError } from '../errors/challenge-error.ts'
import type { ChallengeReason, TokenExchangeReason } from '../errors/reasons.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import type { Confirmation } from './confirmation.ts'
import type { AudienceSubstitute, ExchangeRefusal, TokenProfile, TypeEvidence } from './profile.ts'
import { rfc9068Profile } from './rfc9068.ts'
import { type Claims, deepFreeze } from './verified-token.ts'

/**
 * A profile with its defaults filled in. It is a copy, and the functions of the profile get frozen
 * claims. So a profile can change neither the rules nor the claims.
 *
 * @internal
 */
export interface SettledProfile {
  readonly name: string
  readonly requiredClaims: readonly string[]
  /** For each source, the claims that hold the scopes, in order of preference. */
  readonly scopeClaims: Readonly<Record<TypeEvidence['source'], readonly string[]>>
  /** Put before each scope of a token; empty if the tokens have full names. */
  readonly scopePrefix: string
  /** For each source, the claims that hold the client id, in order of preference. */
  readonly clientIdClaims: Readonly<Record<TypeEvidence['source'], readonly string[]>>
  readonly genericAudiences: ReadonlySet<string>
  readonly audienceSubstitutes: readonly AudienceSubstitute[]
  readonly confirmationNotes: ReadonlyMap<string, keyof Confirmation>
  /** Members of an introspection answer that must be strings. */
  readonly introspectionTexts: readonly string[]
  rolesOf(claims: Claims): readonly string[]
  /** @throws {ChallengeError} @throws {UnavailableError} `verifier_failed`: the profile is faulty */
  checkType(evidence: TypeEvidence): void
  isLightweight(claims: Claims): boolean
  readExchangeRefusal(refusal: ExchangeRefusal): TokenExchangeReason | undefined
  readonly hints: {
    inactive(claims: Claims, clientId: string): string | undefined
    /** `undefined` if the profile has no such hint, so that nobody needs to ask for it. */
    readonly refused:
      | ((reason: ChallengeReason, claims: Claims | undefined) => string | undefined)
      | undefined
    unknownIssuer(issuer: string): string | undefined
    clientRefused(status: number): string | undefined
    exchangeRefused(reason: TokenExchangeReason): string | undefined
  }
}

/** Members of an introspection answer that must be strings (RFC 7662 §2.2). */
const TEXTS = ['iss', 'sub', 'jti', 'client_id', 'token_type']

/** Fills in the defaults of a profile. @internal */
export function settleProfile(profile: TokenProfile = rfc9068Profile): SettledProfile {
  const { name, scopeClaims = rfc9068Profile.scopeClaims, hints = {} } = profile
  const {
    clientIdClaims = rfc9068Profile.clientIdClaims,
    requiredClaims = profile.clientIdClaims === undefined
      ? rfc9068Profile.requiredClaims
      : rfc9068Profile.requiredClaims.filter((claim) => claim !== 'client_id'),
  } = profile
  const ofAnswers = unique([...clientIdClaims, 'client_id'])
  return {
    name,
    requiredClaims: [...requiredClaims],
    scopeClaims: {
      jwt: [...scopeClaims],
      introspection: unique([...scopeClaims, 'scope']),
    },
    scopePrefix: profile.scopePrefix ?? '',
    clientIdClaims: { jwt: [...clientIdClaims], introspection: ofAnswers },
    genericAudiences: new Set(profile.genericAudiences?.map((audience) => audience.toLowerCase())),
    audienceSubstitutes: [...(profile.audienceSubstitutes ?? [])],
    confirmationNotes: new Map(Object.entries(profile.confirmationNotes ?? {})),
    introspectionTexts: unique([...TEXTS, ...ofAnswers, ...(profile.introspectionTexts ?? [])]),
    rolesOf: (claims) => {
      const { rolesOf = rfc9068Profile.rolesOf } = profile
      const roles = notAwaited(rolesOf.call(profile, claims))
      return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : []
    },
    checkType: (evidence) => checkType(profile, evidence),
    isLightweight: (claims) => attempt(() => profile.isLightweight?.(deepFreeze(claims))) === true,
    readExchangeRefusal: (refusal) => attempt(() => profile.readExchangeRefusal?.(refusal)),
    hints: {
      inactive: (claims, clientId) => hint(() => hints.inactive?.(claims, clientId)),
      refused: hints.refused && ((reason, claims) => hint(() => hints.refused?.(reason, claims))),
      unknownIssuer: (issuer) => hint(() => hints.unknownIssuer?.(issuer)),
      clientRefused: (status) => hint(() => hints.clientRefused?.(status)),
      exchangeRefused: (reason) => hint(() => hints.exchangeRefused?.(reason)),
    },
  }
}

function checkType(profile: TokenProfile, { claims, headerType, source }: TypeEvidence): void {
  const evidence = Object.freeze({ claims: deepFreeze(claims), headerType, source })
  let answer: unknown
  try {
    const { checkType: check = rfc9068Profile.checkType } = profile
    answer = notAwaited(check.call(profile, evidence))
  } catch (cause) {
    if (cause instanceof ChallengeError) throw cause
    throw failed(profile, 'threw an error that is not a ChallengeError', cause)
  }
  // The result is for example `false`, or the promise of an async function: a refusal may be meant.
  if (answer !== undefined) throw failed(profile, 'must throw or return nothing')
}

function failed({ name }: TokenProfile, what: string, cause?: unknown): UnavailableError {
  const message = `checkType of the token profile ${JSON.stringify(name)} ${what}`
  return new UnavailableError('verifier_failed', message, { cause })
}

function hint(make: () => unknown): string | undefined {
  const text = attempt(make)
  return typeof text === 'string' ? text : undefined
}

/** Calls a function of the profile. Returns `undefined` if it throws. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return notAwaited(make())
  } catch {
    return undefined
  }
}

/** Handles the rejection of a value that is a promise by mistake. Otherwise it would end the process. */
function notAwaited<T>(value: T): T {
  if (value instanceof Promise) value.catch(() => {})
  return value
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}
