import type { IncomingMessage, ServerResponse } from 'node:http'
import { allowedToken } from '../gate/credentials.ts'
import { assertOptions } from '../options/check-options.ts'
import { authenticateOptionsSchema } from '../options/schemas.ts'
import type { GuardOptions, ResourceServer } from '../resource-server/resource-server.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { toAuthInfo } from './auth-info.ts'
import { answersDocuments, documentsAnswered, refuseBelowAPath, seesDocument } from './mounting.ts'
import { admit, answerDocument, send } from './node-exchange.ts'
import { assertResourceServer } from './require-resource-server.ts'

export type { AuthInfo } from './auth-info.ts'

/** An Express request, 4 or 5, as far as it matters here. */
export interface ExpressRequest extends IncomingMessage {
  /** The target as received, whatever a router was mounted on. */
  originalUrl?: string
  /** The path that the middleware is mounted at. */
  baseUrl?: string
  /**
   * Set by the guard to an {@link AuthInfo}, where the MCP SDK's transports look for it. Not typed
   * as one, because the SDK declares the same property of Express's requests in its own words.
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
 * The whole gate: answers the well-known documents and lets through only requests with a good
 * access token. It guards **everything** that is mounted after it on the same application or
 * router, so mount what is public (health checks) before it. It has to stand at the root, for that is
 * where clients look for the documents: mounted at a path or on a route it answers everything with
 * 503, and a warning of the process tells the fix.
 *
 * @param options scopes that everything behind it needs beside those of the resource server
 * @throws {TypeError} when a scope is none
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
  const guard = makeGuard('expressGate', resourceServer, options)
  const gate: ExpressHandler = async (request, response, next) => {
    const path = pathOf(request, gate)
    if (path === undefined) answersDocuments(resourceServer)
    else if (!documentsAnswered(resourceServer) && !seesDocument(resourceServer, path)) {
      send(response, refuseBelowAPath(resourceServer, 'expressGate', path, FIX))
      return
    }
    if (!(await answerDocument(resourceServer, request, response))) {
      await guard(request, response, next)
    }
  }
  return gate
}

/**
 * Only the well-known documents. To be mounted at the root of the application, for that is where
 * clients look for them.
 */
export function expressEndpoints(resourceServer: ResourceServer): ExpressHandler {
  assertResourceServer('expressEndpoints', resourceServer)
  answersDocuments(resourceServer)
  return async (request, response, next) => {
    if (!(await answerDocument(resourceServer, request, response))) next()
  }
}

/**
 * Only the guard, for one route or router. Sets `req.auth`, and {@link verifiedToken}. A browser's
 * question before a request (CORS) has to reach it too, so mount it with `use` or `all` where there
 * are `allowedOrigins`.
 *
 * @param options scopes that these routes need beside those of the resource server
 * @throws {TypeError} when a scope is none
 */
export function expressGuard(
  resourceServer: ResourceServer,
  options: GuardOptions = {},
): ExpressHandler {
  return makeGuard('expressGuard', resourceServer, options)
}

const FIX =
  'mount it without a path, app.use(expressGate(resourceServer)), or mount ' +
  'expressEndpoints(resourceServer) at the root and expressGuard(resourceServer) at the path'

/** Where a middleware is mounted; `undefined` at the root, where it sees every request. */
function pathOf(request: ExpressRequest, middleware: ExpressHandler): string | undefined {
  const { baseUrl = '', route } = request as ExpressRequest & { route?: Route }
  // `request.route` may still name a route that an earlier handler was mounted on.
  const isRoute = route?.stack?.some(({ handle }) => handle === middleware) === true
  if (isRoute && typeof route.path === 'string' && !route.path.includes('*')) {
    return baseUrl + route.path
  }
  return baseUrl === '' ? undefined : baseUrl
}

/** The part of a route of Express 4 or 5 that is read here. */
interface Route {
  readonly path?: unknown
  readonly stack?: readonly { readonly handle?: unknown }[]
}

function makeGuard(
  where: string,
  resourceServer: ResourceServer,
  options: GuardOptions,
): ExpressHandler {
  assertResourceServer(where, resourceServer)
  assertOptions(where, authenticateOptionsSchema, options)
  return async (request, response, next) => {
    const decision = await admit(resourceServer, request, response, options)
    if (decision === undefined) return
    request.auth = toAuthInfo(decision.token, allowedToken(request.headers), resourceServer)
    tokens.set(request, decision.token)
    next()
  }
}

/** The token that a guard verified for this request; `undefined` where no guard ran. */
export function verifiedToken(request: IncomingMessage): VerifiedToken | undefined {
  return tokens.get(request)
}
