import type { Allowed } from '../gate/decision.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { MountedGuard } from './mounted-guard.ts'
import { NodeConnection } from './node-connection.ts'
import { watch } from './node-exchange.ts'
import { type NodeRequest, type NodeResponse, withhold } from './node-request.ts'

/** The part of a Hono context that this file uses. */
interface HonoContext {
  readonly req: { readonly raw: Request }
  readonly env: unknown
}

/**
 * Watches the answer of `@hono/node-server` where it is sent. Reading the headers or the body of the `Response`
 * instead would cost more: `@hono/node-server` then makes the response anew, with a stream for its text.
 *
 * @returns `false` if the answer must be watched as a `Response`: on other servers, if the gate adds
 * headers to the response, and if the request is not the one that the server has received
 * @internal
 */
export function watchOnNode(
  guard: MountedGuard,
  c: HonoContext,
  asked: ResourceRequest,
  decision: Allowed,
): boolean {
  const { incoming, outgoing } = (c.env ?? {}) as { incoming?: object; outgoing?: NodeResponse }
  if (incoming === undefined || typeof outgoing?.writeHead !== 'function') return false
  if (!isMadeFrom(c.req.raw, incoming) || Object.keys(decision.headers).length > 0) return false
  watch(guard, asked, decision, outgoing)
  return true
}

/** The key under which the requests of `@hono/node-server` keep the request of Node. */
let incomingKey: symbol | undefined

/**
 * Whether `@hono/node-server` has made a request from a request of Node. An app may call another app with
 * a request of its own and the same `c.env`; then the response is not what the server sends.
 */
function isMadeFrom(request: Request, incoming: object): boolean {
  const members = request as unknown as Record<symbol, unknown>
  if (incomingKey !== undefined && members[incomingKey] === incoming) return true
  const found = Object.getOwnPropertySymbols(request).find((key) => members[key] === incoming)
  incomingKey = found ?? incomingKey
  return found !== undefined
}

/** Returns the Node request, which `@hono/node-server` passes as `c.env.incoming`. */
function nodeRequestOf(env: unknown): NodeRequest | undefined {
  const { incoming } = (env ?? {}) as { incoming?: NodeRequest }
  return Array.isArray(incoming?.rawHeaders) ? incoming : undefined
}

/** Returns the connection of a request on `@hono/node-server`. @internal */
export function connectionOf(env: unknown): NodeConnection | undefined {
  const request = nodeRequestOf(env)
  return request && new NodeConnection(request)
}

/** Removes header fields from the Node request too, because handlers can see it. @internal */
export function withholdFromNode(env: unknown, names: readonly string[]): void {
  if (names.length === 0) return
  const request = nodeRequestOf(env)
  if (request !== undefined) withhold(request, names)
}
