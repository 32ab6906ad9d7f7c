import type { VerifiedToken } from '../token/verified-token.ts'

/** What a verifier is told about the request that it works for. Every member is optional. */
export interface VerificationContext {
  /** Ends this caller's wait. Work that other callers share goes on. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Verifies access tokens: whether a token is genuine, unexpired, and meant for this server. Scopes,
 * revocation and the policy are for the resource server. Every verifier of this package is a
 * `TokenVerifier`, and yours can be one: pass it as `createResourceServer({ verifier })`, in
 * `createCachedVerifier` if it should be asked less often.
 *
 * A verifier is given the token and not its request. So the verifiers of this package refuse tokens that
 * are bound to a key or certificate (`cnf`), which a request has to prove possession of.
 *
 * @example
 * ```ts
 * import {
 *   ChallengeError,
 *   createVerifiedToken,
 *   type TokenVerifier,
 *   UnavailableError,
 * } from 'mcp-resource-server'
 *
 * const ISSUER = 'https://keys.example.com'
 *
 * const verifier: TokenVerifier = {
 *   async verify(token, context) {
 *     const answer = await fetch(`${ISSUER}/check`, {
 *       method: 'POST',
 *       body: token,
 *       redirect: 'error',
 *       signal: context?.signal ?? null,
 *     }).catch((cause: unknown) => {
 *       // Not the caller's fault: 503. A 401 would make its client throw a good token away.
 *       throw new UnavailableError('verifier_failed', 'the key service cannot be reached', { cause })
 *     })
 *     if (answer.status === 404) throw new ChallengeError('token_inactive', 'no such key')
 *     if (!answer.ok) throw new UnavailableError('verifier_failed', `HTTP ${answer.status}`)
 *     const { owner, audience, expires } = (await answer.json()) as Record<string, unknown>
 *     if (audience !== 'https://mcp.example.com/mcp') {
 *       throw new ChallengeError('audience_mismatch', 'the key is for another server')
 *     }
 *     if (!(Number(expires) > Date.now() / 1000)) {
 *       throw new ChallengeError('token_expired', 'the key has expired')
 *     }
 *     return createVerifiedToken({
 *       issuer: ISSUER,
 *       subject: String(owner),
 *       audience,
 *       scopes: ['mcp:tools'],
 *       expiresAt: Number(expires),
 *     })
 *   },
 * }
 * ```
 */
export interface TokenVerifier {
  /**
   * Resolves with the verified token.
   *
   * @throws {ChallengeError} when the token is not good: the caller's fault, 401.
   * @throws {UnavailableError} when it cannot be verified now: 503.
   */
  verify(token: string, context?: VerificationContext): Promise<VerifiedToken>

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
