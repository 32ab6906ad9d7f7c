import type { Context, MiddlewareHandler } from 'hono'
import type { GuardOptions } from '../gate/options.ts'
import { mergeField } from '../http/list-fields.ts'
import { adapterOf } from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { AuthInfo } from './auth-info.ts'
import { mountGuard } from './mounted-guard.ts'
import { hasEndpoints, recordEndpoints, refuseBelowAPath, seesMetadata } from './mounting.ts'
import { type NodeRequest, withhold } from './node-request.ts'
import { checkWebRequest, toResponse } from './web-exchange.ts'

export type { AuthInfo } from './auth-info.ts'

/** What handlers behind the gate find: `new Hono<ResourceServerEnv>()`. */
export interface ResourceServerEnv {
  Variables: {
    verifiedToken: VerifiedToken
    /** For an MCP SDK transport: `transport.handleRequest(c.req.raw, { authInfo })`. */
    authInfo: AuthInfo
    /**
     * The parsed body, where the policy has read it. A transport that takes it beside `authInfo`
     * need not parse it again. The request's own body can still be read.
     */
    parsedBody: unknown
  }
}

/**
 * The whole gate: answers the endpoints of the resource server, such as its metadata, and lets
 * through only requests with a good access token. It guards **everything** that is declared after it
 * on its path, also paths without a route, so declare what is public (health checks, `hono/cors`)
 * before it. Use it at the root: clients look for the metadata there. At a path it answers everything
 * with 503, and a warning of the process names the fix.
 *
 * @param options scopes that these routes need, beside those of the resource server
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { Hono } from 'hono'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { honoGate, type ResourceServerEnv } from 'mcp-resource-server/hono'
 *
 * const app = new Hono<ResourceServerEnv>()
 * app.use(
 *   honoGate(
 *     createResourceServer({
 *       resource: 'https://mcp.example.com/mcp',
 *       authorizationServer: 'https://sso.example.com',
 *       requiredScopes: ['mcp:tools'],
 *     }),
 *   ),
 * )
 * app.get('/me', (c) => c.json({ hello: c.get('verifiedToken').subject }))
 * export default app
 * ```
 */
export function honoGate(
  resourceServer: ResourceServer,
  options: GuardOptions = {},
): MiddlewareHandler<ResourceServerEnv> {
  const guard = honoGuardOf('honoGate', resourceServer, options)
  const adapter = adapterOf('honoGate', resourceServer)
  return async (c, next) => {
    const path = pathOf(c)
    if (path === undefined) recordEndpoints(resourceServer)
    else if (!hasEndpoints(resourceServer) && !seesMetadata(resourceServer, path)) {
      return answer(c, toResponse(refuseBelowAPath(resourceServer, 'honoGate', path, FIX)))
    }
    const endpoint = adapter.endpointFor(c.req.url)
    if (endpoint === undefined) return guard(c, next)
    return answer(c, toResponse(await endpoint.answer(c.req.raw)))
  }
}

/**
 * Only the endpoints of the resource server, such as its metadata. Use it at the root of the
 * application: clients look for the metadata there.
 */
export function honoEndpoints(resourceServer: ResourceServer): MiddlewareHandler {
  const adapter = adapterOf('honoEndpoints', resourceServer)
  recordEndpoints(resourceServer)
  return async (c, next) => {
    const endpoint = adapter.endpointFor(c.req.url)
    return endpoint === undefined ? next() : answer(c, toResponse(await endpoint.answer(c.req.raw)))
  }
}

/**
 * Only the guard, for some routes, also behind {@link honoGate}.
 *
 * @param options scopes that these routes need, beside those of the resource server
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { Hono } from 'hono'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { honoGuard } from 'mcp-resource-server/hono'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 * })
 * const app = new Hono()
 * const guard = honoGuard(resourceServer, { requiredScopes: ['admin'], policy: false })
 * app.delete('/cache', guard, (c) => c.text(`emptied by ${c.get('verifiedToken').subject}`))
 * ```
 */
export function honoGuard(
  resourceServer: ResourceServer,
  options: GuardOptions = {},
): MiddlewareHandler<ResourceServerEnv> {
  return honoGuardOf('honoGuard', resourceServer, options)
}

const FIX =
  'use it at the root, app.use(honoGate(resourceServer)), or use ' +
  'honoEndpoints(resourceServer) at the root and honoGuard(resourceServer) at the path'

/** The path that a middleware is used at; `undefined` where it can see every request. */
function pathOf(c: Context): string | undefined {
  const { routePath } = c.req
  const path = routePath.replace(/\*$/, '')
  return path === '' || path === '/' || /[:{*]/.test(path) ? undefined : path
}

function honoGuardOf(
  where: string,
  resourceServer: ResourceServer,
  options: GuardOptions,
): MiddlewareHandler<ResourceServerEnv> {
  const guard = mountGuard(where, resourceServer, options)
  return async (c, next) => {
    // Hono keeps a body that a middleware has read through it. The handler will see that one.
    const cached = Object.keys(c.req.bodyCache).length > 0
    const read = cached ? () => c.req.arrayBuffer() : undefined
    const passed = await checkWebRequest(guard, c.req.raw, { read })
    if (passed instanceof Response) return answer(c, passed)
    const { token, authInfo, parsedBody } = passed.authenticated
    c.req.raw = passed.request
    withholdFromNode(c.env, passed.withheld)
    c.set('verifiedToken', token)
    c.set('authInfo', authInfo)
    c.set('parsedBody', parsedBody)
    await next()
    const before = c.res
    const response = await passed.finish(before)
    if (response !== before) replace(c, response)
    return undefined
  }
}

/** Removes header fields from Node's own request, which `@hono/node-server` adds to the context. */
function withholdFromNode(env: unknown, names: readonly string[]): void {
  const { incoming } = (env ?? {}) as { incoming?: NodeRequest }
  if (names.length > 0 && Array.isArray(incoming?.rawHeaders)) withhold(incoming, names)
}

/** Sets the response as it is: Hono itself would prefer the headers of the response before. */
function replace(c: Context, response: Response): void {
  c.res = undefined
  c.res = response
}

/** Answers, and keeps the headers that middleware has set for every answer. */
function answer(c: Context, response: Response): Response {
  const headers = new Headers(c.res.headers)
  for (const [name, value] of response.headers) {
    headers.set(name, mergeField(name, value, headers.get(name)))
  }
  replace(c, new Response(response.body, { status: response.status, headers }))
  return c.res
}
