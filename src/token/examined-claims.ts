import type { Confirmation } from './confirmation.ts'
import type { LifetimeRules, TokenDates } from './lifetime.ts'
import type { TypeEvidence } from './profile.ts'
import type { SettledProfile } from './settled-profile.ts'

/** The rules for the tokens of one issuer. @internal */
export interface TokenRules extends LifetimeRules {
  readonly issuer: string
  readonly audiences: ReadonlySet<string>
  readonly exclusiveAudience: boolean
  readonly profile: SettledProfile
}

/** The claims that the rules are applied to. @internal */
export interface ExaminedClaims extends TypeEvidence {
  readonly rules: TokenRules
  /** Seconds since the epoch. */
  readonly now: number
}

/** What the rules have read from the claims so far. @internal */
export interface ReadClaims {
  audience: readonly string[] | undefined
  dates: TokenDates | undefined
  subject: string | undefined
  tokenId: string | undefined
  clientId: string | undefined
  scopes: readonly string[] | undefined
  confirmation: Confirmation | undefined
}

/**
 * What has been read before the first rule: nothing. Every member is there from the start, so that all
 * these objects have one shape, which is faster.
 *
 * @internal
 */
export function nothingRead(): ReadClaims {
  return {
    audience: undefined,
    dates: undefined,
    subject: undefined,
    tokenId: undefined,
    clientId: undefined,
    scopes: undefined,
    confirmation: undefined,
  }
}
