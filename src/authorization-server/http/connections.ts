import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
// On Bun, `undici` is a built-in replacement without `dispatch`. This path imports the real package.
import { buildConnector, Pool } from 'undici/index.js'
import type { TlsIdentity } from './http-call.ts'

/** @internal */
export interface ConnectionOptions {
  /** How many connections may be open at one time. */
  readonly connections: number
  /** How long opening a connection may take, in milliseconds. */
  readonly connectTimeout: number
  /** Whether a connection is used for more than one call. */
  readonly reuse: boolean
}

/** The connections for one call. @internal */
export interface Use {
  readonly dispatcher: Dispatcher
  /** Call this once, when the call is over. */
  leave(): void
  /** Call this if the dispatcher does not start the call. Later calls then use new connections. */
  replace(): void
}

/** A group of connections that calls share. After {@link Connections.replace}, new calls use a new group. @internal */
export interface Generation {
  readonly pool: Pool
  /** Sockets that are not yet connected. They are destroyed directly, because undici would wait for them. */
  readonly connecting: Set<Socket>
  /** How many calls use these connections now. */
  calls: number
  replaced: boolean
}

/** The connections of one lane to one origin: opens, replaces and closes them. @internal */
export class Connections {
  readonly #origin: string
  readonly #options: ConnectionOptions
  #current: Generation | undefined
  #certificate: TlsIdentity | undefined
  /** The generations that are not closed. A replaced generation is in here until its calls are over. */
  readonly #all = new Set<Generation>()

  constructor(origin: string, options: ConnectionOptions) {
    this.#origin = origin
    this.#options = options
  }

  /** The generation that new calls use. Pass it to {@link replace}. */
  get current(): Generation | undefined {
    return this.#current
  }

  /** Opens new connections with a certificate, unless the present ones have it or a newer one. */
  present(certificate: TlsIdentity): void {
    if ((this.#certificate?.version ?? 0) >= certificate.version) return
    this.#certificate = certificate
    this.replace(this.#current)
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

  /** Stops using a generation. New calls open new connections; running calls keep theirs. */
  replace(generation: Generation | undefined): void {
    if (generation === undefined || generation !== this.#current) return
    this.#current = undefined
    generation.replaced = true
    this.#endIfUnused(generation)
  }

  /** Closes all connections. The running calls must be aborted first. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#all].map((generation) => this.#end(generation)))
  }

  #open(): Generation {
    const { connections, reuse } = this.#options
    const connecting = new Set<Socket>()
    const pool = new Pool(this.#origin, {
      connections,
      // One request at a time: with two requests on a connection, one could get the other's answer, and
      // with it another caller's identity.
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
    const certificate = this.#certificate
    const connect = buildConnector({
      timeout,
      // Only HTTP/1.1 can close a connection after each call.
      ...(reuse ? {} : { allowH2: false }),
      ...(certificate === undefined ? {} : identityOf(certificate)),
    })
    return (options, callback) => {
      // undici's connector returns the socket, but its type does not declare that.
      const socket = connect(options, (...result) => {
        connecting.delete(socket)
        callback(...result)
      }) as unknown as Socket
      connecting.add(socket)
    }
  }

  /** Closes a replaced generation when no call uses it any more. */
  #endIfUnused(generation: Generation): void {
    if (!generation.replaced || generation.calls > 0) return
    // Not at once: this code may run inside a callback of undici.
    queueMicrotask(() => this.#end(generation).catch(() => {}))
  }

  async #end(generation: Generation): Promise<void> {
    const ended = generation.pool.destroy()
    for (const socket of generation.connecting) socket.destroy()
    await ended
    this.#all.delete(generation)
  }
}

function identityOf({ cert, key, passphrase }: TlsIdentity) {
  return { cert, key, ...(passphrase === undefined ? {} : { passphrase }) }
}
