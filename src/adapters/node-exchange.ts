import type { Allowed, Decision } from '../gate/decision.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { HttpAnswer } from '../http/http-answer.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { isThenable, type MaybePromise } from '../storage/maybe-promise.ts'
import { endNodeStream, isEventStream, LAST_WORDS } from './ending-stream.ts'
import { watchHead } from './head-watch.ts'
import type { MountedGuard } from './mounted-guard.ts'
import { headerOf, setHeaders } from './node-head.ts'
import { type NodeRequest, type NodeResponse, toResourceRequest, withhold } from './node-request.ts'
import { after, lifeOf } from './stream-life.ts'

/**
 * Checks a request of a Node server. If the request is not allowed, sends the answer.
 *
 * @returns the decision if the request is allowed; otherwise `undefined`
 * @internal
 */
export function checkOrAnswer(
  guard: MountedGuard,
  request: NodeRequest,
  response: NodeResponse,
): MaybePromise<Allowed | undefined> {
  const checked = checkNodeRequest(guard, request, response)
  return isThenable(checked)
    ? checked.then((decision) => answerUnlessAllowed(response, decision))
    : answerUnlessAllowed(response, checked)
}

function answerUnlessAllowed(response: NodeResponse, decision: Decision): Allowed | undefined {
  // Another middleware has sent an answer meanwhile, for example after a timeout.
  if (response.headersSent) return undefined
  if (decision.outcome === 'allowed') return decision
  send(response, toAnswer(decision))
  return undefined
}

/**
 * Checks a request of a Node server. If the request is allowed, prepares the request and the response
 * for the handler. Otherwise both stay unchanged.
 *
 * @param parsed returns the result of a body parser; `undefined` if no parser has run
 * @internal
 */
export function checkNodeRequest(
  guard: MountedGuard,
  request: NodeRequest,
  response: NodeResponse,
  parsed: () => unknown = () => request.body,
): MaybePromise<Decision> {
  const asked = toResourceRequest(request, parsed)
  const decided = guard.decide(asked)
  return isThenable(decided)
    ? decided.then((decision) => prepare(guard, asked, request, response, decision))
    : prepare(guard, asked, request, response, decided)
}

function prepare(
  guard: MountedGuard,
  asked: ResourceRequest,
  request: NodeRequest,
  response: NodeResponse,
  decision: Decision,
): Decision {
  if (decision.outcome === 'allowed' && !response.headersSent) {
    setHeaders(response, decision.headers)
    withhold(request, decision.withheld)
    watch(guard, asked, decision, response)
  }
  if (decision.outcome === 'refused' && decision.status === 413) cutOff(request, response)
  return decision
}

/**
 * Closes the connection to a caller that sends too large a body. It first waits, so that the caller can
 * read the answer: an answer may get lost if the connection closes at once.
 */
function cutOff(request: NodeRequest, response: NodeResponse): void {
  const callOff = after(LAST_WORDS, () => request.destroy())
  request.once('close', callOff)
  request.once('end', callOff)
  response.once('close', callOff)
}

/** Returns the answer of an endpoint to a request of a Node server. @internal */
export async function endpointAnswer(
  endpoint: Endpoint,
  request: NodeRequest,
): Promise<HttpAnswer> {
  return endpoint.answer(toResourceRequest(request, () => request.body))
}

/** Returns the answer for a request that is not allowed. @internal */
export function toAnswer({ status, headers, body }: Exclude<Decision, Allowed>): HttpAnswer {
  return { status, headers, body: body === undefined ? undefined : JSON.stringify(body) }
}

/** Sends an answer, unless an answer has been sent already. @internal */
export function send(response: NodeResponse, { status, headers, body }: HttpAnswer): void {
  if (response.headersSent) return
  response.statusCode = status
  setHeaders(response, headers)
  if (body === undefined) response.end()
  else response.end(body)
}

/**
 * Watches the head of the handler's answer. It opens or closes the MCP session, and it ends an event
 * stream when the token has expired or is revoked.
 *
 * @internal
 */
export function watch(
  guard: MountedGuard,
  asked: ResourceRequest,
  decision: Allowed,
  response: NodeResponse,
): void {
  const decided = performance.now()
  const { headers } = decision
  watchHead(response, {
    headers,
    begun(status, rest) {
      const sessionId = headerOf(response, rest, 'mcp-session-id')
      return guard.answered(asked, decision, {
        status,
        sessionId: typeof sessionId === 'string' ? sessionId : undefined,
      })
    },
    goes(rest) {
      if (!isEventStream(headerOf(response, rest, 'content-type'))) return
      endNodeStream(response, lifeOf(guard, decision, decided))
    },
  })
}
