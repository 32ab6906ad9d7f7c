import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GuardOptions } from '../gate/options.ts'
import { adapterOf } from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { mountGuard } from './mounted-guard.ts'
import { hasEndpoints, recordEndpoints, refuseBelowAPath, seesMetadata } from './mounting.ts'
import { checkOrAnswer, endpointAnswer, send } from './node-exchange.ts'
import { targetOf } from './node-request.ts'

export type { AuthInfo } from './auth-info.ts'

/** The part of an Express request, 4 or 5, that is used here. */
export interface ExpressRequest extends IncomingMessage {
  /** The target as received, whatever a router was mounted on. */
  originalUrl?: string
  /** The path that the middleware is mounted at. */
  baseUrl?: string
  /**
   * Set by the guard to an {@link AuthInfo}: the MCP SDK's transports look for it here. Its type is
   * `unknown`, because the SDK declares this property of Express's requests too.
   */
  auth?: unknown
}

/** An Express middleware. */
export type ExpressHandler = (
  request: ExpressRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void>

const tokens = new WeakMap<IncomingMessage, VerifiedToken>()

/**
 * The whole gate: answers the endpoints of the resource server, such as its metadata, and lets
 * through only requests with a good access token. It guards **everything** that is mounted after it
 * on the same application or router, so mount what is public (health checks) before it. Mount it at
 * the root: clients look for the metadata there. Mounted at a path or on a route, it answers
 * everything with 503, and a warning of the process names the fix.
 *
 * @param options scopes that everything behind the gate needs, beside those of the resource server
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { expressGate } from 'mcp-resource-server/express'
 *
 * const app = express()
 * app.use(
 *   expressGate(
 *     createResourceServer({
 *       resource: 'https://mcp.example.com/mcp',
 *       authorizationServer: 'https://sso.example.com',
 *       requiredScopes: ['mcp:tools'],
 *     }),
 *   ),
 * )
 * ```
 */
export function expressGate(
  resourceServer: ResourceServer,
  options: GuardOptions = {},
): ExpressHandler {
  const guard = expressGuardOf('expressGate', resourceServer, options)
  const adapter = adapterOf('expressGate', resourceServer)
  const gate: ExpressHandler = async (request, response, next) => {
    const path = pathOf(request, gate)
    if (path === undefined) recordEndpoints(resourceServer)
    else if (!hasEndpoints(resourceServer) && !seesMetadata(resourceServer, path)) {
      send(response, refuseBelowAPath(resourceServer, 'expressGate', path, FIX))
      return
    }
    const endpoint = adapter.endpointFor(targetOf(request))
    if (endpoint === undefined) await guard(request, response, next)
    else send(response, await endpointAnswer(endpoint, request))
  }
  return gate
}

/**
 * Only the endpoints of the resource server, such as its metadata. Mount it at the root of the
 * application: clients look for the metadata there.
 */
export function expressEndpoints(resourceServer: ResourceServer): ExpressHandler {
  const adapter = adapterOf('expressEndpoints', resourceServer)
  recordEndpoints(resourceServer)
  return async (request, response, next) => {
    const endpoint = adapter.endpointFor(targetOf(request))
    if (endpoint === undefined) next()
    else send(response, await endpointAnswer(endpoint, request))
  }
}

/**
 * Only the guard, for one route or router. It sets `req.auth`, and {@link verifiedToken}. With
 * `allowedOrigins`, mount it with `use` or `all`: the preflights of browsers (CORS) must reach it too.
 *
 * @param options scopes that these routes need, beside those of the resource server
 * @throws {TypeError} naming the option that is wrong
 */
export function expressGuard(
  resourceServer: ResourceServer,
  options: GuardOptions = {},
): ExpressHandler {
  return expressGuardOf('expressGuard', resourceServer, options)
}

const FIX =
  'mount it without a path, app.use(expressGate(resourceServer)), or mount ' +
  'expressEndpoints(resourceServer) at the root and expressGuard(resourceServer) at the path'

/** The path that a middleware is mounted at; `undefined` at the root, where it sees every request. */
function pathOf(request: ExpressRequest, middleware: ExpressHandler): string | undefined {
  const { baseUrl = '', route } = request as ExpressRequest & { route?: Route }
  // `request.route` may still name a route that an earlier handler was mounted on.
  const isRoute = route?.stack?.some(({ handle }) => handle === middleware) === true
  if (isRoute && typeof route.path === 'string' && !route.path.includes('*')) {
    return baseUrl + route.path
  }
  return baseUrl === '' ? undefined : baseUrl
}

/** The part of a route, of Express 4 or 5, that is used here. */
interface Route {
  readonly path?: unknown
  readonly stack?: readonly { readonly handle?: unknown }[]
}

function expressGuardOf(
  where: string,
  resourceServer: ResourceServer,
  options: GuardOptions,
): ExpressHandler {
  const guard = mountGuard(where, resourceServer, options)
  return async (request, response, next) => {
    const decision = await checkOrAnswer(guard, request, response)
    if (decision === undefined) return
    request.auth = guard.authInfo(decision)
    tokens.set(request, decision.token)
    next()
  }
}

/** The token that a guard verified for this request; `undefined` where no guard ran. */
export function verifiedToken(request: IncomingMessage): VerifiedToken | undefined {
  return tokens.get(request)
}
