import type { VerifiedToken } from '../token/verified-token.ts'

/** What a verifier may be told about the request it works for. Every member is optional. */
export interface VerificationContext {
  /** Ends this caller's wait. Work that other callers share goes on. */
  readonly signal?: AbortSignal | undefined
  /** Ties events of outbound calls to the request that caused them. */
  readonly correlationId?: string | undefined
  /** Filled in by a cache, for the decision's event. */
  observed?: { cache?: 'hit' | 'miss' }
}

/**
 * Judges access tokens. Every verifier of this package is one, and so can yours be: pass it as
 * `createResourceServer({ verifier })`.
 *
 * @example
 * ```ts
 * import { createJwtVerifier, type TokenVerifier } from 'mcp-resource-server'
 *
 * const verifier: TokenVerifier = createJwtVerifier({
 *   issuer: 'https://sso.example.com/realms/acme',
 *   audience: 'https://mcp.example.com/mcp',
 * })
 * ```
 */
export interface TokenVerifier {
  /**
   * Resolves with the verified token.
   *
   * @throws {ChallengeError} when the token is not good: the caller's fault, 401.
   * @throws {UnavailableError} when it cannot be judged now: 503.
   */
  verify(token: string, context?: VerificationContext): Promise<VerifiedToken>

  /**
   * Asked by a cache at every hit: may a token that this verifier passed earlier still be used?
   * `false` makes the cache forget it and verify again. For example, a retired key ends the life
   * of every result that rests on it.
   */
  stillTrusts?(token: VerifiedToken): boolean

  /**
   * Fetches what verification needs (discovery, keys) ahead of the first request, and tries
   * credentials that it needs.
   *
   * @throws {UnavailableError} when that cannot be had.
   */
  ready?(): Promise<void>

  /** Ends connections. A closed verifier refuses with `UnavailableError` `closed`. */
  close?(): Promise<void>
}
