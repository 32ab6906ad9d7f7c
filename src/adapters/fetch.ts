import { allowedToken } from '../challenge/credentials.ts'
import { checkOptions } from '../options/check-options.ts'
import { authenticateOptionsSchema } from '../options/schemas.ts'
import type { AuthenticateOptions, ResourceServer } from '../resource-server.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { type AuthInfo, toAuthInfo } from './auth-info.ts'

export type { AuthInfo } from './auth-info.ts'

/** What a guarded handler is told of its caller. */
export interface Authenticated {
  readonly token: VerifiedToken
  /** For an MCP SDK transport: `transport.handleRequest(request, { authInfo })`. */
  readonly authInfo: AuthInfo
}

/** A handler that only sees requests with a good access token. */
export type GuardedHandler = (
  request: Request,
  authenticated: Authenticated,
) => Response | Promise<Response>

/**
 * The whole gate in front of a web-standard handler: answers the well-known documents, refuses
 * what has no good access token, and calls the handler for the rest.
 *
 * @param options scopes that this handler needs beside those of the resource server
 * @throws {TypeError} when a scope is none
 *
 * @example
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 * import { fetchResourceServer } from 'mcp-resource-server/fetch'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 * })
 * export default {
 *   fetch: fetchResourceServer(resourceServer, (request, { token }) =>
 *     Response.json({ hello: token.subject, method: request.method }),
 *   ),
 * }
 * ```
 */
export function fetchResourceServer(
  resourceServer: ResourceServer,
  handler: GuardedHandler,
  options: AuthenticateOptions = {},
): (request: Request) => Promise<Response> {
  checkOptions('fetchResourceServer', authenticateOptionsSchema, options)
  return async (request) => {
    const document = await resourceServer.documents(request)
    if (document !== undefined) {
      return new Response(document.body ?? null, document)
    }
    const decision = await resourceServer.authenticate(request, options)
    if (decision.outcome !== 'allowed') {
      return new Response(JSON.stringify(decision.body), decision)
    }
    const response = await handler(request, {
      token: decision.token,
      authInfo: toAuthInfo(decision.token, allowedToken(request.headers), resourceServer.resource),
    })
    return withHeaders(response, decision.headers)
  }
}

function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  const entries = Object.entries(headers)
  if (entries.length === 0) return response
  // A response that came from `fetch` has headers that cannot be set.
  const copy = new Response(response.body, response)
  for (const [name, value] of entries) copy.headers.set(name, value)
  return copy
}
