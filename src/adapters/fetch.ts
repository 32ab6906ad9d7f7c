import { assertOptions } from '../options/check-options.ts'
import { authenticateOptionsSchema } from '../options/schemas.ts'
import type { GuardOptions, ResourceServer } from '../resource-server/resource-server.ts'
import { assertResourceServer } from './require-resource-server.ts'
import { type Authenticated, admit, answerDocument } from './web-exchange.ts'

export type { AuthInfo } from './auth-info.ts'
export type { Authenticated } from './web-exchange.ts'

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
 * import { fetchGate } from 'mcp-resource-server/fetch'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 * })
 * export default {
 *   fetch: fetchGate(resourceServer, (request, { token }) =>
 *     Response.json({ hello: token.subject, method: request.method }),
 *   ),
 * }
 * ```
 */
export function fetchGate(
  resourceServer: ResourceServer,
  handler: GuardedHandler,
  options: GuardOptions = {},
): (request: Request) => Promise<Response> {
  assertResourceServer('fetchGate', resourceServer)
  assertOptions('fetchGate', authenticateOptionsSchema, options)
  return async (request) => {
    const document = await answerDocument(resourceServer, request)
    if (document !== undefined) return document
    const admitted = await admit(resourceServer, request, options)
    if (admitted instanceof Response) return admitted
    return admitted.finish(await handler(admitted.request, admitted.authenticated))
  }
}
