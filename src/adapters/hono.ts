import type { Context, MiddlewareHandler } from 'hono'
import { assertOptions } from '../options/check-options.ts'
import { authenticateOptionsSchema } from '../options/schemas.ts'
import type { GuardOptions, ResourceServer } from '../resource-server/resource-server.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { AuthInfo } from './auth-info.ts'
import { withExisting } from './list-headers.ts'
import { answersDocuments, documentsAnswered, refuseBelowAPath, seesDocument } from './mounting.ts'
import { type NodeRequest, withhold } from './node-exchange.ts'
import { assertResourceServer } from './require-resource-server.ts'
import { admit, answerDocument } from './web-exchange.ts'

export type { AuthInfo } from './auth-info.ts'

/** What handlers behind the gate find: `new Hono<ResourceServerEnv>()`. */
export interface ResourceServerEnv {
  Variables: {
    verifiedToken: VerifiedToken
    /** For an MCP SDK transport: `transport.handleRequest(c.req.raw, { authInfo })`. */
    authInfo: AuthInfo
    /**
     * The parsed body, where the policy of operations has read it: to be handed on beside
     * `authInfo`, it spares parsing it again. The request's own body can be read all the same.
     */
    parsedBody: unknown
  }
}

/**
 * The whole gate: answers the well-known documents and lets through only requests with a good
 * access token. It guards **everything** that is declared after it on its path, paths that are no
 * route included, so declare what is public (health checks, `hono/cors`) before it. It has to be used
 * at the root, for that is where clients look for the documents: at a path it answers everything with
 * 503, and a warning of the process tells the fix.
 *
 * @param options scopes that these routes need beside those of the resource server
 * @throws {TypeError} when a scope is none
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
  const guard = makeGuard('honoGate', resourceServer, options)
  return async (c, next) => {
    const path = pathOf(c)
    if (path === undefined) answersDocuments(resourceServer)
    else if (!documentsAnswered(resourceServer) && !seesDocument(resourceServer, path)) {
      const refusal = refuseBelowAPath(resourceServer, 'honoGate', path, FIX)
      return answer(c, new Response(refusal.body, refusal))
    }
    const document = await answerDocument(resourceServer, c.req.raw)
    return document === undefined ? guard(c, next) : answer(c, document)
  }
}

/**
 * Only the well-known documents. To be used at the root of the application, for that is where
 * clients look for them.
 */
export function honoEndpoints(resourceServer: ResourceServer): MiddlewareHandler {
  assertResourceServer('honoEndpoints', resourceServer)
  answersDocuments(resourceServer)
  return async (c, next) => {
    const document = await answerDocument(resourceServer, c.req.raw)
    return document === undefined ? next() : answer(c, document)
  }
}

/**
 * Only the guard, for some routes, also behind {@link honoGate}.
 *
 * @param options scopes that these routes need beside those of the resource server
 * @throws {TypeError} when a scope is none
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
  return makeGuard('honoGuard', resourceServer, options)
}

const FIX =
  'use it at the root, app.use(honoGate(resourceServer)), or use ' +
  'honoEndpoints(resourceServer) at the root and honoGuard(resourceServer) at the path'

/** The path that a middleware is used at; `undefined` where it may see every request. */
function pathOf(c: Context): string | undefined {
  const { routePath } = c.req
  const path = routePath.replace(/\*$/, '')
  return path === '' || path === '/' || /[:{*]/.test(path) ? undefined : path
}

function makeGuard(
  where: string,
  resourceServer: ResourceServer,
  options: GuardOptions,
): MiddlewareHandler<ResourceServerEnv> {
  assertResourceServer(where, resourceServer)
  assertOptions(where, authenticateOptionsSchema, options)
  return async (c, next) => {
    // What a middleware has read by way of Hono is kept there, and is what the handler will see.
    const cached = Object.keys(c.req.bodyCache).length > 0
    const read = cached ? () => c.req.arrayBuffer() : undefined
    const admitted = await admit(resourceServer, c.req.raw, options, { read })
    if (admitted instanceof Response) return answer(c, admitted)
    const { token, authInfo, parsedBody } = admitted.authenticated
    c.req.raw = admitted.request
    withholdFromNode(c.env, admitted.withheld)
    c.set('verifiedToken', token)
    c.set('authInfo', authInfo)
    c.set('parsedBody', parsedBody)
    await next()
    const before = c.res
    const response = admitted.finish(before)
    if (response !== before) replace(c, response)
    return undefined
  }
}

/** What `@hono/node-server` adds to the context: Node's own request. */
function withholdFromNode(env: unknown, names: readonly string[]): void {
  const { incoming } = (env ?? {}) as { incoming?: NodeRequest }
  if (names.length > 0 && Array.isArray(incoming?.rawHeaders)) withhold(incoming, names)
}

/** As it is: Hono itself would let the headers of the response before win. */
function replace(c: Context, response: Response): void {
  c.res = undefined
  c.res = response
}

/** With the headers that middleware has set for every answer, over which those of this one win. */
function answer(c: Context, response: Response): Response {
  const headers = new Headers(c.res.headers)
  for (const [name, value] of response.headers) {
    headers.set(name, withExisting(name, value, headers.get(name)))
  }
  replace(c, new Response(response.body, { status: response.status, headers }))
  return c.res
}
