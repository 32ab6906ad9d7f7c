import type { MaybePromise } from './maybe-promise.ts'

/**
 * Remembers ids that may be used only once, such as the `jti` of a DPoP proof (RFC 9449 §11.1). Several
 * processes can share one store.
 */
export interface ReplayStore {
  /**
   * Remembers an id, and says whether the id is new. Two calls with the same id must never both get
   * `true`, also if they run at the same time, or in different processes.
   *
   * @param id a digest; the store learns nothing about the token or its owner
   * @param until the last instant at which the id counts, in milliseconds since the epoch. Processes
   * with different clocks share the store, so keep the id longer by the difference of their clocks
   * @param owner issuer and subject of the request's token, as a digest. A store that is limited in size
   * can keep one owner from filling it
   * @returns `true` if the id is new, `false` if it is not. Any other result counts as a failure
   * @throws {Error} if the store is full or fails. The request is then answered with 503: a proof that
   * cannot be remembered could be used again
   */
  remember(id: string, until: number, owner: string): MaybePromise<boolean>
}

/** A {@link ReplayStore} that can say whether it has an id. @internal */
export interface MessageReplays extends ReplayStore {
  /** Whether an id was remembered. If nobody knows, it says no: a message of a revocation must not be lost. */
  has(id: string): MaybePromise<boolean>
}
