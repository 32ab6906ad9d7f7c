import { UnavailableError } from '../errors/unavailable-error.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { AnswerHeaders, HttpAnswer } from '../http/http-answer.ts'
import { mergeField } from '../http/list-fields.ts'
import type { BodyReader, RequestConnection, ResourceRequest } from '../http/resource-request.ts'
import { type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
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
  /** Turns the handler's response into the response to send. */
  finish(response: Response): MaybePromise<Response>
}

/** The request that a copy for a handler was made from. The handler may be another guard. */
const originals = new WeakMap<Request, Request>()

/** Special features of a framework. @internal */
export interface Circumstances extends Pick<ResourceRequest, 'headersStay'> {
  /** Returns the body, if something has already read the request and stored its body. */
  readonly read?: (() => Promise<ArrayBuffer>) | undefined
  /** The request object that the first guard has seen. Default: the request itself. */
  readonly original?: Request
  /** Returns the connection of the request. It is called only if a check needs the connection. */
  readonly connection?: (() => RequestConnection | undefined) | undefined
}

/**
 * Checks a web-standard request.
 *
 * @returns the allowed request, or the response to a request that is not allowed
 * @internal
 */
export async function checkWebRequest(
  guard: MountedGuard,
  request: Request,
  { read, headersStay, original: first = request, connection }: Circumstances = {},
): Promise<Passed | Response> {
  const original = originals.get(first) ?? first
  const reading = new BodyReading(request, read)
  const asked: ResourceRequest = {
    method: request.method,
    url: request.url,
    headers: request.headers,
    message: (maxBytes: number) => reading.read(maxBytes),
    headersStay,
    original,
    // Some servers make the signal only when it is read, and many requests need none.
    get signal() {
      return request.signal
    },
    get connection() {
      return connection?.()
    },
  }
  const checked = guard.decide(asked)
  const decision = checked instanceof Promise ? await checked : checked
  if (decision.outcome !== 'allowed') {
    const { status, headers, body } = decision
    return new Response(body === undefined ? null : JSON.stringify(body), { status, headers })
  }
  const decided = performance.now()
  return {
    request: forHandler(request, reading.bytes, decision.withheld, original),
    withheld: decision.withheld,
    authenticated: {
      token: decision.token,
      authInfo: guard.authInfo(decision),
      parsedBody: decision.message,
    },
    finish(response) {
      const sessionId = response.headers.get('mcp-session-id') ?? undefined
      const answered = guard.answered(asked, decision, { status: response.status, sessionId })
      return whenSettled(answered, (instead) => {
        if (instead === undefined) {
          const life = lifeOf(guard, decision, decided)
          return withEnd(withHeaders(response, decision.headers), life, request)
        }
        response.body?.cancel().catch(() => {})
        return toResponse(instead)
      })
    },
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

function forHandler(
  request: Request,
  bytes: Uint8Array<ArrayBuffer> | undefined,
  withheld: readonly string[],
  original: Request,
): Request {
  const names = withheld.filter((name) => request.headers.has(name))
  if (bytes === undefined && names.length === 0) return request
  const headers = new Headers(request.headers)
  for (const name of names) headers.delete(name)
  const { url, method, signal } = request
  const body = bytes ?? request.body
  // The new request is made from parts, because `new Request()` does not accept the request objects of
  // some frameworks.
  const copy = new Request(url, { method, headers, signal, body, duplex: 'half' })
  originals.set(copy, original)
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
function withEnd(response: Response, life: StreamLife, request: Request): Response {
  // The body is read last, because some servers turn a text into a stream when the body is read.
  if (!isEventStream(response.headers.get('content-type'))) return response
  const { body } = response
  if (body === null) return response
  return new Response(endingWebStream(body, life, request.signal), response)
}
