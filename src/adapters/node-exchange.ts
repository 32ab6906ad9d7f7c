import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Allowed, AnswerHeaders, Decision } from '../gate/decision.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { HttpAnswer } from '../metadata/document-answer.ts'
import type { GuardOptions, ResourceServer } from '../resource-server/resource-server.ts'
import { after, isEventStream } from './expiring-stream.ts'
import { isList, withExisting } from './list-headers.ts'
import { bodyReader } from './node-body.ts'

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
  options: GuardOptions,
): Promise<Allowed | undefined> {
  const decision = await judge(resourceServer, request, response, options)
  // Another middleware has answered meanwhile, for example with a time-out of its own.
  if (response.headersSent) return undefined
  if (decision.outcome === 'allowed') return decision
  send(response, toAnswer(decision))
  return undefined
}

/**
 * Judges a request of Node's. Where it is allowed, request and response are made ready for the
 * handler; otherwise nothing is done to either.
 *
 * @param parsed what a body parser made of the body, where one came first
 * @internal
 */
export async function judge(
  resourceServer: ResourceServer,
  request: NodeRequest,
  response: NodeResponse,
  options: GuardOptions,
  parsed: () => unknown = () => request.body,
): Promise<Decision> {
  const asked = toResourceRequest(request, parsed)
  const decision = await resourceServer.authenticate(asked, options)
  if (decision.outcome === 'allowed' && !response.headersSent) {
    setHeaders(response, decision.headers)
    withhold(request, decision.withheld)
    watch(resourceServer, asked, decision, response)
  }
  if (decision.outcome === 'refused' && decision.status === 413) cutOff(request, response)
  return decision
}

/**
 * Whoever sends too much gets the answer, which a connection that is closed at once may lose, and is
 * not listened to for much longer.
 */
function cutOff(request: NodeRequest, response: NodeResponse): void {
  const callOff = after(LAST_WORDS, () => request.destroy())
  request.once('close', callOff)
  request.once('end', callOff)
  response.once('close', callOff)
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
  const answer = await documentFor(resourceServer, request)
  if (answer !== undefined) send(response, answer)
  return answer !== undefined
}

/** The answer to a request for one of the well-known documents. @internal */
export function documentFor(
  resourceServer: ResourceServer,
  request: NodeRequest,
): Promise<HttpAnswer | undefined> {
  return resourceServer.documents(toResourceRequest(request, () => undefined))
}

function toResourceRequest(request: NodeRequest, parsed: () => unknown): ResourceRequest {
  return {
    method: request.method ?? '',
    url: request.originalUrl ?? request.url ?? '',
    headers: distinctHeaders(request),
    message: bodyReader(request, parsed),
    hasBody: hasBodyOfHttp2(request),
  }
}

/** In HTTP/2 a body needs no header. */
function hasBodyOfHttp2(request: NodeRequest): boolean | undefined {
  const { stream } = request as { stream?: { endAfterHeaders?: boolean } }
  return stream?.endAfterHeaders === false
}

/** Unlike `headers`, this keeps a second Authorization header. */
function distinctHeaders(request: NodeRequest): ResourceRequest['headers'] {
  const { headersDistinct } = request as Partial<IncomingMessage>
  if (headersDistinct !== undefined) return headersDistinct
  // Requests of HTTP/2, and those that frameworks make up for tests, do not have it.
  const distinct: Record<string, string[]> = Object.create(null)
  const { rawHeaders } = request
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = String(rawHeaders[at]).toLowerCase()
    distinct[name] ??= []
    distinct[name].push(String(rawHeaders[at + 1]))
  }
  return distinct
}

/** What is to be sent. @internal */
export function toAnswer({ status, headers, body }: Exclude<Decision, Allowed>): HttpAnswer {
  return { status, headers, body: body === undefined ? undefined : JSON.stringify(body) }
}

/** Sends an answer, unless somebody has answered. @internal */
export function send(response: NodeResponse, { status, headers, body }: HttpAnswer): void {
  if (response.headersSent) return
  response.statusCode = status
  setHeaders(response, headers)
  if (body === undefined) response.end()
  else response.end(body)
}

function setHeaders(response: NodeResponse, headers: AnswerHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, withExisting(name, value, response.getHeader(name)))
  }
}

/** Takes header fields from all the places where a handler could find them. @internal */
export function withhold(request: NodeRequest, names: readonly string[]): void {
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
    return writeHead.call(response, status, ...withLists(response, rest, decision.headers))
  }
  response.writeHead = watched as typeof response.writeHead
}

/** What a handler says of a list takes the place of what the gate had said, and is to stand beside it. */
function withLists(
  response: NodeResponse,
  rest: HeadArguments,
  headers: AnswerHeaders,
): HeadArguments {
  const lists = Object.entries(headers).filter(([name]) => isList(name))
  if (lists.length === 0) return rest
  const given = rest.at(-1)
  const own = typeof given === 'object' && given !== null ? pairsOf(given) : []
  let said = own
  for (const [name, value] of lists) {
    const same = ([key]: readonly [unknown, unknown]) =>
      String(key).toLowerCase() === name.toLowerCase()
    const all = own.filter(same).map(([, one]) => one)
    if (all.length === 0) {
      response.setHeader(name, withExisting(name, value, response.getHeader(name)))
    } else {
      const merged = withExisting(name, value, all.flat())
      said = [...said.filter((pair) => !same(pair)), [name, merged]]
    }
  }
  if (said === own) return rest
  return [...rest.slice(0, -1), Array.isArray(given) ? said.flat() : Object.fromEntries(said)]
}

/** Seconds for a client to take what was written before its connection is cut. */
const LAST_WORDS = 5

function endIn(response: NodeResponse, seconds: number): void {
  let callOff = after(seconds, () => {
    response.end()
    callOff = after(LAST_WORDS, () => response.destroy())
    // A handler that goes on writing would make an error of it, which could end the process.
    response.write = () => true
    response.end = () => response as never
  })
  response.once('close', () => callOff())
}

function headerOf(response: NodeResponse, rest: HeadArguments, name: string): unknown {
  const given = rest.at(-1)
  if (typeof given !== 'object' || given === null) return response.getHeader(name)
  const [, value] = pairsOf(given).find(([key]) => String(key).toLowerCase() === name) ?? []
  const [first] = [value ?? response.getHeader(name)].flat()
  return first
}

/** `{ name: value }`, `[[name, value]]` or `[name, value, name, value]`. */
function pairsOf(headers: object): (readonly [unknown, unknown])[] {
  if (!Array.isArray(headers)) return Object.entries(headers)
  if (Array.isArray(headers[0])) return headers as [unknown, unknown][]
  return headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]] as const] : []))
}
