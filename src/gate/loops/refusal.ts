import type { Challenged } from '../decision.ts'

/** One refusal of a token that was issued a moment ago, and who the token is about. @internal */
export interface Refusal
  extends Pick<Challenged, 'reason' | 'nearMiss' | 'detail' | 'correlationId'> {
  /** Whether the issuer vouches for `issuer`, `clientId` and `subject`. Otherwise anybody can have made them up. */
  readonly verified: boolean
  readonly issuer: string | undefined
  readonly clientId: string | undefined
  readonly subject: string | undefined
  /** With `scope_missing`: the scopes that the token lacks. Otherwise empty. */
  readonly lacking: readonly string[]
  /** When the token was refused, in milliseconds since the epoch. */
  readonly at: number
  /** The digest of the token. */
  readonly digest: string
}
