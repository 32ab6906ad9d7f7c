import type { FastifyPluginAsync } from 'fastify'
import type { Decision } from '../gate/decision.ts'
import type { GuardOptions } from '../gate/options.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { type HttpAnswer, NO_HEADERS } from '../http/http-answer.ts'
import { mergeField } from '../http/list-fields.ts'
import { adapterOf, type ResourceServerAdapter } from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { isThenable } from '../storage/maybe-promise.ts'
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
    /**
     * The verified token of the request; `undefined` when no guard of `mcp-resource-server` has checked
     * the request.
     */
    verifiedToken: VerifiedToken | undefined
    /** The caller, in the type of the MCP SDKs. Their transports read it from `request.raw.auth`. */
    authInfo: AuthInfo | undefined
  }
}

/**
 * The part of a Fastify request that this package uses. It does not depend on the server type or the
 * type provider.
 */
export interface GuardedFastifyRequest {
  readonly raw: NodeRequest
  readonly body?: unknown
  verifiedToken: VerifiedToken | undefined
  authInfo: AuthInfo | undefined
}

/** The part of a Fastify reply that this package uses. */
export interface GuardedFastifyReply {
  /** The response of `node:http`. */
  readonly raw: NodeResponse
  /** Sets the status. */
  code(status: number): unknown
  /** Returns a header field that was set. */
  getHeader(name: string): unknown
  /** Sets a header field. */
  header(name: string, value: string): unknown
  /** Sends the response. */
  send(payload?: Buffer): unknown
}

/**
 * An `onRequest` hook that guards a route. If its last argument is the function `done`, it calls `done` for an
 * allowed request. Without `done`, it returns a promise. It has sent an answer to a request that is not allowed.
 */
export type FastifyGuard = (
  request: GuardedFastifyRequest,
  reply: GuardedFastifyReply,
  ...rest: readonly unknown[]
) => Promise<unknown> | undefined

/** Options of {@link fastifyEndpoints}. */
export interface FastifyEndpointsOptions {
  readonly resourceServer: ResourceServer
}

/**
 * Options of {@link fastifyGate}. `requiredScopes` are needed in addition to those of the resource
 * server.
 */
export interface FastifyGateOptions extends FastifyEndpointsOptions, GuardOptions {}

/**
 * A plugin that is the whole gate: it answers the endpoints of the resource server, such as its
 * metadata, and it lets only requests with a valid access token pass. It checks a request before
 * Fastify reads the body.
 *
 * It guards **everything** in the Fastify scope that registers it: all routes, also routes that were
 * declared earlier, and all child scopes. On the root, it also guards paths without a route. To have
 * public routes, register the gate in a child scope, and declare the public routes outside of that
 * scope.
 *
 * In a scope with a prefix, the gate gets only requests below the prefix. But clients look for the
 * metadata at the root of the host. So also register {@link fastifyEndpoints} on the root; without it,
 * the application does not start. On the root, the gate answers all preflight requests of browsers
 * (CORS). In a scope with a prefix, it answers them only for paths that have an `OPTIONS` route.
 *
 * @throws {TypeError} from `register`, when an option is wrong; from `ready` and `listen`, when the
 * gate is in a scope with a prefix and nothing answers the endpoints on the root
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
    // Another plugin may answer the endpoints on the root, so this is checked after all plugins are
    // registered.
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
      // In a scope that is not the root, hooks run only for requests that match a route of the scope.
      // So the endpoints need routes.
      scope.all(path, { schema: { hide: true } as object }, (_request, reply) =>
        reply.callNotFound(),
      )
    }
    scope.addHook('onRequest', (request, reply, done) => {
      const endpoint = adapter.endpointFor(targetOf(request.raw))
      return endpoint === undefined
        ? guard(request, reply, done)
        : answerEndpoint(reply, endpoint, request.raw)
    })
  },
)

/**
 * A plugin that answers only the endpoints of the resource server, such as its metadata. Register it on
 * the root, because clients look for the metadata there.
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
    scope.addHook('onRequest', (request, reply, done) => {
      const endpoint = adapter.endpointFor(targetOf(request.raw))
      if (endpoint !== undefined) return answerEndpoint(reply, endpoint, request.raw)
      done()
      return undefined
    })
  },
)

/**
 * Makes a hook that is only the guard, for one route. It also works behind {@link fastifyGate}. Use the
 * hook as `onRequest`, so that nothing reads the body before the request has been checked.
 *
 * @param options scopes that this route needs, in addition to those of the resource server
 * @throws {TypeError} names the option that is wrong
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
  const carryOut = (
    decision: Decision,
    request: GuardedFastifyRequest,
    reply: GuardedFastifyReply,
  ): unknown => {
    if (decision.outcome !== 'allowed') return answer(reply, toAnswer(decision))
    // The raw response already has these headers, for hijacked replies. Fastify replaces them with
    // headers of the reply, so the reply gets them too.
    setHeaders(reply, decision.headers)
    request.verifiedToken = decision.token
    request.authInfo = guard.authInfo(decision)
    Object.assign(request.raw, { auth: request.authInfo })
    return undefined
  }
  return (request, reply, ...rest) => {
    const { raw } = request
    // If the hook runs later than `onRequest`, Fastify has already parsed the body, which may be
    // `null`.
    const parsed = (): unknown => (request.body === undefined ? raw.body : request.body)
    const checked = checkNodeRequest(guard, raw, reply.raw, parsed)
    const done = rest.at(-1)
    if (typeof done !== 'function') {
      // Fastify notices by itself that an answer was sent before the promise is fulfilled.
      return Promise.resolve(checked).then((decision) => carryOut(decision, request, reply))
    }
    const isAllowed = (decision: Decision): boolean =>
      carryOut(decision, request, reply) === undefined
    const goOn = (allowed: boolean): void => {
      if (allowed) done()
    }
    // A hook may call the guard without returning its promise. So `done` is called, also after a wait.
    if (isThenable(checked)) checked.then(isAllowed).then(goOn, (error) => done(error))
    else goOn(isAllowed(checked))
    return undefined
  }
}

async function answerEndpoint(
  reply: GuardedFastifyReply,
  endpoint: Endpoint,
  request: NodeRequest,
): Promise<unknown> {
  return answer(reply, await endpointAnswer(endpoint, request))
}

/** Sends an answer through Fastify, so that its logs and the hooks of other plugins see the answer. */
function answer(reply: GuardedFastifyReply, { status, headers, body }: HttpAnswer): unknown {
  reply.code(status)
  setHeaders(reply, headers)
  // The body is sent as bytes, because Fastify might serialize a string, or change its media type.
  reply.send(body === undefined ? undefined : Buffer.from(body))
  return reply
}

function setHeaders(reply: GuardedFastifyReply, headers: HttpAnswer['headers']): void {
  if (headers === NO_HEADERS) return
  for (const [name, value] of Object.entries(headers)) {
    reply.header(name, mergeField(name, value, reply.getHeader(name)))
  }
}

/** Marks a plugin so that Fastify does not make a child scope for it. `fastify-plugin` does the same. */
function inItsScope<Plugin extends object>(name: string, plugin: Plugin): Plugin {
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: name,
    [Symbol.for('plugin-meta')]: { name, fastify: '5.x' },
  })
}

/**
 * The paths of the endpoints. It leaves out paths with characters that have a special meaning for
 * Fastify's router.
 */
function routesOf({ endpoints }: ResourceServerAdapter): string[] {
  return endpoints.map(({ path }) => path).filter((path) => /^[\w\-./~]+$/.test(path))
}
