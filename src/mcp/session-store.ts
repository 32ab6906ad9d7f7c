import type { MaybePromise } from '../storage/maybe-promise.ts'

/** The caller that a session belongs to: the two keys by which its sessions are counted. */
export interface SessionOwner {
  /** Issuer, subject and client, as `principalOf` writes them. */
  readonly principal: string
  /** Issuer and subject, whatever the client. */
  readonly subject: string
}

/**
 * Keeps the owners of sessions. A key is the digest of a session id, so the store never sees an id.
 * Every method may give a promise. A store that fails throws or rejects; then the gate answers 503.
 */
export interface SessionStore {
  /** The owner of a session; `undefined` for a session that was never added or is forgotten. */
  get(key: string): MaybePromise<SessionOwner | undefined>
  /** Adds a session. A session that has an owner keeps it, also when two callers add it at once. */
  add(key: string, owner: SessionOwner): MaybePromise<void>
  /** Restarts the time after which an unused session is forgotten. It never brings one back. */
  renew(key: string, owner: SessionOwner): MaybePromise<void>
  delete(key: string): MaybePromise<void>
}
