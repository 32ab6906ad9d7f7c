import type { Confirmation } from './confirmation.ts'

/** Claims as they stood in a JWT or an introspection answer. */
export type Claims = Readonly<Record<string, unknown>>

/**
 * An access token that passed every rule.
 *
 * It holds no token text, so it can be logged, cached and handed to tools. It is deeply frozen: a
 * cache hands the same object to several requests.
 */
export interface VerifiedToken {
  /** `iss`, exactly as configured. */
  readonly issuer: string
  /** `sub`. With {@link issuer} the identity of the caller (RFC 9700 §4.15); absent only where an introspection answer leaves it out. */
  readonly subject: string | undefined
  /** `client_id`, else `azp`: the OAuth client that the token was issued to. */
  readonly clientId: string | undefined
  /** `aud`, always as a list. */
  readonly audience: readonly string[]
  /** `scope` as a list without repetitions, in the token's order. */
  readonly scopes: readonly string[]
  /** `exp`: seconds since the epoch. */
  readonly expiresAt: number
  /** `iat`: seconds since the epoch. */
  readonly issuedAt: number | undefined
  /** `jti`. */
  readonly tokenId: string | undefined
  /** `cnf`: what the token is bound to (RFC 7800). */
  readonly confirmation: Confirmation | undefined
  /** Whether the token is a JWT or a reference that only its issuer understands. */
  readonly format: 'jwt' | 'opaque'
  /** What vouches for it. */
  readonly verifiedBy: 'signature' | 'introspection' | 'signature_and_introspection'
  /** Every claim, as the authorization server gave it. */
  readonly claims: Claims
}

/**
 * Freezes a value and all it holds. Claims come from JSON, so there are no cycles.
 *
 * @internal
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}
