import { headerValues } from './challenge/credentials.ts'
import { RequestRefusedError } from './errors.ts'
import type { ResourceRequest } from './request.ts'
import { type BoundedCache, createBoundedCache } from './storage/bounded-cache.ts'
import type { Clock } from './storage/clock.ts'
import { digestOf } from './storage/digest.ts'
import { principalOf } from './token/principal.ts'
import type { VerifiedToken } from './token/verified-token.ts'

/** How sessions of MCP revisions before 2026-07-28 are bound to who opened them. */
export interface SessionOptions {
  /** Most sessions; default 10 000. The one unused for longest goes first. */
  readonly maxSessions?: number
  /** Most sessions of one principal; default 1000. Its own oldest goes first. */
  readonly maxPerPrincipal?: number
  /** Seconds after which an unused session is forgotten; default 86 400, a day. */
  readonly maxIdle?: number
}

const MAX_SESSIONS = 10_000
const MAX_PER_PRINCIPAL = 1000
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
  readonly #owners: BoundedCache<{ readonly principal: string }>
  /** The sessions of each principal, by their keys in {@link #owners}, oldest first. */
  readonly #owned: BoundedCache<Set<string>>
  readonly #maxPerPrincipal: number
  readonly #maxIdle: number
  readonly #clock: Clock

  constructor(options: SessionOptions, clock: Clock) {
    const maxSessions = options.maxSessions ?? MAX_SESSIONS
    this.#owners = createBoundedCache(maxSessions, clock)
    this.#owned = createBoundedCache(maxSessions, clock)
    this.#maxPerPrincipal = options.maxPerPrincipal ?? MAX_PER_PRINCIPAL
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
    const key = digestOf(id)
    const owner = this.#owners.get(key)
    if (owner === undefined) throw unknown('no such session was opened here, or not lately')
    if (owner.principal !== principalOf(token)) throw unknown('it belongs to another principal')
    this.#keep(key, owner.principal)
    return id
  }

  /** Binds a session that an answer opens. One that has an owner keeps it. */
  open(id: string, token: VerifiedToken): void {
    const principal = principalOf(token)
    if (principal === undefined || !SESSION_ID.test(id)) return
    const key = digestOf(id)
    if (this.#owners.get(key) === undefined) this.#keep(key, principal)
  }

  close(id: string): void {
    const key = digestOf(id)
    const owner = this.#owners.get(key)
    this.#owners.delete(key)
    if (owner !== undefined) this.#owned.get(owner.principal)?.delete(key)
  }

  #keep(key: string, principal: string): void {
    const until = this.#clock() + this.#maxIdle
    const keys = this.#owned.get(principal) ?? new Set()
    // The last one used goes to the end.
    keys.delete(key)
    keys.add(key)
    const [oldest] = keys
    if (keys.size > this.#maxPerPrincipal && oldest !== undefined) {
      keys.delete(oldest)
      this.#owners.delete(oldest)
    }
    this.#owned.set(principal, keys, until)
    this.#owners.set(key, { principal }, until)
  }
}

function unknown(why: string): RequestRefusedError {
  return new RequestRefusedError('session_unknown', `the request names a session: ${why}`)
}
