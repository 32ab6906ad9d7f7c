import { UnavailableError } from '../../errors/unavailable-error.ts'
import { Connections } from './connections.ts'
import type { HttpCall } from './http-call.ts'
import type { HttpSettings } from './options.ts'
import { Slots } from './slots.ts'

/** A queue of calls, with its own connections. Calls of other lanes do not wait for it. @internal */
export interface Lane {
  readonly issuer: string
  pending: number
  readonly slots: Slots
  readonly connections: Connections
}

/** A called URL, parsed, with its lane. @internal */
export interface Target {
  readonly lane: Lane
  readonly origin: string
  readonly path: string
}

/** The most lanes, and the most parsed URLs, that are kept. */
const MOST = 4096

/**
 * The lanes of all issuers. An issuer has few URLs. But its metadata may name new URLs over the years, and the
 * metadata of a hostile issuer may name new ones at each fetch. So lanes without calls are closed to make room.
 *
 * @internal
 */
export class Lanes {
  readonly #options: Pick<HttpSettings, 'connections' | 'reuseConnections' | 'connectTimeout'>
  readonly #most: number
  readonly #lanes = new Map<string, Lane>()
  readonly #targets = new Map<string, Target>()
  /** The lanes that are being closed. */
  readonly #closing = new Set<Promise<void>>()

  constructor(
    options: Pick<HttpSettings, 'connections' | 'reuseConnections' | 'connectTimeout'>,
    most = MOST,
  ) {
    this.#options = options
    this.#most = most
  }

  /** The number of lanes. */
  get size(): number {
    return this.#lanes.size
  }

  /** @throws {UnavailableError} `overloaded` if there are too many lanes, and all of them have calls */
  targetOf({ lane, issuer, url, certificate }: HttpCall): Target {
    const kind = certificate === undefined ? lane : `${lane} with certificate`
    const name = `${kind} ${issuer} ${url}`
    const known = this.#targets.get(name)
    if (known !== undefined) return known
    const { origin, pathname, search } = new URL(url)
    const target = {
      lane: this.#laneOf(`${kind} ${issuer} ${origin}`, issuer, origin),
      origin,
      path: `${pathname}${search}`,
    }
    if (this.#targets.size >= this.#most) this.#targets.clear()
    this.#targets.set(name, target)
    return target
  }

  /** Opens new connections for later calls to an issuer. */
  replaceConnections(issuer: string): void {
    for (const lane of this.#lanes.values()) {
      if (lane.issuer === issuer) lane.connections.replace(lane.connections.current)
    }
  }

  /** Closes all connections. */
  async destroy(): Promise<void> {
    const lanes = [...this.#lanes.values()]
    this.#lanes.clear()
    this.#targets.clear()
    await Promise.all([...this.#closing, ...lanes.map(({ connections }) => connections.destroy())])
  }

  #laneOf(name: string, issuer: string, origin: string): Lane {
    const known = this.#lanes.get(name)
    if (known !== undefined) return known
    if (this.#lanes.size >= this.#most) this.#closeOne()
    const { connections, reuseConnections: reuse } = this.#options
    const connectTimeout = this.#options.connectTimeout * 1000
    const lane: Lane = {
      issuer,
      pending: 0,
      slots: new Slots(connections),
      connections: new Connections(origin, { connections, connectTimeout, reuse }),
    }
    this.#lanes.set(name, lane)
    return lane
  }

  /** Closes the oldest lane without calls. */
  #closeOne(): void {
    for (const [name, lane] of this.#lanes) {
      if (lane.pending > 0) continue
      this.#lanes.delete(name)
      // A parsed URL must not lead to a lane that is closed.
      this.#targets.clear()
      const closing = lane.connections
        .destroy()
        .catch(() => {})
        .then(() => void this.#closing.delete(closing))
      this.#closing.add(closing)
      return
    }
    const message = `calls to ${this.#most} origins of authorization servers are pending; no more are allowed`
    throw new UnavailableError('overloaded', message, { retryAfter: 1 })
  }
}
