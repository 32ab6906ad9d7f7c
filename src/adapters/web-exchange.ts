import { UnavailableError } from '../errors/unavailable-error.ts'
import type { Allowed, Decision } from '../gate/decision.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { AnswerHeaders, HttpAnswer } from '../http/http-answer.ts'
import { mergeField } from '../http/list-fields.ts'
import type { BodyReader, RequestConnection, ResourceRequest } from '../http/resource-request.ts'
import { isThenable, type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { AuthInfo } from './auth-info.ts'
import { endingWebStream, isEventStream } from './ending-stream.ts'
import type { MountedGuard } from './mounted-guard.ts'
import { lifeOf, type StreamLife } from './stream-life.ts'

/** What a handler gets about the caller of a request. */
export interface Authenticated {
  readonly token: VerifiedToken
  /** The caller, for a transport of the MCP SDK: `transport.handleRequest(request, { authInfo })`. */
  readonly authInfo: AuthInfo
  /**
   * The parsed body, if the policy has read it. Pass it on, so that the SDK need not parse the body
   * again: `handler.fetch(request, { authInfo, parsedBody })`. The body of the request can still be
   * read.
   */
  readonly parsedBody: unknown
}

/** An allowed request. @internal */
export interface Passed {
  /** The request for the handler. */
  readonly request: Request
  /** The header fields that the handler must not see. */
  readonly withheld: readonly string[]
  readonly authenticated: Authenticated
  /**
   * Turns the handler's response into the response to send. `undefined` if the adapter watches the
   * answer in another way.
   */
  readonly finish: ((response: Response) => MaybePromise<Response>) | undefined
}

/** The request that a copy for a handler was made from. The handler may be another guard. */
const originals = new WeakMap<Request, Request>()

/** Special features of a framework. @internal */
export interface Circumstances extends Pick<ResourceRequest, 'headersStay'> {
  /**
   * Returns a function that reads the body, if something has already read the request and stored its
   * body. It is called only if a check needs the body.
   */
  readonly read?: (() => (() => Promise<ArrayBuffer>) | undefined) | undefined
  /**
   * Returns the request object that the first guard has seen. It is called only if a check needs the
   * object. Default: the request itself.
   */
  readonly original?: (() => Request) | undefined
  /**
   * Watches the answer to an allowed request where the server sends it.
   *
   * @returns `false` if the answer must be watched as a `Response`
   */
  readonly watch?: ((asked: ResourceRequest, decision: Allowed) => boolean) | undefined
  /** Returns the connection of the request. It is called only if a check needs the connection. */
  readonly connection?: (() => RequestConnection | undefined) | undefined
}

/**
 * Checks a web-standard request.
 *
 * @returns the allowed request, or the response to a request that is not allowed
 * @internal
 */
export function checkWebRequest(
  guard: MountedGuard,
  request: Request,
  circumstances: Circumstances = {},
): MaybePromise<Passed | Response> {
  const asked = new ReceivedRequest(request, circumstances)
  const checked = guard.decide(asked)
  return isThenable(checked)
    ? checked.then((decision) => carryOut(guard, asked, decision, circumstances))
    : carryOut(guard, asked, checked, circumstances)
}

function carryOut(
  guard: MountedGuard,
  asked: ReceivedRequest,
  decision: Decision,
  { watch }: Circumstances,
): Passed | Response {
  if (decision.outcome !== 'allowed') {
    const { status, headers, body } = decision
    return new Response(body === undefined ? null : JSON.stringify(body), { status, headers })
  }
  const { withheld, token, message: parsedBody } = decision
  return {
    request: forHandler(asked, withheld),
    withheld,
    authenticated: { token, authInfo: guard.authInfo(decision), parsedBody },
    finish: watch?.(asked, decision) === true ? undefined : finishing(guard, asked, decision),
  }
}

/** Makes the function that turns the handler's response into the response to send. */
function finishing(
  guard: MountedGuard,
  asked: ReceivedRequest,
  decision: Allowed,
): NonNullable<Passed['finish']> {
  const decided = performance.now()
  return (response) => {
    const sessionId = response.headers.get('mcp-session-id') ?? undefined
    const answered = guard.answered(asked, decision, { status: response.status, sessionId })
    return whenSettled(answered, (instead) => {
      if (instead === undefined) {
        const life = lifeOf(guard, decision, decided)
        return withEnd(withHeaders(response, decision.headers), life, asked)
      }
      response.body?.cancel().catch(() => {})
      return toResponse(instead)
    })
  }
}

/**
 * A web-standard request. It reads from the request of the server only what a check needs: some servers
 * make the signal, or the request itself, when they are read.
 */
class ReceivedRequest implements ResourceRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly request: Request
  readonly #circumstances: Circumstances
  #reading: BodyReading | undefined

  constructor(request: Request, circumstances: Circumstances) {
    this.method = request.method
    this.url = request.url
    this.headers = request.headers
    this.request = request
    this.#circumstances = circumstances
  }

  get message(): BodyReader {
    this.#reading ??= new BodyReading(this.request, this.#circumstances.read?.())
    const reading = this.#reading
    return (maxBytes) => reading.read(maxBytes)
  }

  /** The body, if a check has read it. */
  get bytes(): Uint8Array<ArrayBuffer> | undefined {
    return this.#reading?.bytes
  }

  get signal(): AbortSignal {
    return this.request.signal
  }

  get headersStay(): boolean | undefined {
    return this.#circumstances.headersStay
  }

  get original(): Request {
    const first = this.#circumstances.original?.() ?? this.request
    return originals.get(first) ?? first
  }

  get connection(): RequestConnection | undefined {
    return this.#circumstances.connection?.()
  }
}

/**
 * Returns the answer of an endpoint to a web-standard request.
 *
 * @param read returns the body, if something has already read the request and stored its body
 * @internal
 */
export async function endpointResponse(
  endpoint: Endpoint,
  request: Request,
  read?: BodyReader,
): Promise<Response> {
  const { method, url, headers, signal } = request
  const reading = new BodyReading(request, undefined)
  const message: BodyReader = read ?? ((maxBytes) => reading.read(maxBytes))
  return toResponse(await endpoint.answer({ method, url, headers, message, signal }))
}

/** Turns an answer into a web-standard `Response`. @internal */
export function toResponse(answer: HttpAnswer): Response {
  return new Response(answer.body ?? null, answer)
}

/** Reads a body up to a limit, and stores it for the handler. */
class BodyReading {
  bytes: Uint8Array<ArrayBuffer> | undefined
  readonly #request: Request
  readonly #read: (() => Promise<ArrayBuffer>) | undefined

  constructor(request: Request, read: (() => Promise<ArrayBuffer>) | undefined) {
    this.#request = request
    this.#read = read
  }

  async read(maxBytes: number): Promise<Uint8Array | undefined> {
    if (this.#read !== undefined) {
      this.bytes = new Uint8Array(await this.#read())
      return this.bytes.byteLength > maxBytes ? undefined : this.bytes
    }
    if (this.#request.bodyUsed) {
      const why =
        'another middleware has read the body, and has not stored the result; mount the gate before it'
      throw new UnavailableError('policy_failed', why)
    }
    const chunks: Uint8Array[] = []
    let size = 0
    // Leaving the loop early cancels the stream.
    for await (const chunk of this.#request.body ?? []) {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size > maxBytes) return undefined
    }
    this.bytes = new Uint8Array(Buffer.concat(chunks, size))
    return this.bytes
  }
}

function forHandler(asked: ReceivedRequest, withheld: readonly string[]): Request {
  const { request, bytes } = asked
  const names = withheld.filter((name) => request.headers.has(name))
  if (bytes === undefined && names.length === 0) return request
  const headers = new Headers(request.headers)
  for (const name of names) headers.delete(name)
  const { url, method, signal } = request
  const body = bytes ?? request.body
  // The new request is made from parts, because `new Request()` does not accept the request objects of
  // some frameworks.
  const copy = new Request(url, { method, headers, signal, body, duplex: 'half' })
  originals.set(copy, asked.original)
  return copy
}

function withHeaders(response: Response, headers: AnswerHeaders): Response {
  const entries = Object.entries(headers)
  // A WebSocket upgrade response cannot be copied.
  if (entries.length === 0 || response.status < 200) return response
  // The response is copied, because the headers of a response from `fetch` cannot be changed.
  const copy = new Response(response.body, response)
  for (const [name, value] of entries) {
    copy.headers.set(name, mergeField(name, value, copy.headers.get(name)))
  }
  return copy
}

/** Ends an event stream when its life is over. Other responses stay as they are. */
function withEnd(response: Response, life: StreamLife, { request }: ReceivedRequest): Response {
  // The body is read last, because some servers turn a text into a stream when the body is read.
  if (!isEventStream(response.headers.get('content-type'))) return response
  const { body } = response
  if (body === null) return response
  return new Response(endingWebStream(body, life, request.signal), response)
}
