import { UnavailableError } from '../errors.ts'
import { allowedToken } from '../gate/credentials.ts'
import type { Allowed, AnswerHeaders } from '../gate/decision.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { GuardOptions, ResourceServer } from '../resource-server/resource-server.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { type AuthInfo, toAuthInfo } from './auth-info.ts'
import { after, isEventStream } from './expiring-stream.ts'
import { withExisting } from './list-headers.ts'

/** What a guarded handler is told of its caller. */
export interface Authenticated {
  readonly token: VerifiedToken
  /** For an MCP SDK transport: `transport.handleRequest(request, { authInfo })`. */
  readonly authInfo: AuthInfo
  /**
   * The parsed body, where the policy of operations has read it: `handler.fetch(request, { authInfo,
   * parsedBody })` spares parsing it again. The request's own body can be read all the same.
   */
  readonly parsedBody: unknown
}

/** A request that may go on. @internal */
export interface Admitted {
  /** What the handler is to see in place of the request. */
  readonly request: Request
  /** Header fields that are removed from the request, wherever a handler could find them. */
  readonly withheld: readonly string[]
  readonly authenticated: Authenticated
  /** Makes of the handler's response what is to be sent. */
  finish(response: Response): Response
}

/** What is particular about a framework. @internal */
export interface Circumstances extends Pick<ResourceRequest, 'headersStay'> {
  /** The body, where it has been read already, and is kept. */
  readonly read?: (() => Promise<ArrayBuffer>) | undefined
}

/**
 * Judges a web-standard request.
 *
 * @returns the answer where it may not go on
 * @internal
 */
export async function admit(
  resourceServer: ResourceServer,
  request: Request,
  options: GuardOptions,
  { read, headersStay }: Circumstances = {},
): Promise<Admitted | Response> {
  const reading = new BodyReading(request, read)
  const asked: ResourceRequest = {
    method: request.method,
    url: request.url,
    headers: request.headers,
    message: (maxBytes: number) => reading.read(maxBytes),
    signal: request.signal,
    headersStay,
  }
  const decision = await resourceServer.authenticate(asked, options)
  if (decision.outcome !== 'allowed') {
    const { status, headers, body } = decision
    return new Response(body === undefined ? null : JSON.stringify(body), { status, headers })
  }
  const decided = performance.now()
  return {
    request: forHandler(request, reading.bytes, decision.withheld),
    withheld: decision.withheld,
    authenticated: {
      token: decision.token,
      authInfo: toAuthInfo(decision.token, allowedToken(request.headers), resourceServer),
      parsedBody: decision.message,
    },
    finish(response) {
      resourceServer.answered(asked, decision, {
        status: response.status,
        sessionId: response.headers.get('mcp-session-id') ?? undefined,
      })
      return withExpiry(withHeaders(response, decision.headers), decision, decided)
    },
  }
}

/** Answers a request for one of the well-known documents. @internal */
export async function answerDocument(
  resourceServer: ResourceServer,
  request: Request,
): Promise<Response | undefined> {
  const answer = await resourceServer.documents(request)
  return answer && new Response(answer.body ?? null, answer)
}

/** Reads a body up to a limit, and keeps it for the handler. */
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
      const why = 'somebody else has read the body, and left nothing in its place'
      throw new UnavailableError('policy_failed', why)
    }
    const chunks: Uint8Array[] = []
    let size = 0
    // Breaking off cancels the stream.
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
): Request {
  const names = withheld.filter((name) => request.headers.has(name))
  if (bytes === undefined && names.length === 0) return request
  const headers = new Headers(request.headers)
  for (const name of names) headers.delete(name)
  const { url, method, signal } = request
  const body = bytes ?? request.body
  // Of its parts: frameworks have requests of their own making, which `Request` does not take.
  return new Request(url, { method, headers, signal, body, duplex: 'half' })
}

function withHeaders(response: Response, headers: AnswerHeaders): Response {
  const entries = Object.entries(headers)
  // A WebSocket upgrade response cannot be copied.
  if (entries.length === 0 || response.status < 200) return response
  // A response that came from `fetch` has headers that cannot be set.
  const copy = new Response(response.body, response)
  for (const [name, value] of entries) {
    copy.headers.set(name, withExisting(name, value, copy.headers.get(name)))
  }
  return copy
}

function withExpiry(response: Response, { streamEndsIn }: Allowed, decided: number): Response {
  const { body } = response
  if (streamEndsIn === undefined || body === null) return response
  if (!isEventStream(response.headers.get('content-type'))) return response
  const seconds = streamEndsIn - (performance.now() - decided) / 1000
  return new Response(endingIn(body, seconds), response)
}

/** The same stream, which ends after so many seconds; its source is told then. */
function endingIn(body: ReadableStream<Uint8Array>, seconds: number): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let ended = false
  let callOff = (): void => {}
  const stop = (): void => {
    ended = true
    callOff()
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      callOff = after(seconds, () => {
        ended = true
        controller.close()
        // How a source takes the news is its own affair.
        reader.cancel('the access token has expired').catch(() => {})
      })
    },
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (ended) return
        if (!done) return controller.enqueue(value)
        controller.close()
        stop()
      } catch (error) {
        stop()
        throw error
      }
    },
    cancel(reason) {
      stop()
      return reader.cancel(reason)
    },
  })
}
