/**
 * The handler behind every adapter: counts who reached it, tells what it saw, and answers as it is
 * told. It runs in other runtimes too, so it imports nothing of this package.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'

/** What a request may want of the answer: JSON in its `x-answer` header. */
export interface Wanted {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** In which way Node's `writeHead` gets them; elsewhere there is but one. */
  readonly head?: 'set' | 'object' | 'list'
  /**
   * An event stream that stays open and counts. A deaf one goes on for a while after it was told
   * that it has ended.
   */
  readonly stream?: 'counting' | 'deaf'
}

/** What became of the handler's requests. */
export interface EchoLog {
  readonly reached: number
  /** Event streams whose end the handler learned of. */
  readonly ended: number
  /** Events that deaf streams wrote after that. */
  readonly late: number
}

/** A request as the handler finds it. */
export interface Seen {
  readonly method: string
  readonly header: (name: string) => string | undefined
  /** As the framework's body parsing gave it; `undefined` where there was none. */
  readonly body: unknown
  readonly auth: unknown
  /** What the adapter says it has parsed the body to, where it says anything. */
  readonly parsedBody?: unknown
}

/** What the handler tells of it. */
export interface Told {
  readonly runtime: string
  readonly method: string
  readonly body: unknown
  readonly sessionId: string | null
  readonly lastEventId: string | null
  readonly issuer: string
  readonly subject: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** How the caller proved possession of its token's key. */
  readonly possession: readonly string[]
  /** Of the token in `authInfo`. */
  readonly tokenDigest: string
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly head: 'set' | 'object' | 'list'
  readonly body: string | OpenStream
}

/** Begins to write; what it returns is to be called once nobody reads any more. */
export type OpenStream = (write: (event: string) => void) => () => void

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What is looked at of an `AuthInfo`. */
interface AuthInfo {
  readonly token: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly extra: {
    readonly issuer: string
    readonly subject: string
    readonly possession: readonly string[]
  }
}

/** Milliseconds between events; deaf streams leave no moment in which their end would not matter. */
const EVERY = { counting: 20, deaf: 1 } as const
/** Events that a deaf stream writes too many. */
const LATE = 5

export class Echo {
  readonly #runtime: string
  #reached = 0
  #ended = 0
  #late = 0

  constructor(runtime: string) {
    this.#runtime = runtime
  }

  get log(): EchoLog {
    return { reached: this.#reached, ended: this.#ended, late: this.#late }
  }

  answer({ method, header, body, auth, parsedBody }: Seen): Answer {
    this.#reached += 1
    // What an adapter spares its handler to parse must be what it would have parsed.
    if (parsedBody !== undefined) assert.deepEqual(parsedBody, body)
    const { status = 200, headers = {}, head = 'object', stream } = wanted(header('x-answer'))
    if (stream !== undefined) {
      const type = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }
      const open: OpenStream = (write) => this.#count(write, stream)
      return { status, headers: { ...type, ...headers }, head, body: open }
    }
    if (status === 204) return { status, headers, head, body: '' }
    const { token, clientId, scopes, extra } = auth as AuthInfo
    const told: Told = {
      runtime: this.#runtime,
      method,
      body: body ?? null,
      sessionId: header('mcp-session-id') ?? null,
      lastEventId: header('last-event-id') ?? null,
      issuer: extra.issuer,
      subject: extra.subject,
      clientId,
      scopes,
      possession: extra.possession,
      tokenDigest: digest(token),
    }
    const type = { 'content-type': 'application/json' }
    return { status, headers: { ...type, ...headers }, head, body: JSON.stringify(told) }
  }

  #count(write: (event: string) => void, kind: keyof typeof EVERY): () => void {
    let count = 0
    let over = false
    const tell = (): void => {
      count += 1
      // The handler's own time, to be compared with the token's expiry.
      write(`data: ${JSON.stringify({ count, at: Date.now() })}\n\n`)
    }
    const timer = setInterval(() => {
      tell()
      if (!over) return
      this.#late += 1
      if (this.#late >= LATE) clearInterval(timer)
    }, EVERY[kind])
    tell()
    return () => {
      if (over) return
      over = true
      this.#ended += 1
      if (kind === 'counting') clearInterval(timer)
    }
  }
}

function wanted(header: string | undefined): Wanted {
  return header === undefined ? {} : JSON.parse(header)
}
