import type { HandlerAnswer } from '../gate/answered.ts'
import type { Allowed, Decision } from '../gate/decision.ts'
import type { MessageGate } from '../gate/message-gate.ts'
import type { GuardOptions } from '../gate/options.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { HttpAnswer } from '../http/http-answer.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { optionError } from '../options/option-error.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import { ADAPTER } from './adapter-key.ts'
import type { ResourceServer } from './interface.ts'

export type { HandlerAnswer } from '../gate/answered.ts'
export type {
  ConnectionMemory,
  DeliveredMessage,
  MessageGate,
  MessageOrigin,
  MessageRefusal,
} from '../gate/message-gate.ts'
export type { Endpoint } from '../http/endpoint.ts'
export type { HttpAnswer } from '../http/http-answer.ts'
export type { RegisteredTable } from '../mcp/policy/rule-place.ts'
export type { SessionOpening, TokenFacts } from '../revocation/revocation.ts'
export type { MaybePromise } from '../storage/maybe-promise.ts'

/** The guard of one route. */
export interface RouteGuard {
  /** Checks a request, and decides what to do with it. It never rejects. */
  check(request: ResourceRequest): Promise<Decision>
  /**
   * Checks a request, as {@link RouteGuard.check} does. It returns the decision itself if nothing must be waited
   * for, which is usual for a token that was verified before. It returns a promise otherwise. It neither throws
   * nor rejects. Without a promise, the handler runs at once. It finds the body of the request before the body
   * has arrived, so nothing must be stored.
   */
  decide(request: ResourceRequest): MaybePromise<Decision>
}

/** The part of a resource server that only adapters use. Get it with {@link adapterOf}. */
export interface ResourceServerAdapter {
  /**
   * Makes the guard of a route. Call it once, when the route is mounted.
   *
   * @param where the name of the calling function, for error messages
   * @throws {TypeError} names the option that is wrong
   */
  guard(where: string, options?: GuardOptions): RouteGuard
  /**
   * The addresses that need no access token. An adapter mounts all of them, and need not know their
   * purpose.
   */
  readonly endpoints: readonly Endpoint[]
  /**
   * Finds the endpoint that a request is for. Call it before the guard, because endpoints need no
   * token.
   *
   * @param url the path and query as received, or an absolute URL
   */
  endpointFor(url: string): Endpoint | undefined
  /** Returns the token of an allowed request, as text. Do not log it. */
  tokenText(decision: Allowed): string
  /**
   * Reads the status and the session id of the handler's answer to an allowed request, and opens or
   * closes the MCP session accordingly. Call it before any part of the answer is sent. If it returns a
   * promise, wait for the promise. It neither throws nor rejects.
   *
   * @returns the answer to send instead of the handler's answer, if the session could not be stored;
   * otherwise `undefined`
   */
  answered(
    request: ResourceRequest,
    decision: Allowed,
    answer: HandlerAnswer,
  ): MaybePromise<HttpAnswer | undefined>
  /**
   * Watches the token of an open event stream. Call it when the answer to an allowed request is an event
   * stream.
   *
   * @param end ends the stream. It is called once, when the token is revoked, and never before this method
   * returns. If the token is revoked already, it is called at once
   * @returns a function to call when the stream has ended by itself
   */
  watch(decision: Allowed, end: () => void): () => void
  /** Checks each message inside the MCP server. `protectServer` uses it. */
  readonly messages: MessageGate
}

/**
 * Returns the part of a resource server that adapters use.
 *
 * The example leaves out one duty of an adapter: an answer that is an event stream must end after
 * `decision.streamEndsIn` seconds, because the token of the stream has expired by then; and when
 * {@link ResourceServerAdapter.watch} says that the token is revoked.
 *
 * @param where the name of the calling function, for error messages
 * @throws {TypeError} when the object was not made by `createResourceServer`
 *
 * @example An adapter for web-standard requests
 * ```ts
 * import type { GuardOptions, ResourceServer } from 'mcp-resource-server'
 * import { adapterOf } from 'mcp-resource-server/adapter'
 *
 * type Handler = (request: Request) => Promise<Response>
 *
 * export function guarded(
 *   resourceServer: ResourceServer,
 *   handler: Handler,
 *   options?: GuardOptions,
 * ): Handler {
 *   const adapter = adapterOf('guarded', resourceServer)
 *   const guard = adapter.guard('guarded', options)
 *   return async (request) => {
 *     const endpoint = adapter.endpointFor(request.url)
 *     if (endpoint !== undefined) {
 *       const answer = await endpoint.answer(request)
 *       return new Response(answer.body ?? null, answer)
 *     }
 *     const { method, url, headers, signal } = request
 *     const message = async (maxBytes: number) => {
 *       // The handler must still find the body, so a copy is read. To protect the memory of the
 *       // process, read the body in pieces, and stop after `maxBytes`.
 *       const bytes = new Uint8Array(await request.clone().arrayBuffer())
 *       return bytes.length > maxBytes ? undefined : bytes
 *     }
 *     // Without `headersStay`, remove the fields in `decision.withheld` from the handler's request.
 *     const asked = { method, url, headers, signal, message, headersStay: true }
 *     const decision = await guard.check(asked)
 *     if (decision.outcome !== 'allowed') {
 *       const { status, headers, body } = decision
 *       return new Response(body === undefined ? null : JSON.stringify(body), { status, headers })
 *     }
 *     const response = await handler(request)
 *     const sessionId = response.headers.get('mcp-session-id') ?? undefined
 *     const answer = { status: response.status, sessionId }
 *     const instead = await adapter.answered(asked, decision, answer)
 *     if (instead !== undefined) return new Response(instead.body ?? null, instead)
 *     for (const [name, value] of Object.entries(decision.headers)) {
 *       response.headers.append(name, value)
 *     }
 *     return response
 *   }
 * }
 * ```
 */
export function adapterOf(where: string, resourceServer: ResourceServer): ResourceServerAdapter {
  const adapter = (resourceServer as { [ADAPTER]?: ResourceServerAdapter } | undefined)?.[ADAPTER]
  if (adapter !== undefined) return adapter
  throw optionError(
    where,
    'resourceServer',
    'must be the object that createResourceServer() returned, and not a copy of it',
    resourceServer,
  )
}
