import type { VerifiedToken } from '../token/verified-token.ts'

/** The context of a call of a verifier. Every member is optional. */
export interface VerificationContext {
  /** Aborts this caller's wait. Work that is shared with other callers continues. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Verifies access tokens: a token must be genuine, unexpired, and for this server. The resource server
 * checks scopes, revocation and the policy. Every verifier of this package is a `TokenVerifier`.
 *
 * You can write your own verifier. Pass it as `createResourceServer({ verifier })`. To call it less
 * often, wrap it in `createCachedVerifier`.
 *
 * A verifier gets the token without the request. So it cannot check a proof of possession, and the
 * verifiers of this package refuse tokens that are bound to a key or certificate (`cnf`).
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
 *       // Not the caller's fault: 503. A 401 would make the client discard a valid token.
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
   * Verifies a token.
   *
   * @throws {ChallengeError} if the token is invalid. The caller gets 401.
   * @throws {UnavailableError} if the token cannot be verified now. The caller gets 503.
   */
  verify(token: string, context?: VerificationContext): Promise<VerifiedToken>

  /**
   * Prepares the verifier before the first request: it fetches metadata and keys, and tries the
   * credentials for introspection.
   *
   * @throws {UnavailableError} if one of these fails
   */
  ready?(): Promise<void>

  /** Closes the connections. A closed verifier throws an `UnavailableError` with the reason `closed`. */
  close?(): Promise<void>
}
