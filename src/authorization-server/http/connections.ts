import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
// On Bun the name `undici` gives a stand-in without `dispatch`. This path gives the package itself.
import { buildConnector, Pool } from 'undici/index.js'

/** @internal */
export interface ConnectionOptions {
  /** Most connections at one time. */
  readonly connections: number
  /** Milliseconds. */
  readonly connectTimeout: number
  /** Whether a connection carries one call after the other. */
  readonly reuse: boolean
}

/** What one call goes over. @internal */
export interface Use {
  readonly dispatcher: Dispatcher
  /** To be called once, when the call is over. */
  leave(): void
  /** To be called when the dispatcher has lost the call. */
  replace(): void
}

/** Connections that calls share until others take their place. @internal */
export interface Generation {
  readonly pool: Pool
  /** Sockets that are being connected. undici would wait until each is connected or times out. */
  readonly connecting: Set<Socket>
  /** Those that are not over. */
  calls: number
  replaced: boolean
}

/** The connections of one lane to one origin: opened when first needed, kept, replaced, ended. @internal */
export class Connections {
  readonly #origin: string
  readonly #options: ConnectionOptions
  #current: Generation | undefined
  /** Those that have not ended, replaced ones with calls on them included. */
  readonly #all = new Set<Generation>()

  constructor(origin: string, options: ConnectionOptions) {
    this.#origin = origin
    this.#options = options
  }

  /** What calls use now, for {@link replace}. */
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
      // Two requests on one connection at a time could get each other's answers: here, another
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

  /** Whatever undici makes of its queue, nothing stays open that no call is on. */
  #endIfUnused(generation: Generation): void {
    if (!generation.replaced || generation.calls > 0) return
    // Not within undici's own callbacks.
    queueMicrotask(() => this.#end(generation).catch(() => {}))
  }

  async #end(generation: Generation): Promise<void> {
    const ended = generation.pool.destroy()
    for (const socket of generation.connecting) socket.destroy()
    await ended
    this.#all.delete(generation)
  }
}
