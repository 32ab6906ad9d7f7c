import { RequestRefusedError } from '../errors/request-refused-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { Revocations } from '../revocation/revocations.ts'
import { digestOf } from '../storage/digest.ts'
import { inTime, LONGEST_WAIT } from '../storage/in-time.ts'
import { isThenable, type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import { principalOf } from '../token/principal.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { SessionStore } from './session-store.ts'

/**
 * The characters that MCP allows in a session id (2025-11-25, Session Management). MCP has no limit for
 * the length; 512 characters is the limit of this package.
 */
const SESSION_ID = /^[\x21-\x7e]{1,512}$/

/** The part of the revocations that sessions use. @internal */
export type SessionRevocations = Pick<Revocations, 'openingOf' | 'stillOpen'>

/**
 * Binds each MCP session to the principal whose token opened the session. A session id is not a
 * credential (S1.14): every request of the session needs a token of the same principal. A refreshed
 * token has the same principal. A session that a bound token opened needs bound tokens. If the token that
 * opened the session is revoked, the session has ended, for later tokens too (REV-1).
 *
 * A method returns a promise only when the store returns one.
 *
 * @internal
 */
export class Sessions {
  readonly #store: SessionStore
  readonly #revocations: SessionRevocations

  constructor(store: SessionStore, revocations: SessionRevocations) {
    this.#store = store
    this.#revocations = revocations
  }

  /**
   * Checks that the session of a request belongs to the token's principal. The caller gets the same
   * answer for a session that never existed, that was dropped, or that belongs to another principal.
   *
   * @returns the session id; `undefined` when the request has no session id
   * @throws {RequestRefusedError} `session_unknown`
   * @throws {UnavailableError} `session_store_failed`
   */
  check(
    headers: ResourceRequest['headers'],
    token: VerifiedToken,
  ): MaybePromise<string | undefined> {
    const values = headerValues(headers, 'mcp-session-id')
    const [id] = values
    if (id === undefined) return undefined
    if (values.length > 1 || !SESSION_ID.test(id)) throw unknown('its id is malformed or repeated')
    const key = digestOf(id)
    return whenSettled(
      stored(() => this.#store.get(key)),
      (owner) => {
        if (owner === undefined) throw unknown('it was never opened here, or it has expired')
        const principal = principalOf(token)
        if (principal === undefined || owner.principal !== principal) {
          throw unknown('it belongs to another principal')
        }
        if (owner.bound === true && token.confirmation === undefined) {
          throw unknown('a bound token opened it, and the request has a bearer token')
        }
        // A store that other processes fill may lack it.
        const opening = owner.opening && this.#revocations.stillOpen(owner.opening)
        if (opening === undefined) {
          this.#drop(key)
          throw unknown('the token that opened it is revoked')
        }
        const renewed = opening === owner.opening ? owner : { ...owner, opening }
        return whenSettled(
          stored(() => this.#store.renew(key, renewed)),
          () => id,
        )
      },
    )
  }

  /**
   * Binds a new session to its owner. If the session already has an owner, the owner stays.
   *
   * @throws {UnavailableError} `session_store_failed`
   */
  open(id: string, token: VerifiedToken): MaybePromise<void> {
    const principal = principalOf(token)
    if (principal === undefined || !SESSION_ID.test(id)) return
    const subject = JSON.stringify([token.issuer, token.subject])
    const bound = token.confirmation && ({ bound: true } as const)
    const owner = { principal, subject, ...bound, opening: this.#revocations.openingOf(token) }
    return stored(() => this.#store.add(digestOf(id), owner))
  }

  /** Removes a session from the store. @throws {UnavailableError} `session_store_failed` */
  close(id: string): MaybePromise<void> {
    return stored(() => this.#store.delete(digestOf(id)))
  }

  /** Removes a session that is refused. If the store fails, the next request is refused as well. */
  #drop(key: string): void {
    try {
      const dropped = this.#store.delete(key)
      if (isThenable(dropped)) Promise.resolve(dropped).catch(() => {})
    } catch {}
  }
}

/**
 * Calls the store, and turns its errors into UnavailableErrors. A request waits for the store at most for
 * {@link LONGEST_WAIT}.
 *
 * @throws {UnavailableError} `session_store_failed`
 */
function stored<V>(call: () => MaybePromise<V>): MaybePromise<V> {
  try {
    const result = call()
    return isThenable(result) ? inTime(result, LONGEST_WAIT, tooSlow).catch(failed) : result
  } catch (cause) {
    return failed(cause)
  }
}

function tooSlow(): UnavailableError {
  const detail = `the session store took more than ${LONGEST_WAIT} ms`
  return new UnavailableError('session_store_failed', detail)
}

function failed(cause: unknown): never {
  if (cause instanceof UnavailableError) throw cause
  // The detail has only the name of the error, because its message may contain the address or password
  // of the store.
  const name = cause instanceof Error ? cause.name : typeof cause
  throw new UnavailableError('session_store_failed', `the session store failed with ${name}`, {
    cause,
  })
}

function unknown(why: string): RequestRefusedError {
  return new RequestRefusedError('session_unknown', `the session of the request is refused: ${why}`)
}
