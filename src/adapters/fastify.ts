import type { FastifyPluginAsync } from 'fastify'
import type { GuardOptions } from '../gate/options.ts'
import type { HttpAnswer } from '../http/http-answer.ts'
import { mergeField } from '../http/list-fields.ts'
import { adapterOf, type ResourceServerAdapter } from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { AuthInfo } from './auth-info.ts'
import { mountGuard } from './mounted-guard.ts'
import { belowAPath, hasEndpoints, recordEndpoints, seesMetadata } from './mounting.ts'
import { checkNodeRequest, endpointAnswer, toAnswer } from './node-exchange.ts'
import { type NodeRequest, type NodeResponse, targetOf } from './node-request.ts'

export type { AuthInfo } from './auth-info.ts'
export type { NodeRequest, NodeResponse } from './node-request.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The token that a guard of `mcp-resource-server` verified; `undefined` where no guard ran. */
    verifiedToken: VerifiedToken | undefined
    /** The same in the MCP SDKs' shape. Their transports find it in `request.raw.auth`. */
    authInfo: AuthInfo | undefined
  }
}

/** The part of a Fastify request that is used here, the same for every server and type provider. */
export interface GuardedFastifyRequest {
  readonly raw: NodeRequest
  readonly body?: unknown
  verifiedToken: VerifiedToken | undefined
  authInfo: AuthInfo | undefined
}

/** The part of a Fastify reply that is used here. */
export interface GuardedFastifyReply {
  readonly raw: NodeResponse
  code(status: number): unknown
  getHeader(name: string): unknown
  header(name: string, value: string): unknown
  send(payload?: Buffer): unknown
}

/** A hook for a route. */
export type FastifyGuard = (
  request: GuardedFastifyRequest,
  reply: GuardedFastifyReply,
) => Promise<unknown>

/** Options of {@link fastifyEndpoints}. */
export interface FastifyEndpointsOptions {
  readonly resourceServer: ResourceServer
}

/** Options of {@link fastifyGate}. Its scopes are needed beside those of the resource server. */
export interface FastifyGateOptions extends FastifyEndpointsOptions, GuardOptions {}

/**
 * The whole gate: answers the endpoints of the resource server, such as its metadata, and lets
 * through only requests with a good access token, before Fastify looks at their bodies.
 *
 * It guards **everything** of the scope that registers it: its routes, the scopes in it, routes that
 * were declared earlier, and, on the root, paths without a route. For public routes, register the
 * gate in a scope of its own, beside them.
 *
 * A gate in a scope with a prefix does not see requests for other paths. Clients look for the
 * metadata at the root of the host, so it needs {@link fastifyEndpoints} on the root; without it the
 * application does not start. The preflights of browsers (CORS) are answered where `OPTIONS` is a
 * route of the scope, and on the root always.
 *
 * @throws {TypeError} from `register`, when an option is wrong; from `ready` and `listen`, when it is
 * registered below a prefix and nothing answers the endpoints on the root
 *
 * @example
 * ```ts
 * import fastify from 'fastify'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { fastifyGate } from 'mcp-resource-server/fastify'
 *
 * const app = fastify()
 * app.register(fastifyGate, {
 *   resourceServer: createResourceServer({
 *     resource: 'https://mcp.example.com/mcp',
 *     authorizationServer: 'https://sso.example.com',
 *     requiredScopes: ['mcp:tools'],
 *   }),
 * })
 * app.get('/me', async (request) => ({ hello: request.verifiedToken?.subject }))
 * ```
 */
export const fastifyGate: FastifyPluginAsync<FastifyGateOptions> = inItsScope(
  'fastifyGate',
  async (scope, { resourceServer, ...options }: FastifyGateOptions) => {
    const adapter = adapterOf('fastifyGate', resourceServer)
    const guard = fastifyGuardOf('fastifyGate', resourceServer, options)
    if (scope.prefix === '') recordEndpoints(resourceServer)
    // Whether the root answers the endpoints is known once everything is registered.
    scope.addHook('onReady', async () => {
      if (hasEndpoints(resourceServer) || seesMetadata(resourceServer, scope.prefix)) return
      const why = belowAPath(resourceServer, 'fastifyGate', scope.prefix)
      throw new TypeError(`${why}; register fastifyEndpoints, with its resourceServer, on the root`)
    })
    for (const name of ['verifiedToken', 'authInfo']) {
      if (!scope.hasRequestDecorator(name)) scope.decorateRequest(name)
    }
    for (const path of scope.prefix === '' ? routesOf(adapter) : []) {
      if (scope.hasRoute({ method: 'GET', url: path })) continue
      // Where the scope is not the root, its hooks see only requests for its routes.
      scope.all(path, { schema: { hide: true } as object }, (_request, reply) =>
        reply.callNotFound(),
      )
    }
    scope.addHook('onRequest', async (request, reply) => {
      const endpoint = adapter.endpointFor(targetOf(request.raw))
      if (endpoint === undefined) return guard(request, reply)
      return answer(reply, await endpointAnswer(endpoint, request.raw))
    })
  },
)

/**
 * Only the endpoints of the resource server, such as its metadata. Register it on the root: clients
 * look for the metadata there.
 *
 * @example
 * ```ts
 * import fastify from 'fastify'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { fastifyEndpoints, fastifyGate } from 'mcp-resource-server/fastify'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 * })
 * const app = fastify()
 * app.register(fastifyEndpoints, { resourceServer })
 * app.get('/health', async () => 'fine')
 * app.register(
 *   async (mcp) => {
 *     mcp.register(fastifyGate, { resourceServer })
 *     mcp.post('/', async (request) => ({ hello: request.verifiedToken?.subject }))
 *   },
 *   { prefix: '/mcp' },
 * )
 * ```
 */
export const fastifyEndpoints: FastifyPluginAsync<FastifyEndpointsOptions> = inItsScope(
  'fastifyEndpoints',
  async (scope, { resourceServer }: FastifyEndpointsOptions) => {
    const adapter = adapterOf('fastifyEndpoints', resourceServer)
    if (scope.prefix === '') recordEndpoints(resourceServer)
    scope.addHook('onRequest', async (request, reply) => {
      const endpoint = adapter.endpointFor(targetOf(request.raw))
      if (endpoint === undefined) return undefined
      return answer(reply, await endpointAnswer(endpoint, request.raw))
    })
  },
)

/**
 * Only the guard, for one route, also behind {@link fastifyGate}. Use it as an `onRequest` hook: then
 * nothing reads a body before the request is checked.
 *
 * @param options scopes that this route needs, beside those of the resource server
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import fastify from 'fastify'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { fastifyGuard } from 'mcp-resource-server/fastify'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 * })
 * const app = fastify()
 * const onRequest = fastifyGuard(resourceServer, { requiredScopes: ['admin'], policy: false })
 * app.delete('/cache', { onRequest }, async () => 'emptied')
 * ```
 */
export function fastifyGuard(
  resourceServer: ResourceServer,
  options: GuardOptions = {},
): FastifyGuard {
  return fastifyGuardOf('fastifyGuard', resourceServer, options)
}

function fastifyGuardOf(
  where: string,
  resourceServer: ResourceServer,
  options: GuardOptions,
): FastifyGuard {
  const guard = mountGuard(where, resourceServer, options)
  return async (request, reply) => {
    const { raw } = request
    // The hook may run after Fastify has parsed the body, and the body may be `null`.
    const parsed = (): unknown => (request.body === undefined ? raw.body : request.body)
    const decision = await checkNodeRequest(guard, raw, reply.raw, parsed)
    if (decision.outcome !== 'allowed') return answer(reply, toAnswer(decision))
    // The raw response has them already, for hijacked replies. Fastify prefers what plugins have put
    // on the reply, so they are added to it as well.
    setHeaders(reply, decision.headers)
    request.verifiedToken = decision.token
    request.authInfo = guard.authInfo(decision)
    Object.assign(raw, { auth: request.authInfo })
    return undefined
  }
}

/** Answers through Fastify, so that its logs and the hooks of other plugins see the answer. */
function answer(reply: GuardedFastifyReply, { status, headers, body }: HttpAnswer): unknown {
  reply.code(status)
  setHeaders(reply, headers)
  // Bytes, because Fastify would serialize a string, or change its media type.
  reply.send(body === undefined ? undefined : Buffer.from(body))
  return reply
}

function setHeaders(reply: GuardedFastifyReply, headers: HttpAnswer['headers']): void {
  for (const [name, value] of Object.entries(headers)) {
    reply.header(name, mergeField(name, value, reply.getHeader(name)))
  }
}

/** Makes a plugin part of the scope that registers it, as `fastify-plugin` does. */
function inItsScope<Plugin extends object>(name: string, plugin: Plugin): Plugin {
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: name,
    [Symbol.for('plugin-meta')]: { name, fastify: '5.x' },
  })
}

/** The paths of the endpoints, without those in which a character has a meaning for Fastify's router. */
function routesOf({ endpoints }: ResourceServerAdapter): string[] {
  return endpoints.map(({ path }) => path).filter((path) => /^[\w\-./~]+$/.test(path))
}
