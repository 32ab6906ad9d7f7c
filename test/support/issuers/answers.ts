/** How a server answers one request: good answers, bad ones, and none. */
import { currentExchange } from './connections.ts'
import type { Answer } from './loopback-server.ts'

/** Exactly these bytes. */
export function raw(body: string | Uint8Array, type = 'application/json', status = 200): Answer {
  return () => ({ status, headers: { 'content-type': type }, body })
}

export function json(value: unknown, contentType?: string): Answer {
  return raw(JSON.stringify(value), contentType)
}

/** A good answer that is larger than any limit. */
export function huge(value: object, bytes = 2 * 1024 * 1024): Answer {
  return json({ ...value, padding: 'x'.repeat(bytes) })
}

export function redirect(location: string, code = 302): Answer {
  return status(code, { location })
}

export function status(code: number, headers: Record<string, string> = {}): Answer {
  return () => ({ status: code, headers: { 'content-type': 'application/json', ...headers } })
}

// The failures of the kit.
export const html = (): Answer => () => 'garbage'
export const drip = (): Answer => () => 'slow'
export const silent = (): Answer => () => 'silent'
export const resetBeforeHeaders = (): Answer => () => 'reset'
export const resetAfterHeaders = (): Answer => () => 'cut'

/** Closes each connection at its second request, unanswered, as a server's idle time-out does. */
export function dropsKeptConnections(otherwise: Answer): Answer {
  return (_received, response) => {
    if (currentExchange().earlier === 0) return otherwise
    response.socket?.destroy()
    return
  }
}

/** These answers in order, one a request. The last one is repeated. */
export function inTurn(...answers: readonly [Answer, ...Answer[]]): Answer {
  let turn = 0
  return () => {
    const answer = answers[Math.min(turn, answers.length - 1)]
    turn += 1
    return answer
  }
}

/** An answer that a test holds back until it calls `release`. */
export interface Held {
  readonly answer: Answer
  /** Resolves when the first request has arrived. */
  readonly arrived: Promise<void>
  /** Whether a caller closed its connection before the release. */
  readonly abandoned: boolean
  /** Answers the waiting requests, and all later ones at once. */
  release(): void
}

export function held(answer: Answer): Held {
  const arrived = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let open = false
  let abandoned = false
  return {
    arrived: arrived.promise,
    get abandoned() {
      return abandoned
    },
    async answer(_received, response) {
      response.on('close', () => {
        if (!open) abandoned = true
      })
      arrived.resolve()
      await released.promise
      return answer
    },
    release() {
      open = true
      released.resolve()
    },
  }
}

/** Introspection of a token that is not active. */
export function inactive(): Answer {
  return json({ active: false })
}
