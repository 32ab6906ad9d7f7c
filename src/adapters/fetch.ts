import { adapterOf } from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { isThenable } from '../storage/maybe-promise.ts'
import { mountGuard } from './mounted-guard.ts'
import type { WebGateOptions } from './web-connection.ts'
import { type Authenticated, checkWebRequest, endpointResponse } from './web-exchange.ts'

export type { AuthInfo } from './auth-info.ts'
export type { RequestConnection, WebGateOptions } from './web-connection.ts'
export type { Authenticated } from './web-exchange.ts'

/** A handler that gets only requests with a valid access token. */
export type GuardedHandler = (
  request: Request,
  authenticated: Authenticated,
) => Response | Promise<Response>

/**
 * Makes a web-standard handler that is the whole gate. It answers the endpoints of the resource server,
 * such as its metadata. It refuses requests without a valid access token. For all other requests, it
 * calls the given handler.
 *
 * @param options scopes that requests for this handler need, in addition to those of the resource
 * server; and how the connection of a request is found, which only tokens that are bound to a client
 * certificate need
 * @throws {TypeError} names the option that is wrong
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
 *
 * @example The address of the proxy, where Deno.serve is the server
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 * import { fetchGate } from 'mcp-resource-server/fetch'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 *   clientCertificate: { header: 'client-cert', format: 'rfc9440', trustedProxies: ['10.0.0.7'] },
 * })
 * const gate = fetchGate(resourceServer, () => new Response('hello'), {
 *   connection: (_request, { remoteAddr }: { remoteAddr: { hostname: string } }) => ({
 *     remoteAddress: remoteAddr.hostname,
 *   }),
 * })
 * // Deno.serve(gate)
 * ```
 */
export function fetchGate<Platform extends readonly unknown[] = []>(
  resourceServer: ResourceServer,
  handler: GuardedHandler,
  { connection, ...options }: WebGateOptions<Platform> = {},
): (request: Request, ...platform: Platform) => Promise<Response> {
  const adapter = adapterOf('fetchGate', resourceServer)
  const guard = mountGuard('fetchGate', resourceServer, options)
  return async (request, ...platform) => {
    const endpoint = adapter.endpointFor(request.url)
    if (endpoint !== undefined) return endpointResponse(endpoint, request)
    const checked = checkWebRequest(guard, request, {
      connection: connection && (() => connection(request, ...platform)),
    })
    const passed = isThenable(checked) ? await checked : checked
    if (passed instanceof Response) return passed
    const response = await handler(passed.request, passed.authenticated)
    return passed.finish === undefined ? response : passed.finish(response)
  }
}
