import { replyTo } from './issuer-answers.ts'
import type { IssuerState } from './issuer-state.ts'
import type { WholeAnswer } from './test-answer.ts'

/**
 * Makes a `fetch` that only knows a test issuer. It fails as the `fetch` of Node does.
 *
 * @param unfinished what fails when an answer does not end: reading its body, or the whole call
 * @internal
 */
export function createIssuerFetch(
  state: IssuerState,
  unfinished: 'body' | 'call' = 'body',
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const { signal, method, url, headers } = request
    signal.throwIfAborted()
    const body = await request.text()
    const answered = replyTo(state, { method, url, headers: Object.fromEntries(headers), body })
    const reply = await untilAborted(answered, signal)
    switch (reply) {
      case 'refused':
        throw failed('ECONNREFUSED', 'connect ECONNREFUSED')
      case 'reset':
        throw failed('ECONNRESET', 'read ECONNRESET')
      case 'silent':
        return await untilAborted(new Promise<never>(() => {}), signal)
      case 'slow':
        if (unfinished === 'call') return await untilAborted(new Promise<never>(() => {}), signal)
        return new Response(unfinishedBody(signal, undefined), JSON_ANSWER)
      case 'cut':
        if (unfinished === 'call') throw failed('UND_ERR_SOCKET', 'other side closed')
        return new Response(
          unfinishedBody(signal, failed('UND_ERR_SOCKET', 'other side closed')),
          JSON_ANSWER,
        )
      default:
        return responseOf(reply)
    }
  }
}

const JSON_ANSWER = { headers: { 'content-type': 'application/json' } }

/** Statuses that must have no body. */
const BODILESS = new Set([101, 204, 205, 304])

function responseOf({ status, headers, body }: WholeAnswer): Response {
  const bytes = BODILESS.has(status) ? null : Uint8Array.from(body)
  return new Response(bytes, { status, headers: { ...headers } })
}

/** The error that `fetch` rejects with if the connection fails. */
function failed(code: string, message: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) })
}

/** A body that begins, and then fails or never ends. */
function unfinishedBody(signal: AbortSignal, error: Error | undefined): ReadableStream {
  let timer: NodeJS.Timeout | undefined
  const stop = () => clearInterval(timer)
  return new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from('{'))
      if (error !== undefined) return
      timer = setInterval(() => controller.enqueue(Buffer.from(' ')), 5)
      timer.unref()
      const abort = () => {
        stop()
        controller.error(signal.reason)
      }
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort)
    },
    pull(controller) {
      if (error !== undefined) controller.error(error)
    },
    cancel: stop,
  })
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  // The caller may have given up while the request was read.
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort)
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
