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
  /** The held methods, as they are on the response. */
  readonly #held = {} as Methods
  #settled = false
  #writes = false
  #ended = false

  /** @param own the original methods of the response */
  constructor(response: NodeResponse, own: Methods) {
    this.#response = response
    this.#own = own
    const methods = response as unknown as Methods
    for (const name of SENDING) {
      this.#held[name] = (...args) =>
        this.#settled
          ? own[name].apply(response, args)
          : // By name: an outer guard may hold the answer by then.
            this.keep(name, () => methods[name](...args))
    }
    Object.assign(methods, this.#held)
    show(response, 'headersSent', () => true)
    show(response, 'writableEnded', () => this.#ended)
  }

  /**
   * Stores a call.
   *
   * @returns the result that the handler gets for its call
   */
  keep(name: Sending, call: () => unknown): unknown {
    this.#calls.push(call)
    if (name === 'write') {
      this.#writes = true
      return false
    }
    if (name === 'end') this.#ended = true
    return name === 'flushHeaders' ? undefined : this.#response
  }

  /** Sends the stored answer, or sends another answer instead. */
  settle(instead: HttpAnswer | undefined): void {
    const response = this.#response
    const later = this.#replaced()
    this.#settled = true
    Object.assign(response, this.#own)
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
    } finally {
      Object.assign(response, later)
    }
  }

  /** The methods that somebody has put in place of the held ones, such as those of a replaced answer. */
  #replaced(): Partial<Methods> {
    const methods = this.#response as unknown as Methods
    const names = SENDING.filter((name) => methods[name] !== this.#held[name])
    return Object.fromEntries(names.map((name) => [name, methods[name]]))
  }

  #send(): void {
    let last: unknown
    for (const call of this.#calls) last = call()
    // If the last write has filled the buffer, Node emits `drain` itself.
    if (this.#writes && !this.#ended && last !== false) this.#response.emit('drain')
  }
}

/**
 * Sends another answer instead of the handler's answer. Header fields of the handler are removed, and
 * its later calls are ignored.
 */
function replace(
  response: NodeResponse,
  own: Methods,
  { status, headers, body }: HttpAnswer,
): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.statusCode = status
  setHeaders(response, headers)
  own.end.call(response, body ?? '')
  const nothing: Methods = {
    writeHead: () => response,
    write: () => true,
    end: () => response,
    flushHeaders: () => undefined,
  }
  Object.assign(response, nothing)
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
