import type { Allowed, Decision } from '../gate/decision.ts'
import type { Endpoint } from '../gate/endpoints.ts'
import type { HttpAnswer } from '../http/http-answer.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { after, endIn, isEventStream, LAST_WORDS } from './expiring-stream.ts'
import { watchHead } from './head-watch.ts'
import type { MountedGuard } from './mounted-guard.ts'
import { headerOf, setHeaders } from './node-head.ts'
import { type NodeRequest, type NodeResponse, toResourceRequest, withhold } from './node-request.ts'

/**
 * Checks a request of Node's, and answers one that is not allowed.
 *
 * @returns the decision where the handler may go on
 * @internal
 */
export async function checkOrAnswer(
  guard: MountedGuard,
  request: NodeRequest,
  response: NodeResponse,
): Promise<Allowed | undefined> {
  const decision = await checkNodeRequest(guard, request, response)
  // Another middleware has answered meanwhile: its own time limit has passed, for example.
  if (response.headersSent) return undefined
  if (decision.outcome === 'allowed') return decision
  send(response, toAnswer(decision))
  return undefined
}

/**
 * Checks a request of Node's. An allowed request and its response are made ready for the handler.
 * Otherwise both stay as they are.
 *
 * @param parsed gives the result of a body parser, where one ran before
 * @internal
 */
export async function checkNodeRequest(
  guard: MountedGuard,
  request: NodeRequest,
  response: NodeResponse,
  parsed: () => unknown = () => request.body,
): Promise<Decision> {
  const asked = toResourceRequest(request, parsed)
  const decision = await guard.check(asked)
  if (decision.outcome === 'allowed' && !response.headersSent) {
    setHeaders(response, decision.headers)
    withhold(request, decision.withheld)
    watch(guard, asked, decision, response)
  }
  if (decision.outcome === 'refused' && decision.status === 413) cutOff(request, response)
  return decision
}

/**
 * Stops listening to a caller that sends too much, after a moment in which it can read the answer: a
 * connection that closes at once may lose it.
 */
function cutOff(request: NodeRequest, response: NodeResponse): void {
  const callOff = after(LAST_WORDS, () => request.destroy())
  request.once('close', callOff)
  request.once('end', callOff)
  response.once('close', callOff)
}

/** The answer of an endpoint to a request of Node's. @internal */
export async function endpointAnswer(
  endpoint: Endpoint,
  request: NodeRequest,
): Promise<HttpAnswer> {
  return endpoint.answer(toResourceRequest(request, () => request.body))
}

/** The answer that a decision stands for. @internal */
export function toAnswer({ status, headers, body }: Exclude<Decision, Allowed>): HttpAnswer {
  return { status, headers, body: body === undefined ? undefined : JSON.stringify(body) }
}

/** Sends an answer, unless another one has been sent. @internal */
export function send(response: NodeResponse, { status, headers, body }: HttpAnswer): void {
  if (response.headersSent) return
  response.statusCode = status
  setHeaders(response, headers)
  if (body === undefined) response.end()
  else response.end(body)
}

/** Looks at the head of the handler's answer: sessions open and close by it, and streams end in time. */
function watch(
  guard: MountedGuard,
  asked: ResourceRequest,
  decision: Allowed,
  response: NodeResponse,
): void {
  const decided = performance.now()
  const { headers, streamEndsIn } = decision
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
      if (streamEndsIn === undefined) return
      if (!isEventStream(headerOf(response, rest, 'content-type'))) return
      endIn(response, streamEndsIn - (performance.now() - decided) / 1000)
    },
  })
}
