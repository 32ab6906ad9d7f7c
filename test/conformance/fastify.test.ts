import { Readable } from 'node:stream'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { fastifyEndpoints, fastifyGate, fastifyGuard } from '../../src/adapters/fastify.ts'
import type { ResourceServer } from '../../src/resource-server/resource-server.ts'
import { listenOnLoopback } from '../support/loopback.ts'
import { handlerCases } from './cases.ts'
import { type Adapter, routesOf, type ServerOptions } from './driver.ts'
import type { Echo } from './echo.ts'
import { answerNode } from './node-echo.ts'
import { describeConformance } from './suite.ts'

type Handler = (echo: Echo, request: FastifyRequest, reply: FastifyReply) => unknown

/** As handlers of Fastify answer. */
const throughReply: Handler = (echo, request, reply) => {
  const { method, headers, body: parsed, authInfo } = request
  const header = (name: string) => [headers[name]].flat()[0]
  const answer = echo.answer({ method, header, body: parsed ?? undefined, auth: authInfo })
  reply.code(answer.status).headers(answer.headers)
  const { body } = answer
  if (typeof body === 'string') return reply.send(body)
  const stream = new Readable({ read() {} })
  stream.once(
    'close',
    body((event) => stream.push(event)),
  )
  return reply.send(stream)
}

/** As the MCP SDKs' transports for Node answer. */
const hijacked: Handler = (echo, request, reply) => {
  reply.hijack()
  const { raw, body } = request
  const { auth } = raw as { auth?: unknown }
  return answerNode(echo, raw, reply.raw, { body: body ?? undefined, auth })
}

function makeApp(
  resourceServer: ResourceServer,
  echo: Echo,
  { bodyParserFirst }: ServerOptions,
  handler: Handler,
  http2: boolean,
) {
  const options = { bodyLimit: 20 * 1024 * 1024, exposeHeadRoutes: false }
  // The types of an HTTP/2 application are others, for nothing that matters here.
  const app = fastify(http2 ? ({ ...options, http2 } as typeof options) : options)
  // Fastify's own parser takes an absent body for a mistake.
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else parseJson(request, body as string, done)
  })
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined))
  if (bodyParserFirst) {
    app.register(fastifyEndpoints, { resourceServer })
    app.addHook('preValidation', fastifyGuard(resourceServer))
    app.all('/*', (request, reply) => handler(echo, request, reply))
    return app
  }
  for (const [path, of] of routesOf(resourceServer)) {
    app.register(async (scope) => {
      scope.register(fastifyGate, { resourceServer, ...of })
      scope.all(path, (request, reply) => handler(echo, request, reply))
    })
  }
  app.register(async (scope) => {
    scope.register(fastifyGate, { resourceServer })
    scope.all('/*', (request, reply) => handler(echo, request, reply))
  })
  return app
}

describeConformance(
  ...(
    [
      ['Fastify', throughReply, false],
      ['Fastify, reply hijacked', hijacked, false],
      ['Fastify, HTTP/2', throughReply, true],
    ] as const
  ).map(
    ([name, handler, http2]): Adapter => ({
      name,
      ...(http2 ? { protocol: 'h2' } : {}),
      ...(handler === hijacked ? { cases: handlerCases } : {}),
      canParseFirst: true,
      async listen(resourceServer, echo, options) {
        const app = makeApp(resourceServer, echo, options, handler, http2)
        await app.ready()
        return listenOnLoopback(app.server)
      },
    }),
  ),
)
