import type { EventEmitter } from 'node:events'
import type { HttpAnswer } from '../http/http-answer.ts'
import { setHeaders } from './node-head.ts'
import type { NodeResponse } from './node-request.ts'

/** The names of the response methods that send the head. @internal */
export const SENDING = ['writeHead', 'write', 'end', 'flushHeaders'] as const

/** @internal */
export type Sending = (typeof SENDING)[number]

/** The methods of a response that send the head, by name. @internal */
export type Methods = Record<Sending, (...args: unknown[]) => unknown>

/**
 * An answer that must not be sent yet. It stores the handler's calls of `write()`, `end()` and so on,
 * and later makes them in the same order. Meanwhile, the response looks to the handler as if its head
 * had been sent and its buffer were full. So a handler that respects the result of `write()` waits for
 * `drain`.
 *
 * @internal
 */
export class HeldAnswer {
  readonly #response: NodeResponse
  readonly #own: Methods
  readonly #calls: (() => unknown)[] = []
  #state: 'held' | 'sent' | 'replaced' = 'held'
  #writes = false
  #ended = false

  /** @param own the methods of the response that send the answer */
  constructor(response: NodeResponse, own: Methods) {
    this.#response = response
    this.#own = own
    show(response, 'headersSent', () => true)
    show(response, 'writableEnded', () => this.#ended)
  }

  /** Called instead of a method of the response. @returns what the method returns */
  call(name: Sending, args: readonly unknown[]): unknown {
    const send = (): unknown => this.#own[name].apply(this.#response, args as unknown[])
    if (this.#state === 'sent') return send()
    if (this.#state === 'held') return this.keep(name, send)
    // Another answer was sent instead, so the handler's calls are ignored.
    return name === 'write' ? true : this.#resultOf(name)
  }

  /**
   * Stores a call. A second head is not stored: `express-session` and old versions of `compression` send the
   * head again where Node's `_header` is not set, and Node sets it only when the head is really sent.
   *
   * @returns the result that the handler gets for its call
   */
  keep(name: Sending, send: () => unknown): unknown {
    if (name === 'writeHead' && this.#calls.length > 0) return this.#response
    this.#calls.push(send)
    if (name === 'write') {
      this.#writes = true
      return false
    }
    if (name === 'end') this.#ended = true
    return this.#resultOf(name)
  }

  /** Sends the stored answer, or sends another answer instead. */
  settle(instead: HttpAnswer | undefined): void {
    const response = this.#response
    this.#state = instead === undefined ? 'sent' : 'replaced'
    Reflect.deleteProperty(response, 'headersSent')
    Reflect.deleteProperty(response, 'writableEnded')
    if (isGone(response)) return
    try {
      if (instead === undefined) this.#send()
      else replace(response, this.#own, instead)
    } catch (error) {
      // The handler made a mistake, such as an invalid status. Its call has returned already, so the
      // error becomes a warning.
      process.emitWarning(error instanceof Error ? error : new Error(String(error)))
      response.destroy()
    }
  }

  #send(): void {
    let last: unknown
    // The stored parts of the answer must not stay in memory until a stream has ended.
    for (const call of this.#calls.splice(0)) last = call()
    // If the last write has filled the buffer, Node emits `drain` itself.
    if (this.#writes && !this.#ended && last !== false) emitDrain(this.#response)
  }

  #resultOf(name: Sending): unknown {
    return name === 'flushHeaders' ? undefined : this.#response
  }
}

/**
 * Tells the handler by the event `drain` that it may write again. The middleware `compression` replaces `on`: a
 * handler that listens for `drain` then listens to the stream that compresses, which `on` returns.
 */
function emitDrain(response: NodeResponse): void {
  const nothing = (): void => {}
  const listened = response.on('drain', nothing) as EventEmitter | undefined
  listened?.off('drain', nothing)
  for (const emitter of new Set([response, listened])) emitter?.emit('drain')
}

/** Sends another answer instead of the handler's answer. Header fields of the handler are removed. */
function replace(
  response: NodeResponse,
  own: Methods,
  { status, headers, body = '' }: HttpAnswer,
): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  setHeaders(response, { ...headers, 'Content-Length': String(Buffer.byteLength(body)) })
  // Each step by itself: in `end(body)`, Node would call `writeHead` and `write` of the response, which are ignored now.
  own.writeHead.call(response, status)
  if (body !== '') own.write.call(response, body)
  own.end.call(response)
}

function show(response: NodeResponse, name: string, get: () => boolean): void {
  Object.defineProperty(response, name, { configurable: true, get })
}

/**
 * Whether the caller has closed the connection. HTTP/2 responses have no `destroyed`, but their streams
 * do.
 *
 * @internal
 */
export function isGone(response: NodeResponse): boolean {
  const { destroyed, stream } = response as { destroyed?: boolean; stream?: { destroyed: boolean } }
  return destroyed === true || stream?.destroyed === true
}
