import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Allowed, AnswerHeaders, Decision } from '../decision.ts'
import type { BodyReader, ResourceRequest } from '../request.ts'
import type { AuthenticateOptions, ResourceServer } from '../resource-server.ts'
import { after, isEventStream } from './expiring-stream.ts'

/** A request of Node's HTTP server, of either version of the protocol. */
export type NodeRequest = (IncomingMessage | Http2ServerRequest) & {
  /** Of Express: the target as received, whatever a router was mounted on. */
  originalUrl?: string
  /** What a body parser made of the body. */
  body?: unknown
}

/** The response that belongs to it. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/**
 * Judges a request of Node's. What is not allowed is answered; otherwise request and response are
 * made ready for the handler.
 *
 * @returns the decision where the handler is to go on
 * @internal
 */
export async function admit(
  resourceServer: ResourceServer,
  request: NodeRequest,
  response: NodeResponse,
  options: AuthenticateOptions,
): Promise<Allowed | undefined> {
  const asked = toResourceRequest(request)
  const decision = await resourceServer.authenticate(asked, options)
  if (decision.outcome !== 'allowed') {
    sendDecision(response, decision)
    return undefined
  }
  setHeaders(response, decision.headers)
  withhold(request, decision.withheld)
  watch(resourceServer, asked, decision, response)
  return decision
}

/**
 * Answers a request for one of the well-known documents.
 *
 * @returns whether it was one
 * @internal
 */
export async function answerDocument(
  resourceServer: ResourceServer,
  request: NodeRequest,
  response: NodeResponse,
): Promise<boolean> {
  const answer = await resourceServer.documents(toResourceRequest(request))
  if (answer !== undefined) send(response, answer.status, answer.headers, answer.body)
  return answer !== undefined
}

/** @internal */
export function toResourceRequest(request: NodeRequest): ResourceRequest {
  const { headersDistinct } = request as Partial<IncomingMessage>
  return {
    method: request.method ?? '',
    url: request.originalUrl ?? request.url ?? '',
    // Unlike `headers`, this keeps a second Authorization header. HTTP/2 requests do not have it.
    headers: headersDistinct ?? request.headers,
    message: bodyReader(request),
  }
}

/**
 * Reads the body and puts it back, so that whatever parses it later finds it untouched. Where a
 * parser came first, its result is what the handler will see, so it is what is judged.
 */
function bodyReader(request: NodeRequest): BodyReader {
  return async (maxBytes) => {
    const { body } = request
    if (typeof body === 'string') return Buffer.from(body)
    if (body instanceof Uint8Array) return body
    return body === undefined ? readAndReturn(request, maxBytes) : { parsed: body }
  }
}

function readAndReturn(request: NodeRequest, maxBytes: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const stop = (): void => {
      request.off('readable', read)
      request.off('end', end)
      request.off('error', fail)
      request.off('close', close)
    }
    const read = (): void => {
      for (let chunk = request.read(); chunk !== null; chunk = request.read()) {
        chunks.push(chunk)
        size += chunk.length
        if (size > maxBytes) {
          stop()
          resolve(undefined)
          return
        }
      }
      if (hasAllArrived(request)) end()
    }
    const end = (): void => {
      stop()
      const bytes = Buffer.concat(chunks)
      // In the same turn as the last read: the stream takes bytes back until it has said "end".
      if (size > 0) request.unshift(bytes)
      resolve(bytes)
    }
    const fail = (error: unknown): void => {
      stop()
      reject(error)
    }
    const close = (): void => fail(new Error('the request was closed'))
    if (request.readableEnded) return reject(new Error('somebody else has read the body'))
    request.on('readable', read).on('end', end).on('error', fail).on('close', close)
  })
}

/** Whether nothing is to come any more. `complete` of HTTP/2 becomes true only after "end". */
function hasAllArrived(request: NodeRequest): boolean {
  const { _readableState: state } = request as { _readableState?: { ended?: boolean } }
  return state?.ended ?? request.complete
}

/** @internal */
export function sendDecision(
  response: NodeResponse,
  { status, headers, body }: Exclude<Decision, Allowed>,
): void {
  // The rest of a body that is too large would otherwise have to be read to its end.
  const closing = status === 413 && response.req?.httpVersionMajor === 1
  const all = closing ? { ...headers, Connection: 'close' } : headers
  send(response, status, all, body === undefined ? undefined : JSON.stringify(body))
}

function send(
  response: NodeResponse,
  status: number,
  headers: AnswerHeaders,
  body: string | undefined,
): void {
  // Another middleware has answered, for example with a time-out of its own.
  if (response.headersSent) return
  response.statusCode = status
  setHeaders(response, headers)
  if (body === undefined) response.end()
  else response.end(body)
}

/** Lists, to which other middleware may have added its own. */
const LISTS: ReadonlySet<string> = new Set(['Access-Control-Expose-Headers', 'Vary'])

function setHeaders(response: NodeResponse, headers: AnswerHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    const others = LISTS.has(name) ? [response.getHeader(name) ?? []].flat() : []
    response.setHeader(name, [...others, value].join(', '))
  }
}

/** From all the places where a handler could find them. */
function withhold(request: NodeRequest, names: readonly string[]): void {
  const { headersDistinct, rawHeaders } = request as IncomingMessage
  for (const name of names) {
    delete request.headers[name]
    delete headersDistinct?.[name]
    for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
      if (rawHeaders[at]?.toLowerCase() === name) rawHeaders.splice(at, 2)
    }
  }
}

/** The arguments of `writeHead` after the status, in all their forms. */
type HeadArguments = readonly unknown[]

/** Looks at the head of the answer once, just before it goes out. */
function watch(
  resourceServer: ResourceServer,
  asked: ResourceRequest,
  decision: Allowed,
  response: NodeResponse,
): void {
  const decided = performance.now()
  const writeHead = response.writeHead as (status: number, ...rest: HeadArguments) => NodeResponse
  const watched = (status: number, ...rest: HeadArguments): NodeResponse => {
    response.writeHead = writeHead as typeof response.writeHead
    const sessionId = headerOf(response, rest, 'mcp-session-id')
    resourceServer.answered(asked, decision, {
      status,
      sessionId: typeof sessionId === 'string' ? sessionId : undefined,
    })
    const { streamEndsIn } = decision
    if (streamEndsIn !== undefined && isEventStream(headerOf(response, rest, 'content-type'))) {
      endIn(response, streamEndsIn - (performance.now() - decided) / 1000)
    }
    return writeHead.call(response, status, ...rest)
  }
  response.writeHead = watched as typeof response.writeHead
}

function endIn(response: NodeResponse, seconds: number): void {
  const callOff = after(seconds, () => {
    // A handler that goes on writing is told by an error event, which must not end the process.
    response.on('error', () => {})
    response.end()
  })
  response.once('close', callOff)
}

function headerOf(response: NodeResponse, rest: HeadArguments, name: string): unknown {
  const given = rest.at(-1)
  if (typeof given !== 'object' || given === null) return response.getHeader(name)
  const [, value] = pairsOf(given).find(([key]) => String(key).toLowerCase() === name) ?? []
  return value ?? response.getHeader(name)
}

/** `{ name: value }`, `[[name, value]]` or `[name, value, name, value]`. */
function pairsOf(headers: object): (readonly [unknown, unknown])[] {
  if (!Array.isArray(headers)) return Object.entries(headers)
  if (Array.isArray(headers[0])) return headers as [unknown, unknown][]
  return headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]] as const] : []))
}
