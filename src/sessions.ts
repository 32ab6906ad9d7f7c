import { headerValues } from './challenge/credentials.ts'
import { RequestRefusedError } from './errors.ts'
import type { ResourceRequest } from './request.ts'
import { createBoundedCache } from './storage/bounded-cache.ts'
import type { Clock } from './storage/clock.ts'
import { digestOf } from './storage/digest.ts'
import { principalOf } from './token/principal.ts'
import type { VerifiedToken } from './token/verified-token.ts'

/** How sessions of MCP revisions before 2026-07-28 are bound to who opened them. */
export interface SessionOptions {
  /** Most sessions; default 10 000. The one unused for longest goes first. */
  readonly maxSessions?: number
  /** Seconds after which an unused session is forgotten; default 86 400, a day. */
  readonly maxIdle?: number
}

const MAX_SESSIONS = 10_000
const MAX_IDLE = 86_400

/** What MCP allows in a session id (2025-11-25, Session Management), and more than anybody needs. */
const SESSION_ID = /^[\x21-\x7e]{1,512}$/

/**
 * Whose session is whose. A session id is no credential (S1.14): whoever shows one must also be the
 * principal whose token opened it. A refreshed token is the same principal's.
 *
 * @internal
 */
export class Sessions {
  readonly #owners: ReturnType<typeof createBoundedCache<{ readonly principal: string }>>
  readonly #maxIdle: number
  readonly #clock: Clock

  constructor(options: SessionOptions, clock: Clock) {
    this.#owners = createBoundedCache(options.maxSessions ?? MAX_SESSIONS, clock)
    this.#maxIdle = (options.maxIdle ?? MAX_IDLE) * 1000
    this.#clock = clock
  }

  /**
   * The session that a request names; `undefined` where it names none. One that was never opened, is
   * forgotten, or is somebody else's is not found: the three look alike from outside.
   *
   * @throws {RequestRefusedError} `session_unknown`
   */
  require(headers: ResourceRequest['headers'], token: VerifiedToken): string | undefined {
    const values = headerValues(headers, 'mcp-session-id')
    const [id] = values
    if (id === undefined) return undefined
    if (values.length > 1 || !SESSION_ID.test(id)) throw unknown('that is no session id')
    const owner = this.#owners.get(digestOf(id))
    if (owner === undefined) throw unknown('no such session was opened here, or not lately')
    if (owner.principal !== principalOf(token)) throw unknown('it belongs to another principal')
    this.#keep(id, owner.principal)
    return id
  }

  /** Binds a session that an answer opens. One that has an owner keeps it. */
  open(id: string, token: VerifiedToken): void {
    const principal = principalOf(token)
    if (principal === undefined || !SESSION_ID.test(id)) return
    if (this.#owners.get(digestOf(id)) === undefined) this.#keep(id, principal)
  }

  close(id: string): void {
    this.#owners.delete(digestOf(id))
  }

  #keep(id: string, principal: string): void {
    this.#owners.set(digestOf(id), { principal }, this.#clock() + this.#maxIdle)
  }
}

function unknown(why: string): RequestRefusedError {
  return new RequestRefusedError('session_unknown', `the request names a session: ${why}`)
}
