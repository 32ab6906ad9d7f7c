import type { Context, MiddlewareHandler, Next } from 'hono'
import type { GuardOptions } from '../gate/options.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { mergeField } from '../http/list-fields.ts'
import { adapterOf } from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { isThenable } from '../storage/maybe-promise.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { AuthInfo } from './auth-info.ts'
import { connectionOf, watchOnNode, withholdFromNode } from './hono-on-node.ts'
import { mountGuard } from './mounted-guard.ts'
import { hasEndpoints, recordEndpoints, refuseBelowAPath, seesMetadata } from './mounting.ts'
import { checkWebRequest, endpointResponse, type Passed, toResponse } from './web-exchange.ts'

export type { AuthInfo } from './auth-info.ts'

/** The context variables for handlers behind the gate. Use it as `new Hono<ResourceServerEnv>()`. */
export interface ResourceServerEnv {
  Variables: {
    verifiedToken: VerifiedToken
    /** The caller, for a transport of the MCP SDK: `transport.handleRequest(c.req.raw, { authInfo })`. */
    authInfo: AuthInfo
    /**
     * The parsed body, if the policy has read it. Pass it to the transport together with `authInfo`, so
     * that the transport need not parse the body again. The body of the request can still be read.
     */
    parsedBody: unknown
  }
}

/**
 * Makes a middleware that is the whole gate: it answers the endpoints of the resource server, such as
 * its metadata, and it lets only requests with a valid access token pass. It guards **everything** that
 * is declared after it, also paths without a route. Declare public routes (health checks) and
 * `hono/cors` before it. Use it at the root, because clients look for the metadata there. At a path, it
 * answers every request with 503, and a process warning tells how to fix that.
 *
 * @param options scopes that these routes need, in addition to those of the resource server
 * @throws {TypeError} names the option that is wrong
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
  // The last route and its path are kept, because nearly all requests have the same route.
  let last: { readonly route: string; readonly path: string | undefined } | undefined
  return (c, next) => {
    const { routePath: route } = c.req
    if (last?.route !== route) last = { route, path: pathOf(route) }
    const { path } = last
    if (path === undefined) recordEndpoints(resourceServer)
    else if (!hasEndpoints(resourceServer) && !seesMetadata(resourceServer, path)) {
      const refused = refuseBelowAPath(resourceServer, 'honoGate', path, FIX)
      return Promise.resolve(answer(c, toResponse(refused)))
    }
    const endpoint = adapter.endpointFor(c.req.url)
    if (endpoint === undefined) return guard(c, next)
    return answerEndpoint(c, endpoint)
  }
}

/**
 * Makes a middleware that answers only the endpoints of the resource server, such as its metadata. Use
 * it at the root of the application, because clients look for the metadata there.
 *
 * @example
 * ```ts
 * import { Hono } from 'hono'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { honoEndpoints, honoGuard } from 'mcp-resource-server/hono'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 * })
 * const app = new Hono()
 * app.use(honoEndpoints(resourceServer))
 * app.use('/mcp/*', honoGuard(resourceServer))
 * ```
 */
export function honoEndpoints(resourceServer: ResourceServer): MiddlewareHandler {
  const adapter = adapterOf('honoEndpoints', resourceServer)
  recordEndpoints(resourceServer)
  return async (c, next) => {
    const endpoint = adapter.endpointFor(c.req.url)
    return endpoint === undefined ? next() : answerEndpoint(c, endpoint)
  }
}

/**
 * Makes a middleware that is only the guard, for some routes. It also works behind {@link honoGate}.
 *
 * @param options scopes that these routes need, in addition to those of the resource server
 * @throws {TypeError} names the option that is wrong
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

/**
 * Returns the path at which the middleware is used; `undefined` when the middleware can get every
 * request.
 */
function pathOf(routePath: string): string | undefined {
  const path = routePath.replace(/\*$/, '')
  return path === '' || path === '/' || /[:{*]/.test(path) ? undefined : path
}

/** The first request object of a context. Middleware such as `hono/body-limit` replaces the object. */
const originals = new WeakMap<Context, Request>()

function honoGuardOf(
  where: string,
  resourceServer: ResourceServer,
  options: GuardOptions,
): MiddlewareHandler<ResourceServerEnv> {
  const guard = mountGuard(where, resourceServer, options)
  const carryOut = (
    passed: Passed | Response,
    c: Context<ResourceServerEnv>,
    next: Next,
  ): Promise<Response | undefined> => {
    if (passed instanceof Response) return Promise.resolve(answer(c, passed))
    const { request, withheld, authenticated, finish } = passed
    if (request !== c.req.raw) {
      originalOf(c)
      c.req.raw = request
    }
    withholdFromNode(c.env, withheld)
    c.set('verifiedToken', authenticated.token)
    c.set('authInfo', authenticated.authInfo)
    c.set('parsedBody', authenticated.parsedBody)
    return finish === undefined ? (next() as Promise<undefined>) : finishAfter(c, next, finish)
  }
  return (c, next) => {
    const checked = checkWebRequest(guard, c.req.raw, {
      // If another middleware has read the body, Hono has cached it. The handler gets the cached body, so
      // this reads the same.
      read: () => (Object.keys(c.req.bodyCache).length > 0 ? () => c.req.arrayBuffer() : undefined),
      original: () => originalOf(c),
      connection: () => connectionOf(c.env),
      watch: (asked, decision) => watchOnNode(guard, c, asked, decision),
    })
    return isThenable(checked)
      ? checked.then((passed) => carryOut(passed, c, next))
      : carryOut(checked, c, next)
  }
}

async function finishAfter(
  c: Context,
  next: Next,
  finish: NonNullable<Passed['finish']>,
): Promise<undefined> {
  await next()
  const before = c.res
  const response = await finish(before)
  if (response !== before) replace(c, response)
}

function originalOf(c: Context): Request {
  const original = originals.get(c) ?? c.req.raw
  originals.set(c, original)
  return original
}

/**
 * Sets the response without changes. It clears the old response first, because Hono would copy its
 * headers.
 */
function replace(c: Context, response: Response): void {
  c.res = undefined
  c.res = response
}

async function answerEndpoint(c: Context, endpoint: Endpoint): Promise<Response> {
  const { bodyCache } = c.req
  // If another middleware has read the body, Hono has cached it. A cached form cannot become bytes again.
  const read =
    bodyCache.formData !== undefined
      ? async () => ({ parsed: fieldsOf(await c.req.formData()) })
      : async () => new Uint8Array(await c.req.arrayBuffer())
  const cached = Object.keys(bodyCache).length > 0
  return answer(c, await endpointResponse(endpoint, c.req.raw, cached ? read : undefined))
}

/** The fields of a form. A field that occurs several times is a list. */
function fieldsOf(form: FormData): Record<string, unknown> {
  const names = [...new Set(form.keys())]
  return Object.fromEntries(names.map((name) => [name, form.getAll(name)]))
}

/** Sends an answer. Headers that other middleware has set for every answer stay. */
function answer(c: Context, response: Response): Response {
  const headers = new Headers(c.res.headers)
  for (const [name, value] of response.headers) {
    headers.set(name, mergeField(name, value, headers.get(name)))
  }
  replace(c, new Response(response.body, { status: response.status, headers }))
  return c.res
}
