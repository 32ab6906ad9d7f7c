import {
  connect,
  disconnect,
  listenTo,
  type MakeClient,
  type SendCommand,
  sendOf,
} from './redis-client.ts'
import { ConnectionLost } from './redis-store-error.ts'

/** The longest time in milliseconds for opening a connection. */
const OPENING = 5000

/**
 * One connection, from its opening until it is lost. It never connects again: the packages would send
 * commands again after that, without telling.
 *
 * @internal
 */
export class RedisLink {
  /** Rejects if the connection cannot be opened. */
  readonly opened: Promise<void>
  /** The last error of the connection. It may name addresses. */
  error: unknown
  readonly #over: Promise<never>
  #send: SendCommand | undefined
  #end: (error: Error) => void = () => {}
  #isOver = false
  #isRetired = false
  /**
   * Rejects the commands that have no answer yet. Commands that raced with one promise for the whole
   * connection would leave memory behind as long as the connection lives.
   */
  readonly #inFlight = new Set<(error: Error) => void>()

  /** @param start when the opening may begin */
  constructor(make: MakeClient, start: Promise<void>) {
    this.#over = new Promise((_resolve, reject) => {
      this.#end = reject
    })
    this.#over.catch(() => {})
    const timer = setTimeout(() => this.close(), OPENING)
    this.opened = Promise.race([this.#open(make, start), this.#over])
    this.opened
      .catch((error) => {
        this.error ??= error
        this.close()
      })
      .finally(() => clearTimeout(timer))
  }

  /** Whether new commands need another connection. */
  get isOver(): boolean {
    return this.#isOver || this.#isRetired
  }

  /** Sends a command over the open connection. @throws what the client throws, or that the connection was lost */
  async send(key: string, args: readonly string[], signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted()
    if (this.#isOver) throw new ConnectionLost()
    let end: (error: Error) => void = () => {}
    const ended = new Promise<never>((_resolve, reject) => {
      end = reject
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    this.#inFlight.add(end)
    try {
      return await Promise.race([this.#send?.(key, args), ended])
    } finally {
      this.#inFlight.delete(end)
      if (this.#isRetired && this.#inFlight.size === 0) this.close()
    }
  }

  /** Takes no new commands. The connection is closed when those in flight have ended. */
  retire(): void {
    this.#isRetired = true
    if (this.#inFlight.size === 0) this.close()
  }

  close(): void {
    this.#isOver = true
    const error = new ConnectionLost()
    this.#end(error)
    for (const end of this.#inFlight) end(error)
  }

  async #open(make: MakeClient, start: Promise<void>): Promise<void> {
    await start
    if (this.#isOver) return
    const client = await make()
    this.#send = sendOf(client)
    this.#over.catch(() => disconnect(client))
    listenTo(client, {
      onError: (error) => {
        this.error = error
      },
      onLost: () => this.close(),
    })
    if (this.#send === undefined) throw new TypeError('the function `client` made no client')
    await connect(client)
  }
}
