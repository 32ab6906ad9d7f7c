/** How a server answers one request: good answers, bad ones, and none. */
import type { Answer } from './loopback-server.ts'

/** Exactly these bytes. */
export function raw(
  body: string | Uint8Array,
  contentType: string | undefined = 'application/json',
  code = 200,
): Answer {
  return (_received, response) => {
    response.writeHead(code, contentType === undefined ? {} : { 'content-type': contentType })
    response.end(body)
  }
}

export function json(value: unknown, contentType = 'application/json'): Answer {
  return raw(JSON.stringify(value), contentType)
}

/** An HTML page, such as a sign-in page or a proxy's error page. */
export function html(): Answer {
  return raw('<!doctype html><title>Welcome</title><p>Please sign in.', 'text/html')
}

/** A good answer that is larger than any limit. */
export function huge(value: object, bytes = 2 * 1024 * 1024): Answer {
  return json({ ...value, padding: 'x'.repeat(bytes) })
}

/** Headers at once, then a body that arrives byte by byte and never ends. */
export function drip(): Answer {
  return (_received, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 5)
    response.on('close', () => clearInterval(timer))
  }
}

/** Takes the request and never answers. */
export function silent(): Answer {
  return () => {}
}

export function resetBeforeHeaders(): Answer {
  return (_received, response) => {
    response.socket?.resetAndDestroy()
  }
}

export function resetAfterHeaders(): Answer {
  return (_received, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{', () => response.socket?.resetAndDestroy())
  }
}

export function redirect(location: string, code = 302): Answer {
  return status(code, { location })
}

export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_received, response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers })
    response.end('{}')
  }
}

/** Closes each connection at its second request, unanswered, as a server's idle time-out does. */
export function dropsKeptConnections(otherwise: Answer): Answer {
  return (received, response) => {
    if (received.earlier > 0) response.socket?.destroy()
    else return otherwise(received, response)
  }
}

/** These answers in order, one a request. The last one is repeated. */
export function inTurn(...answers: readonly [Answer, ...Answer[]]): Answer {
  let turn = 0
  return (received, response) => {
    const answer = answers[Math.min(turn, answers.length - 1)]
    turn += 1
    return answer?.(received, response)
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
    async answer(received, response) {
      response.on('close', () => {
        if (!open) abandoned = true
      })
      arrived.resolve()
      await released.promise
      await answer(received, response)
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
