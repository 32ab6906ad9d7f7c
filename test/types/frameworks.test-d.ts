import fastify, { type FastifyPluginAsync } from 'fastify'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { createResourceServer, type VerifiedToken } from 'mcp-resource-server'
import {
  type AuthInfo,
  fastifyEndpoints,
  fastifyGate,
  fastifyGuard,
} from 'mcp-resource-server/fastify'
import {
  honoEndpoints,
  honoGate,
  honoGuard,
  type ResourceServerEnv,
} from 'mcp-resource-server/hono'
import { describe, expectTypeOf, it } from 'vitest'

const resourceServer = createResourceServer({
  resource: 'https://mcp.example.com/mcp',
  authorizationServer: 'https://sso.example.com',
})

describe('the Fastify adapter', () => {
  it('gives plugins and hooks for servers of both versions of HTTP', () => {
    const onRequest = fastifyGuard(resourceServer, { requiredScopes: ['mcp:tools'] })
    const app = fastify({ logger: true })
    app.register(fastifyEndpoints, { resourceServer })
    app.register(fastifyGate, { resourceServer, requiredScopes: ['mcp:tools'] })
    app.post('/mcp', { onRequest }, async (request) => {
      expectTypeOf(request.verifiedToken).toEqualTypeOf<VerifiedToken | undefined>()
      expectTypeOf(request.authInfo).toEqualTypeOf<AuthInfo | undefined>()
    })
    app.addHook('onRequest', onRequest)
    app.addHook('preHandler', onRequest)

    const secure = fastify({ http2: true, https: {} })
    secure.register(fastifyEndpoints, { resourceServer })
    secure.register(fastifyGate, { resourceServer, policy: false })
    secure.post<{ Body: { id: string } }>('/mcp', { onRequest: [onRequest] }, async (request) => {
      expectTypeOf(request.verifiedToken).toEqualTypeOf<VerifiedToken | undefined>()
    })
  })

  it('is a plugin of Fastify, in a scope too', () => {
    const scope: FastifyPluginAsync = async (instance) => {
      instance.register(fastifyGate, { resourceServer })
    }
    fastify().register(scope, { prefix: '/mcp' })
    expectTypeOf(fastifyEndpoints).toExtend<
      FastifyPluginAsync<{ resourceServer: typeof resourceServer }>
    >()
  })

  it('refuses what is misspelt or left out', () => {
    // @ts-expect-error scopes
    fastifyGuard(resourceServer, { scope: ['mcp:tools'] })
    // @ts-expect-error resourceServer
    fastify().register(fastifyGate, {})
    // @ts-expect-error operations can only be switched off
    fastify().register(fastifyGate, { resourceServer, operations: true })
  })
})

describe('the Hono adapter', () => {
  it('gives middleware whose variables handlers find, typed', () => {
    const app = new Hono<ResourceServerEnv>()
    app.use(cors(), honoEndpoints(resourceServer), honoGate(resourceServer))
    app.post('/mcp', (c) => {
      expectTypeOf(c.get('verifiedToken')).toEqualTypeOf<VerifiedToken>()
      expectTypeOf(c.var.authInfo).toEqualTypeOf<AuthInfo>()
      expectTypeOf(c.get('parsedBody')).toEqualTypeOf<unknown>()
      return c.json({})
    })
  })

  it('types the variables of one route, and beside those of the application', () => {
    new Hono().get('/me', honoGuard(resourceServer), (c) => {
      expectTypeOf(c.get('verifiedToken')).toEqualTypeOf<VerifiedToken>()
      return c.text('')
    })
    const app = new Hono<{ Variables: { mine: number } }>()
    app.use(honoGate(resourceServer)).get('/me', (c) => {
      expectTypeOf(c.get('mine')).toEqualTypeOf<number>()
      expectTypeOf(c.get('verifiedToken')).toEqualTypeOf<VerifiedToken>()
      return c.text('')
    })
    new Hono().basePath('/api').route('/mcp', new Hono().use(honoGate(resourceServer)))
  })

  it('refuses a misspelt option', () => {
    // @ts-expect-error scopes
    honoGuard(resourceServer, { scope: ['mcp:tools'] })
  })
})
