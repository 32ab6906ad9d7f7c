import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
// On Bun the name `undici` gives a replacement without `dispatch`. This path gives the package itself.
import { buildConnector, Pool } from 'undici/index.js'

/** @internal */
export interface ConnectionOptions {
  /** Largest number of connections at one time. */
  readonly connections: number
  /** Milliseconds. */
  readonly connectTimeout: number
  /** Whether a connection is used for more than one call. */
  readonly reuse: boolean
}

/** The connections that one call uses. @internal */
export interface Use {
  readonly dispatcher: Dispatcher
  /** Call this once, when the call is over. */
  leave(): void
  /** Call this when the dispatcher has lost the call. */
  replace(): void
}

/** Connections that calls share until new connections replace them. @internal */
export interface Generation {
  readonly pool: Pool
  /** Sockets that are not yet connected. undici would wait until each is connected or times out. */
  readonly connecting: Set<Socket>
  /** Number of calls that are not over. */
  calls: number
  replaced: boolean
}

/** Opens, keeps, replaces and ends the connections of one lane to one origin. @internal */
export class Connections {
  readonly #origin: string
  readonly #options: ConnectionOptions
  #current: Generation | undefined
  /** The generations that have not ended, including replaced ones with calls under way. */
  readonly #all = new Set<Generation>()

  constructor(origin: string, options: ConnectionOptions) {
    this.#origin = origin
    this.#options = options
  }

  /** The generation that new calls use, for {@link replace}. */
  get current(): Generation | undefined {
    return this.#current
  }

  use(): Use {
    this.#current ??= this.#open()
    const generation = this.#current
    generation.calls += 1
    return {
      dispatcher: generation.pool,
      leave: () => {
        generation.calls -= 1
        this.#endIfUnused(generation)
      },
      replace: () => this.replace(generation),
    }
  }

  /** Takes connections out of use: further calls open new ones, calls under way go on. */
  replace(generation: Generation | undefined): void {
    if (generation === undefined || generation !== this.#current) return
    this.#current = undefined
    generation.replaced = true
    this.#endIfUnused(generation)
  }

  /** Ends all connections, once the calls under way have been aborted. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#all].map((generation) => this.#end(generation)))
  }

  #open(): Generation {
    const { connections, reuse } = this.#options
    const connecting = new Set<Socket>()
    const pool = new Pool(this.#origin, {
      connections,
      // With two requests on one connection, one could get the other's answer, which holds another
      // caller's identity.
      pipelining: 1,
      connect: this.#connector(connecting),
      ...(reuse ? {} : { allowH2: false }),
    })
    const generation = { pool, connecting, calls: 0, replaced: false }
    this.#all.add(generation)
    return generation
  }

  #connector(connecting: Set<Socket>): buildConnector.connector {
    const { connectTimeout: timeout, reuse } = this.#options
    // Only HTTP/1.1 closes a connection on request.
    const connect = buildConnector({ timeout, ...(reuse ? {} : { allowH2: false }) })
    return (options, callback) => {
      // undici's connector returns the socket, though its type does not say so.
      const socket = connect(options, (...result) => {
        connecting.delete(socket)
        callback(...result)
      }) as unknown as Socket
      connecting.add(socket)
    }
  }

  /** Ends replaced connections when no call uses them, whatever is in undici's queue. */
  #endIfUnused(generation: Generation): void {
    if (!generation.replaced || generation.calls > 0) return
    // Later, because this may run in a callback of undici.
    queueMicrotask(() => this.#end(generation).catch(() => {}))
  }

  async #end(generation: Generation): Promise<void> {
    const ended = generation.pool.destroy()
    for (const socket of generation.connecting) socket.destroy()
    await ended
    this.#all.delete(generation)
  }
}
