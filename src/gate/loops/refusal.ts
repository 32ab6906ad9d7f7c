import type { Challenged } from '../decision.ts'

/** Who a token is about. @internal */
export interface Identity {
  readonly issuer: string | undefined
  readonly clientId: string | undefined
  readonly subject: string | undefined
}

/** One refusal of a token that was issued a moment ago. @internal */
export interface Refusal extends Pick<Challenged, 'reason' | 'nearMiss'> {
  /** The answer to the caller. `detail` and `correlationId` may be getters: only a report reads them. */
  readonly challenge: Pick<Challenged, 'detail' | 'correlationId'>
  /** Whether the issuer vouches for the identity. Otherwise anybody can have made it up. */
  readonly verified: boolean
  /** The digest of the identity. Subjects are personal data, so rows are kept under it. */
  readonly key: string
  /** Returns the identity for a report. Few refusals are reported, so it is not made before. */
  readonly identity: () => Identity
  /** With `scope_missing`: the scopes that the token lacks. Otherwise empty. */
  readonly lacking: readonly string[]
  /** When the token was refused, in milliseconds since the epoch. */
  readonly at: number
  /** The digest of the token. */
  readonly digest: string
}
