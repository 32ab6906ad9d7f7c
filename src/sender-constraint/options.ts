import type { SignatureAlgorithm } from '../jws/algorithms.ts'
import type { ReplayStore } from '../storage/replay-store.ts'

/**
 * Which tokens may be presented with DPoP (RFC 9449).
 *
 * - `off`: none. Only Bearer is offered, and a token that is bound to a DPoP key is refused.
 * - `accepted`: a token that is bound to a DPoP key needs the scheme `DPoP` and a proof with each
 *   request. Other tokens are presented as Bearer.
 * - `required`: every request needs a bound token and a proof. Bearer tokens are refused.
 */
export type DpopMode = 'off' | 'accepted' | 'required'

/**
 * Whether DPoP proofs need a nonce of this server (RFC 9449 §9).
 *
 * - `off`: no nonce is given. A nonce in a proof is ignored.
 * - `when-asked`: a proof needs no nonce while its `iat` is close enough to this server's clock.
 *   Otherwise the server asks for a nonce, which then shows that the proof is fresh. So a client with a
 *   wrong clock can still call. A nonce that a proof has must be good.
 * - `required`: every proof needs a nonce, and its `iat` must be close enough too. A proof that was
 *   made in advance is then worth nothing.
 */
export type DpopNonceMode = 'off' | 'when-asked' | 'required'

/** Options for the nonces of DPoP proofs. */
export interface DpopNonceOptions {
  /**
   * Whether proofs need a nonce.
   *
   * @defaultValue `off`
   */
  readonly mode?: DpopNonceMode
  /**
   * Secrets that nonces are made from, at least 32 characters each. Give the same list to all instances
   * of this server, so that each accepts the nonces of the others. The first secret makes nonces; all
   * are accepted, so that a secret can be replaced without refusing requests.
   *
   * @defaultValue a random secret of this process
   */
  readonly secrets?: readonly string[]
  /**
   * Seconds for which new nonces are the same. A nonce is accepted for at least this time, and for at
   * most twice this time.
   *
   * @defaultValue 120 s
   */
  readonly lifetime?: number
}

/** Options for DPoP proofs (RFC 9449). */
export interface DpopOptions {
  /**
   * Which tokens may be presented with DPoP.
   *
   * @defaultValue `accepted`
   */
  readonly mode?: DpopMode
  /**
   * Accepted signature algorithms of proofs. Challenges and metadata name them.
   *
   * @defaultValue `ES256`, `ES384`, `ES512`, `EdDSA`, `Ed25519`, `PS256`, `RS256`
   */
  readonly algorithms?: readonly SignatureAlgorithm[]
  /**
   * Seconds by which the `iat` of a proof may differ from this server's clock, in both directions.
   *
   * @defaultValue 300 s
   */
  readonly maxClockDifference?: number
  /**
   * Whether proofs need a nonce of this server: a mode, or an object of options.
   *
   * @defaultValue `off`
   */
  readonly nonce?: DpopNonceMode | DpopNonceOptions
  /**
   * A function that returns the path of a request as clients see it, for a proxy that rewrites paths. It
   * gets the path as this server received it, without the query.
   *
   * @defaultValue the path as received
   */
  readonly externalPath?: (path: string) => string
  /**
   * Where used proofs are remembered, so that no proof is accepted twice.
   *
   * @defaultValue the memory of this process
   */
  readonly replayStore?: ReplayStore
}

/** Options for how callers prove possession of the key that their token is bound to. */
export interface SenderConstraintOptions {
  /**
   * Whether tokens may or must be bound to a DPoP key (RFC 9449): a mode, or an object of options.
   *
   * @defaultValue `accepted`
   */
  readonly dpop?: DpopMode | DpopOptions
}
