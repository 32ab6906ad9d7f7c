import type { SessionOpening } from '../revocation/revocation.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'

/**
 * The owner of a session: the two keys under which the sessions of an owner are counted, whether the owner
 * must prove possession of a key, and what revokes the session. It is plain data.
 */
export interface SessionOwner {
  /** Issuer, subject and client, in the form of `principalOf`. */
  readonly principal: string
  /** Issuer and subject, for all clients together. */
  readonly subject: string
  /**
   * `true`: the token that opened the session was bound to a key or certificate (`cnf`), so a bearer token
   * cannot continue the session. A stolen bearer token of the same principal would otherwise be enough.
   */
  readonly bound?: true
  /** The token that opened the session: digests and times. If the token is revoked, the session ends. */
  readonly opening: SessionOpening
}

/**
 * Stores the owner of each session. A key is the digest of a session id, so the store never sees the id
 * itself. Every method may return a promise. If a method throws or rejects, the gate answers 503.
 */
export interface SessionStore {
  /**
   * Returns the owner of a session; `undefined` when the session was never added, or is no longer
   * stored.
   */
  get(key: string): MaybePromise<SessionOwner | undefined>
  /**
   * Adds a session. If the session already has an owner, the owner stays, also when two callers add it
   * at the same time.
   */
  add(key: string, owner: SessionOwner): MaybePromise<void>
  /**
   * Restarts the time after which an unused session is dropped, and replaces the owner, whose `opening`
   * may have a later `checkedAt`. It does not add a session that has been dropped.
   */
  renew(key: string, owner: SessionOwner): MaybePromise<void>
  /** Removes a session. */
  delete(key: string): MaybePromise<void>
}
