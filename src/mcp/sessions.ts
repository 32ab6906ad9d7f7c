import { RequestRefusedError, UnavailableError } from '../errors.ts'
import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { digestOf } from '../storage/digest.ts'
import { isThenable, type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import { principalOf } from '../token/principal.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { SessionStore } from './session-store.ts'

/** The characters that MCP allows in a session id (2025-11-25, Session Management), and a limit. */
const SESSION_ID = /^[\x21-\x7e]{1,512}$/

/**
 * Binds each MCP session to the principal whose token opened it. A session id is not a credential
 * (S1.14): a request that names a session needs a token of that principal. A refreshed token has the
 * same principal.
 *
 * Each method gives a promise only when the store gives one.
 *
 * @internal
 */
export class Sessions {
  readonly #store: SessionStore

  constructor(store: SessionStore) {
    this.#store = store
  }

  /**
   * Checks that the session which a request names belongs to the token's principal. The answer is the
   * same for a session that was never opened, is forgotten, or belongs to another principal.
   *
   * @returns the session id; `undefined` when the request names no session
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
        if (owner === undefined) throw unknown('no such session was opened here, or not lately')
        const principal = principalOf(token)
        if (principal === undefined || owner.principal !== principal) {
          throw unknown('it belongs to another principal')
        }
        return whenSettled(
          stored(() => this.#store.renew(key, owner)),
          () => id,
        )
      },
    )
  }

  /**
   * Binds a session that an answer opens. A session that has an owner keeps it.
   *
   * @throws {UnavailableError} `session_store_failed`
   */
  open(id: string, token: VerifiedToken): MaybePromise<void> {
    const principal = principalOf(token)
    if (principal === undefined || !SESSION_ID.test(id)) return
    const subject = JSON.stringify([token.issuer, token.subject])
    return stored(() => this.#store.add(digestOf(id), { principal, subject }))
  }

  /** Forgets a session. @throws {UnavailableError} `session_store_failed` */
  close(id: string): MaybePromise<void> {
    return stored(() => this.#store.delete(digestOf(id)))
  }
}

/** Calls the store. @throws {UnavailableError} `session_store_failed` */
function stored<V>(call: () => MaybePromise<V>): MaybePromise<V> {
  try {
    const result = call()
    return isThenable(result) ? Promise.resolve(result).catch(failed) : result
  } catch (cause) {
    return failed(cause)
  }
}

function failed(cause: unknown): never {
  if (cause instanceof UnavailableError) throw cause
  // Only the error's name: its message may hold the address or password of the store.
  const name = cause instanceof Error ? cause.name : typeof cause
  throw new UnavailableError('session_store_failed', `the store of sessions: ${name}`, { cause })
}

function unknown(why: string): RequestRefusedError {
  return new RequestRefusedError('session_unknown', `the request names a session: ${why}`)
}
