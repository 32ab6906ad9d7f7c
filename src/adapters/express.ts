import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Allowed } from '../gate/decision.ts'
import type { GuardOptions } from '../gate/options.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { adapterOf } from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { isThenable } from '../storage/maybe-promise.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { mountGuard } from './mounted-guard.ts'
import { hasEndpoints, recordEndpoints, refuseBelowAPath, seesMetadata } from './mounting.ts'
import { checkOrAnswer, endpointAnswer, send } from './node-exchange.ts'
import { targetOf } from './node-request.ts'

export type { AuthInfo } from './auth-info.ts'

/** The part of an Express request that this package uses. It is the same in Express 4 and 5. */
export interface ExpressRequest extends IncomingMessage {
  /** The path and query as received, also inside a router that is mounted at a path. */
  originalUrl?: string
  /** The path that the middleware is mounted at. */
  baseUrl?: string
  /**
   * An {@link AuthInfo}, which the guard sets. The transports of the MCP SDK read it. Its type is
   * `unknown`, because the SDK also declares this property of Express requests.
   */
  auth?: unknown
}

/** An Express middleware. It returns a promise only if it must wait. */
export type ExpressHandler = (
  request: ExpressRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void> | undefined

const tokens = new WeakMap<IncomingMessage, VerifiedToken>()

/**
 * Makes a middleware that is the whole gate: it answers the endpoints of the resource server, such as
 * its metadata, and it lets only requests with a valid access token pass. It guards **everything** that
 * is mounted after it on the same application or router. Mount public routes, such as health checks,
 * before it. Mount it at the root, because clients look for the metadata there. If it is mounted at a
 * path or on a route, it answers every request with 503, and a process warning tells how to fix that.
 *
 * @param options scopes that requests behind this gate need, in addition to those of the resource
 * server
 * @throws {TypeError} names the option that is wrong
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
  const gate: ExpressHandler = (request, response, next) => {
    const path = pathOf(request, gate)
    if (path === undefined) recordEndpoints(resourceServer)
    else if (!hasEndpoints(resourceServer) && !seesMetadata(resourceServer, path)) {
      send(response, refuseBelowAPath(resourceServer, 'expressGate', path, FIX))
      return undefined
    }
    const endpoint = adapter.endpointFor(targetOf(request))
    if (endpoint === undefined) return guard(request, response, next)
    return answerEndpoint(endpoint, request, response)
  }
  return gate
}

/**
 * Makes a middleware that answers only the endpoints of the resource server, such as its metadata.
 * Mount it at the root of the application, because clients look for the metadata there.
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { expressEndpoints, expressGuard } from 'mcp-resource-server/express'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 * })
 * const app = express()
 * app.use(expressEndpoints(resourceServer))
 * app.use('/mcp', expressGuard(resourceServer))
 * ```
 */
export function expressEndpoints(resourceServer: ResourceServer): ExpressHandler {
  const adapter = adapterOf('expressEndpoints', resourceServer)
  recordEndpoints(resourceServer)
  return (request, response, next) => {
    const endpoint = adapter.endpointFor(targetOf(request))
    if (endpoint !== undefined) return answerEndpoint(endpoint, request, response)
    next()
    return undefined
  }
}

/**
 * Makes a middleware that is only the guard, for one route or router. It sets `req.auth`. Afterwards
 * {@link verifiedToken} returns the token. With the option `allowedOrigins`, mount it with `use` or
 * `all`, so that the preflight requests of browsers (CORS) reach it too.
 *
 * @param options scopes that these routes need, in addition to those of the resource server
 * @throws {TypeError} names the option that is wrong
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { expressGuard, verifiedToken } from 'mcp-resource-server/express'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 * })
 * const app = express()
 * const guard = expressGuard(resourceServer, { requiredScopes: ['admin'], policy: false })
 * app.delete('/cache', guard, (request, response) => {
 *   response.send(`emptied by ${verifiedToken(request)?.subject}`)
 * })
 * ```
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

/**
 * Returns the path at which a middleware is mounted; `undefined` at the root, where the middleware gets
 * every request.
 */
function pathOf(request: ExpressRequest, middleware: ExpressHandler): string | undefined {
  const { baseUrl = '', route } = request as ExpressRequest & { route?: Route }
  // `request.route` may be left over from the route of an earlier handler, so its handlers are
  // compared.
  const isRoute = route?.stack?.some(({ handle }) => handle === middleware) === true
  if (isRoute && typeof route.path === 'string' && !route.path.includes('*')) {
    return baseUrl + route.path
  }
  return baseUrl === '' ? undefined : baseUrl
}

/** The part of an Express route that this package uses. It is the same in Express 4 and 5. */
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
  const pass = (
    decision: Allowed | undefined,
    request: ExpressRequest,
    next: (error?: unknown) => void,
  ): void => {
    if (decision === undefined) return
    request.auth = guard.authInfo(decision)
    tokens.set(request, decision.token)
    next()
  }
  return (request, response, next) => {
    const checked = checkOrAnswer(guard, request, response)
    if (isThenable(checked)) return checked.then((decision) => pass(decision, request, next))
    pass(checked, request, next)
    return undefined
  }
}

async function answerEndpoint(
  endpoint: Endpoint,
  request: ExpressRequest,
  response: ServerResponse,
): Promise<void> {
  send(response, await endpointAnswer(endpoint, request))
}

/** Returns the verified token of a request; `undefined` when no guard has checked the request. */
export function verifiedToken(request: IncomingMessage): VerifiedToken | undefined {
  return tokens.get(request)
}
