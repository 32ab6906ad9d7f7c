import { RequestRefusedError } from '../errors.ts'
import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { type BoundedCache, createBoundedCache } from '../storage/bounded-cache.ts'
import type { Clock } from '../storage/clock.ts'
import { digestOf } from '../storage/digest.ts'
import { principalOf } from '../token/principal.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/** How sessions of MCP revisions before 2026-07-28 are bound to who opened them. */
export interface SessionOptions {
  /** Most sessions; default 10 000. The one unused for longest goes first. */
  readonly maxSessions?: number
  /** Most sessions of one principal; default 1000. Its own oldest goes first. */
  readonly maxPerPrincipal?: number
  /**
   * Most sessions of one subject of an issuer, by all of its clients together; default twice
   * `maxPerPrincipal`. Its own oldest goes first.
   */
  readonly maxPerSubject?: number
  /** Seconds after which an unused session is forgotten; default 86 400, a day. */
  readonly maxIdle?: number
}

const MAX_SESSIONS = 10_000
const MAX_PER_PRINCIPAL = 1000
const MAX_IDLE = 86_400

/** What MCP allows in a session id (2025-11-25, Session Management), and more than anybody needs. */
const SESSION_ID = /^[\x21-\x7e]{1,512}$/

/** Whom a session belongs to: the keys under which its owner's sessions are counted. */
interface Owner {
  readonly principal: string
  /** Issuer and subject, whatever the client. */
  readonly subject: string
}

/**
 * Whose session is whose. A session id is no credential (S1.14): whoever shows one must also be the
 * principal whose token opened it. A refreshed token is the same principal's.
 *
 * @internal
 */
export class Sessions {
  readonly #owners: BoundedCache<Owner>
  /** The sessions of each principal, and of each subject, by their keys in {@link #owners}. */
  readonly #byPrincipal: Shares
  readonly #bySubject: Shares
  readonly #maxIdle: number
  readonly #clock: Clock

  constructor(options: SessionOptions, clock: Clock) {
    const maxPerPrincipal = options.maxPerPrincipal ?? MAX_PER_PRINCIPAL
    this.#byPrincipal = new Shares(maxPerPrincipal)
    this.#bySubject = new Shares(options.maxPerSubject ?? 2 * maxPerPrincipal)
    // A session that expires or makes room leaves the shares too, so they never outgrow the sessions.
    this.#owners = createBoundedCache(
      options.maxSessions ?? MAX_SESSIONS,
      clock,
      (key, { principal, subject }) => {
        this.#byPrincipal.remove(principal, key)
        this.#bySubject.remove(subject, key)
      },
    )
    this.#maxIdle = (options.maxIdle ?? MAX_IDLE) * 1000
    this.#clock = clock
  }

  /** How much is kept: sessions, and the shares that they are counted in. */
  get counts(): { readonly sessions: number; readonly shares: number; readonly counted: number } {
    const shares = [this.#byPrincipal, this.#bySubject]
    return {
      sessions: this.#owners.size,
      shares: shares.reduce((sum, { owners }) => sum + owners, 0),
      counted: shares.reduce((sum, { counted }) => sum + counted, 0),
    }
  }

  /**
   * The session that a request names; `undefined` where it names none. One that was never opened, is
   * forgotten, or is somebody else's is not found: the three look alike from outside.
   *
   * @throws {RequestRefusedError} `session_unknown`
   */
  check(headers: ResourceRequest['headers'], token: VerifiedToken): string | undefined {
    const values = headerValues(headers, 'mcp-session-id')
    const [id] = values
    if (id === undefined) return undefined
    if (values.length > 1 || !SESSION_ID.test(id)) throw unknown('that is no session id')
    const key = digestOf(id)
    const owner = this.#owners.get(key)
    if (owner === undefined) throw unknown('no such session was opened here, or not lately')
    if (owner.principal !== principalOf(token)) throw unknown('it belongs to another principal')
    this.#keep(key, owner)
    return id
  }

  /** Binds a session that an answer opens. One that has an owner keeps it. */
  open(id: string, token: VerifiedToken): void {
    const principal = principalOf(token)
    if (principal === undefined || !SESSION_ID.test(id)) return
    const subject = JSON.stringify([token.issuer, token.subject])
    const key = digestOf(id)
    if (this.#owners.get(key) === undefined) this.#keep(key, { principal, subject })
  }

  close(id: string): void {
    this.#forget(digestOf(id))
  }

  #keep(key: string, owner: Owner): void {
    // Stored before it is counted: a session that makes room for it leaves the shares first.
    this.#owners.set(key, owner, this.#clock() + this.#maxIdle)
    if (this.#owners.get(key) === undefined) return
    this.#forget(this.#byPrincipal.use(owner.principal, key))
    this.#forget(this.#bySubject.use(owner.subject, key))
  }

  #forget(key: string | undefined): void {
    const owner = key === undefined ? undefined : this.#owners.get(key)
    if (key === undefined || owner === undefined) return
    this.#owners.delete(key)
    this.#byPrincipal.remove(owner.principal, key)
    this.#bySubject.remove(owner.subject, key)
  }
}

/** The sessions of each owner, the one unused for longest first. It holds no owner without any. */
class Shares {
  readonly #keys = new Map<string, Set<string>>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  get owners(): number {
    return this.#keys.size
  }

  get counted(): number {
    let sum = 0
    for (const keys of this.#keys.values()) sum += keys.size
    return sum
  }

  /** Counts a session that is used, as the last one. @returns the one to forget for it */
  use(owner: string, key: string): string | undefined {
    const keys = this.#keys.get(owner) ?? new Set()
    keys.delete(key)
    keys.add(key)
    this.#keys.set(owner, keys)
    const [oldest] = keys
    return keys.size > this.#max ? oldest : undefined
  }

  remove(owner: string, key: string): void {
    const keys = this.#keys.get(owner)
    keys?.delete(key)
    if (keys?.size === 0) this.#keys.delete(owner)
  }
}

function unknown(why: string): RequestRefusedError {
  return new RequestRefusedError('session_unknown', `the request names a session: ${why}`)
}
