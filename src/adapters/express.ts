import type { IncomingMessage, ServerResponse } from 'node:http'
import { allowedToken } from '../challenge/credentials.ts'
import { checkOptions } from '../options/check-options.ts'
import { authenticateOptionsSchema } from '../options/schemas.ts'
import type { ResourceRequest } from '../request.ts'
import type { AuthenticateOptions, ResourceServer } from '../resource-server.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { type AuthInfo, toAuthInfo } from './auth-info.ts'

export type { AuthInfo } from './auth-info.ts'

/** An Express request, 4 or 5, as far as it matters here. */
export interface ExpressRequest extends IncomingMessage {
  /** The target as received, whatever a router was mounted on. */
  originalUrl?: string
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

const EXPOSE = 'Access-Control-Expose-Headers'

const tokens = new WeakMap<IncomingMessage, VerifiedToken>()

/**
 * The whole gate: answers the well-known documents and lets through only requests with a good
 * access token. It guards **everything** that is mounted after it on the same application or
 * router, so mount what is public (health checks, CORS) before it.
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { expressResourceServer } from 'mcp-resource-server/express'
 *
 * const app = express()
 * app.use(
 *   expressResourceServer(
 *     createResourceServer({
 *       resource: 'https://mcp.example.com/mcp',
 *       authorizationServer: 'https://sso.example.com',
 *       scopes: ['mcp:tools'],
 *     }),
 *   ),
 * )
 * ```
 */
export function expressResourceServer(resourceServer: ResourceServer): ExpressHandler {
  const guard = expressGuard(resourceServer)
  return async (request, response, next) => {
    if (!(await sendDocument(resourceServer, request, response))) {
      await guard(request, response, next)
    }
  }
}

/**
 * Only the well-known documents. To be mounted at the root of the application, for that is where
 * clients look for them.
 */
export function expressDocuments(resourceServer: ResourceServer): ExpressHandler {
  return async (request, response, next) => {
    if (!(await sendDocument(resourceServer, request, response))) next()
  }
}

/**
 * Only the guard, for one route or router. Sets `req.auth`, and {@link verifiedToken}.
 *
 * @param options scopes that these routes need beside those of the resource server
 * @throws {TypeError} when a scope is none
 */
export function expressGuard(
  resourceServer: ResourceServer,
  options: AuthenticateOptions = {},
): ExpressHandler {
  checkOptions('expressGuard', authenticateOptionsSchema, options)
  return async (request, response, next) => {
    const asked = toResourceRequest(request)
    const decision = await resourceServer.authenticate(asked, options)
    if (decision.outcome !== 'allowed') {
      send(response, decision.status, decision.headers, JSON.stringify(decision.body))
      return
    }
    for (const [name, value] of Object.entries(decision.headers)) response.setHeader(name, value)
    const token = allowedToken(asked.headers)
    request.auth = toAuthInfo(decision.token, token, resourceServer.resource)
    tokens.set(request, decision.token)
    next()
  }
}

/** The token that a guard verified for this request; `undefined` where no guard ran. */
export function verifiedToken(request: IncomingMessage): VerifiedToken | undefined {
  return tokens.get(request)
}

async function sendDocument(
  resourceServer: ResourceServer,
  request: ExpressRequest,
  response: ServerResponse,
): Promise<boolean> {
  const answer = await resourceServer.documents(toResourceRequest(request))
  if (answer !== undefined) send(response, answer.status, answer.headers, answer.body)
  return answer !== undefined
}

function toResourceRequest(request: ExpressRequest): ResourceRequest {
  return {
    method: request.method ?? '',
    url: request.originalUrl ?? request.url ?? '',
    // Unlike `headers`, this keeps a second Authorization header. HTTP/2 requests do not have it.
    headers: request.headersDistinct ?? request.headers,
  }
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): void {
  // Another middleware has answered, for example with a time-out of its own.
  if (response.headersSent) return
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) {
    // What a CORS middleware exposes stays exposed.
    if (name === EXPOSE)
      response.setHeader(name, [response.getHeader(name) ?? [], value].flat().join(', '))
    else response.setHeader(name, value)
  }
  response.end(body)
}
