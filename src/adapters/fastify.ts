import type { FastifyPluginAsync } from 'fastify'
import { allowedToken } from '../gate/credentials.ts'
import type { HttpAnswer } from '../metadata/document-answer.ts'
import { assertOptions } from '../options/check-options.ts'
import { authenticateOptionsSchema } from '../options/schemas.ts'
import type { GuardOptions, ResourceServer } from '../resource-server/resource-server.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { type AuthInfo, toAuthInfo } from './auth-info.ts'
import { withExisting } from './list-headers.ts'
import { answersDocuments, belowAPath, documentsAnswered, seesDocument } from './mounting.ts'
import {
  documentFor,
  judge,
  type NodeRequest,
  type NodeResponse,
  toAnswer,
} from './node-exchange.ts'
import { assertResourceServer } from './require-resource-server.ts'

export type { AuthInfo } from './auth-info.ts'
export type { NodeRequest, NodeResponse } from './node-exchange.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The token that a guard of `mcp-resource-server` verified; `undefined` where none ran. */
    verifiedToken: VerifiedToken | undefined
    /** The same in the MCP SDKs' shape, as their transports find it in `request.raw.auth`. */
    authInfo: AuthInfo | undefined
  }
}

/** A request of Fastify, of whatever server and type provider, as far as it matters here. */
export interface GuardedFastifyRequest {
  readonly raw: NodeRequest
  readonly body?: unknown
  verifiedToken: VerifiedToken | undefined
  authInfo: AuthInfo | undefined
}

/** Its reply. */
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

/** Options of {@link fastifyGate}: scopes are those beside the resource server's own. */
export interface FastifyGateOptions extends FastifyEndpointsOptions, GuardOptions {}

/**
 * The whole gate: answers the well-known documents and lets through only requests with a good
 * access token, before Fastify looks at their bodies.
 *
 * It guards **everything** of the scope that registers it: its routes, the scopes in it, and, on the
 * root, paths that are no route; also what was declared earlier. Where something is to be public,
 * register it in a scope of its own, beside the public routes.
 *
 * In a scope with a prefix it does not see requests for other paths. There the documents, which
 * clients look for at the root of the host, need {@link fastifyEndpoints} on the root (without it the
 * application does not start); so do those
 * mirrored from the authorization server in every scope but the root. A browser's question before a
 * request (CORS) is answered where `OPTIONS` is a route of the scope, and on the root always.
 *
 * @throws {TypeError} from `register`, when an option is wrong; from `ready` and `listen`, when it is
 * registered below a prefix and nothing answers for the documents on the root
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
export const fastifyGate: FastifyPluginAsync<FastifyGateOptions> = ofItsScope(
  'fastifyGate',
  async (scope, { resourceServer, ...options }: FastifyGateOptions) => {
    const guard = makeGuard('fastifyGate', resourceServer, options)
    if (scope.prefix === '') answersDocuments(resourceServer)
    // Whether they are answered for on the root is known once everything is registered.
    scope.addHook('onReady', async () => {
      if (documentsAnswered(resourceServer) || seesDocument(resourceServer, scope.prefix)) return
      const why = belowAPath(resourceServer, 'fastifyGate', scope.prefix)
      throw new TypeError(`${why}; register fastifyEndpoints, with its resourceServer, on the root`)
    })
    for (const name of ['verifiedToken', 'authInfo']) {
      if (!scope.hasRequestDecorator(name)) scope.decorateRequest(name)
    }
    for (const path of scope.prefix === '' ? documentPaths(resourceServer) : []) {
      if (scope.hasRoute({ method: 'GET', url: path })) continue
      // Only so the hook gets to see these requests when the scope is not the root.
      scope.all(path, { schema: { hide: true } as object }, (_request, reply) =>
        reply.callNotFound(),
      )
    }
    scope.addHook('onRequest', async (request, reply) => {
      const document = await documentFor(resourceServer, request.raw)
      return document === undefined ? guard(request, reply) : answer(reply, document)
    })
  },
)

/**
 * Only the well-known documents. To be registered on the root, for that is where clients look for
 * them.
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
export const fastifyEndpoints: FastifyPluginAsync<FastifyEndpointsOptions> = ofItsScope(
  'fastifyEndpoints',
  async (scope, { resourceServer }: FastifyEndpointsOptions) => {
    assertResourceServer('fastifyEndpoints', resourceServer)
    if (scope.prefix === '') answersDocuments(resourceServer)
    scope.addHook('onRequest', async (request, reply) => {
      const document = await documentFor(resourceServer, request.raw)
      return document === undefined ? undefined : answer(reply, document)
    })
  },
)

/**
 * Only the guard, for one route, also behind {@link fastifyGate}. An `onRequest` hook, so
 * that nothing is done with a body before the request is judged.
 *
 * @param options scopes that this route needs beside those of the resource server
 * @throws {TypeError} when a scope is none
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
  return makeGuard('fastifyGuard', resourceServer, options)
}

function makeGuard(
  where: string,
  resourceServer: ResourceServer,
  options: GuardOptions,
): FastifyGuard {
  assertResourceServer(where, resourceServer)
  assertOptions(where, authenticateOptionsSchema, options)
  return async (request, reply) => {
    const { raw } = request
    // Also right as a hook that runs after Fastify has parsed the body, which may be `null`.
    const parsed = (): unknown => (request.body === undefined ? raw.body : request.body)
    const decision = await judge(resourceServer, raw, reply.raw, options, parsed)
    if (decision.outcome !== 'allowed') return answer(reply, toAnswer(decision))
    // They are on the raw response already, where a hijacked reply needs them; but what other
    // plugins have put on the reply would win over that.
    setHeaders(reply, decision.headers)
    const { token } = decision
    request.verifiedToken = token
    request.authInfo = toAuthInfo(token, allowedToken(raw.headers), resourceServer)
    Object.assign(raw, { auth: request.authInfo })
    return undefined
  }
}

/** By way of Fastify, so that its logs and the hooks of other plugins see the answer. */
function answer(reply: GuardedFastifyReply, { status, headers, body }: HttpAnswer): unknown {
  reply.code(status)
  setHeaders(reply, headers)
  // As bytes: a string it would serialize, or change the media type of.
  reply.send(body === undefined ? undefined : Buffer.from(body))
  return reply
}

function setHeaders(reply: GuardedFastifyReply, headers: HttpAnswer['headers']): void {
  for (const [name, value] of Object.entries(headers)) {
    reply.header(name, withExisting(name, value, reply.getHeader(name)))
  }
}

/** What `fastify-plugin` does: the plugin is of the scope that registers it, not of one below. */
function ofItsScope<Plugin extends object>(name: string, plugin: Plugin): Plugin {
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: name,
    [Symbol.for('plugin-meta')]: { name, fastify: '5.x' },
  })
}

/** As routes: those in which nothing means anything to Fastify's router. */
function documentPaths({ metadataUrl }: ResourceServer): string[] {
  const { pathname } = new URL(metadataUrl)
  const paths = [pathname, '/.well-known/oauth-protected-resource']
  return [...new Set(paths)].filter((path) => /^[\w\-./~]+$/.test(path))
}
