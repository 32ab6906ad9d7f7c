import type { Readable } from 'node:stream'
// On Bun, `undici` is a built-in replacement. This path imports the real package.
import { Dispatcher, Dispatcher1Wrapper, errors } from 'undici/index.js'
import { replyTo } from './issuer-answers.ts'
import type { IssuerState } from './issuer-state.ts'
import type { TestReply } from './test-answer.ts'

/** undici's default. */
const HEADERS_TIMEOUT = 300_000

/** A dispatcher of undici that only knows a test issuer. It fails as undici's own dispatchers do. @internal */
export class IssuerDispatcher extends Dispatcher {
  readonly #state: IssuerState
  readonly #running = new Set<Exchange>()

  constructor(state: IssuerState) {
    super()
    this.#state = state
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    // The `fetch` of Node has handlers of the kind that undici 6 had.
    if (typeof handler.onRequestStart !== 'function') {
      return new Dispatcher1Wrapper(this).dispatch(options, handler)
    }
    const exchange = new Exchange(handler)
    this.#running.add(exchange)
    // Never inside this call: callers do not expect their handler to be called before it returns.
    queueMicrotask(async () => {
      await exchange.run(options, this.#state)
      this.#running.delete(exchange)
    })
    return true
  }

  /** Resolves at once: there is no connection to close. */
  override close(callback?: () => void): Promise<void> {
    return ended(callback)
  }

  /** Ends the running requests. */
  override destroy(...values: unknown[]): Promise<void> {
    const error = values.find((value) => value instanceof Error)
    for (const exchange of this.#running) {
      exchange.abort(error ?? new errors.ClientDestroyedError())
    }
    return ended(values.find((value) => typeof value === 'function') as (() => void) | undefined)
  }
}

async function ended(callback: (() => void) | undefined): Promise<void> {
  callback?.()
}

/** One request and its reply. */
class Exchange implements Dispatcher.DispatchController {
  readonly #handler: Dispatcher.DispatchHandler
  readonly #over = Promise.withResolvers<'over'>()
  #resumed = Promise.withResolvers<void>()
  paused = false
  aborted = false
  reason: Error | null = null
  rawHeaders: Buffer[] = []

  constructor(handler: Dispatcher.DispatchHandler) {
    this.#handler = handler
  }

  abort(reason: Error): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.#over.resolve('over')
  }

  pause(): void {
    if (this.paused) return
    this.paused = true
    this.#resumed = Promise.withResolvers()
  }

  resume(): void {
    this.paused = false
    this.#resumed.resolve()
  }

  async run(options: Dispatcher.DispatchOptions, state: IssuerState): Promise<void> {
    try {
      this.#handler.onRequestStart?.(this, {})
      if (!this.aborted) await this.#answer(options, state)
    } catch (error) {
      this.abort(error instanceof Error ? error : new Error(String(error)))
    }
    if (this.reason !== null) this.#handler.onResponseError?.(this, this.reason)
  }

  async #answer(options: Dispatcher.DispatchOptions, state: IssuerState): Promise<void> {
    const reply = await this.#inTime(
      options,
      requestOf(options).then((it) => replyTo(state, it)),
    )
    if (reply === 'over') return
    if (reply === 'refused') throw withCode('ECONNREFUSED', 'connect ECONNREFUSED')
    if (reply === 'reset') throw withCode('ECONNRESET', 'read ECONNRESET')
    if (reply === 'cut' || reply === 'slow') {
      await this.#send(200, { 'content-type': 'application/json' }, Buffer.from('{'))
      if (reply === 'cut') throw new errors.SocketError('other side closed')
      await this.#drip()
      return
    }
    const { status, headers, body } = reply
    await this.#send(status, headers, Buffer.from(body))
    if (!this.aborted) this.#handler.onResponseEnd?.(this, {})
  }

  /** Waits for the headers of the answer, as long as the caller wants to. */
  async #inTime(
    { headersTimeout }: Dispatcher.DispatchOptions,
    answered: Promise<TestReply>,
  ): Promise<Exclude<TestReply, 'silent'> | 'over'> {
    const timer = setTimeout(
      () => this.abort(new errors.HeadersTimeoutError()),
      headersTimeout || HEADERS_TIMEOUT,
    )
    try {
      const reply = await Promise.race([answered, this.#over.promise])
      return reply === 'silent' ? await this.#over.promise : reply
    } finally {
      clearTimeout(timer)
    }
  }

  async #send(
    status: number,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
  ): Promise<void> {
    const names = Object.entries(headers).map(
      ([name, value]) => [name.toLowerCase(), value] as const,
    )
    // The `fetch` of undici reads these.
    this.rawHeaders = names.flat().map((text) => Buffer.from(text))
    this.#handler.onResponseStart?.(this, status, Object.fromEntries(names))
    await this.#whenResumed()
    if (!this.aborted && body.length > 0) this.#handler.onResponseData?.(this, body)
    await this.#whenResumed()
  }

  async #drip(): Promise<void> {
    const timer = setInterval(() => {
      if (!this.aborted && !this.paused) this.#handler.onResponseData?.(this, Buffer.from(' '))
    }, 5)
    await this.#over.promise
    clearInterval(timer)
  }

  async #whenResumed(): Promise<void> {
    if (this.paused) await Promise.race([this.#resumed.promise, this.#over.promise])
  }
}

function withCode(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

async function requestOf({ origin, path, method, headers, body }: Dispatcher.DispatchOptions) {
  const fields = new Headers()
  for (const [name, value] of fieldsOf(headers)) {
    for (const one of [value].flat()) if (one !== undefined) fields.append(name, String(one))
  }
  return {
    method,
    url: new URL(path, origin).href,
    headers: Object.fromEntries(fields),
    body: await textOf(body),
  }
}

function fieldsOf(headers: Dispatcher.DispatchOptions['headers']): Iterable<[string, unknown]> {
  if (headers === null || headers === undefined) return []
  if (Array.isArray(headers)) {
    // A flat list: names and values in turn.
    return headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : []))
  }
  if (Symbol.iterator in headers) return headers as Iterable<[string, unknown]>
  return Object.entries(headers)
}

async function textOf(body: Dispatcher.DispatchOptions['body']): Promise<string> {
  if (body === null || body === undefined) return ''
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  const chunks: Uint8Array[] = []
  for await (const chunk of body as Readable) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}
