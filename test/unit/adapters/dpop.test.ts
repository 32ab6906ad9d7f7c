import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { describe, expect, it } from 'vitest'
import { expressGate, expressGuard } from '../../../src/adapters/express.ts'
import { fastifyGate, fastifyGuard } from '../../../src/adapters/fastify.ts'
import { fetchGate } from '../../../src/adapters/fetch.ts'
import { honoGate, honoGuard } from '../../../src/adapters/hono.ts'
import { mcpGate } from '../../../src/adapters/mcp-server.ts'
import { nodeGate } from '../../../src/adapters/node.ts'
import type { ResourceServer } from '../../../src/index.ts'
import { makeDpopKey, signProof } from '../../support/dpop.ts'
import { listenOnLoopback } from '../../support/loopback.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import { type Overrides, RESOURCE, signToken, testResourceServer } from '../../support/tokens.ts'

const key = await makeDpopKey()
const mallory = await makeDpopKey()
const token = await signToken({ claims: { cnf: { jkt: key.thumbprint } } })

type Send = (path: string, headers: Record<string, string>) => Promise<Response>

interface Application extends AsyncDisposable {
  readonly send: Send
}

const body = JSON.stringify(toolCall('read'))

async function onLoopback(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<Application> {
  const { port, close } = await listenOnLoopback(createServer(listener))
  return {
    send: (path, headers) =>
      fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body }),
    [Symbol.asyncDispose]: async () => void (await close()),
  }
}

const inProcess = (handle: (request: Request) => Response | Promise<Response>): Application => ({
  send: async (path, headers) =>
    handle(new Request(`http://127.0.0.1${path}`, { method: 'POST', headers, body })),
  [Symbol.asyncDispose]: async () => {},
})

const json = { 'content-type': 'application/json' }

/** Applications in which a request to `/base/admin` passes the gate and a guard. */
const applications: Record<string, (server: ResourceServer) => Promise<Application>> = {
  async Express(resourceServer) {
    const app = express()
    app.use(expressGate(resourceServer))
    const router = express.Router()
    router.use('/admin', expressGuard(resourceServer), (_request, response) => {
      response.send('through')
    })
    app.use('/base', router)
    return onLoopback(app)
  },
  async Fastify(resourceServer) {
    const app = fastify()
    app.register(fastifyGate, { resourceServer })
    app.register(
      async (scope) => {
        const onRequest = fastifyGuard(resourceServer)
        scope.post('/admin', { onRequest }, async () => 'through')
      },
      { prefix: '/base' },
    )
    await app.ready()
    return onLoopback((request, response) => app.routing(request, response))
  },
  async Hono(resourceServer) {
    const app = new Hono()
    app.use(honoGate(resourceServer))
    app.route(
      '/base',
      new Hono().post('/admin', honoGuard(resourceServer), (c) => c.text('through')),
    )
    return inProcess((request) => app.fetch(request))
  },
  async 'Hono, base path'(resourceServer) {
    const app = new Hono().basePath('/base')
    app.use('*', honoGuard(resourceServer))
    app.post('/admin', honoGuard(resourceServer), (c) => c.text('through'))
    return inProcess((request) => app.fetch(request))
  },
  async 'Hono, and middleware that replaces the request'(resourceServer) {
    const app = new Hono()
    app.use(honoGate(resourceServer), bodyLimit({ maxSize: 10_000 }))
    app.post('/base/admin', honoGuard(resourceServer), (c) => c.text('through'))
    return inProcess((request) => app.fetch(request))
  },
  async fetch(resourceServer) {
    const inner = fetchGate(resourceServer, () => new Response('through'))
    return inProcess(fetchGate(resourceServer, (request) => inner(request)))
  },
  async 'node:http'(resourceServer) {
    const inner = nodeGate(resourceServer, (_request, response) => response.end('through'))
    return onLoopback(nodeGate(resourceServer, (request, response) => inner(request, response)))
  },
}

const policies: [string, Overrides][] = [
  ['no policy', {}],
  ['a policy, which reads the body', { policy: { tools: { read: 'allow' } } }],
]

describe.each(Object.entries(applications))(
  '%s: a request passes a gate and a guard',
  (_name, make) => {
    const PATH = '/base/admin?q=1'
    const url = 'https://mcp.example.com/base/admin'

    it.each(policies)(
      'RFC9449-1 RFC9449-5: one proof is enough for both, for the path as it was sent; with %s',
      async (_policy, options) => {
        await using app = await make(testResourceServer(options))
        const dpop = await signProof(key, { token, url })
        const headers = { authorization: `DPoP ${token}`, dpop, ...json }
        const first = await app.send(PATH, headers)
        expect([first.status, await first.text()]).toEqual([200, 'through'])
        // Another request with the same proof is a replay.
        expect((await app.send(PATH, headers)).status).toBe(401)
      },
    )

    it('RFC9449-5: a proof for the path inside the router is refused', async () => {
      await using app = await make(testResourceServer())
      const dpop = await signProof(key, { token, url: 'https://mcp.example.com/admin' })
      const headers = { authorization: `DPoP ${token}`, dpop, ...json }
      expect((await app.send(PATH, headers)).status).toBe(401)
    })

    it('RFC9449-1: a proof of another key is refused, and the handler is not reached', async () => {
      await using app = await make(testResourceServer())
      const dpop = await signProof(mallory, { token, url })
      const refused = await app.send(PATH, { authorization: `DPoP ${token}`, dpop, ...json })
      expect(refused.status).toBe(401)
      expect(await refused.text()).not.toContain('through')
    })
  },
)

describe('mcpGate', () => {
  const ask = async (gate: ReturnType<typeof mcpGate>, proof: string) =>
    gate(
      new Request(RESOURCE, {
        method: 'POST',
        headers: { authorization: `DPoP ${token}`, dpop: proof },
      }),
    )

  it('RFC9449-1: returns authInfo of a proved caller, and says how it was proved', async () => {
    const gate = mcpGate(testResourceServer())
    const proof = await signProof(key, { token })
    expect(await ask(gate, proof)).toMatchObject({
      token,
      extra: { subject: 'alice', possession: ['dpop'] },
    })
    expect(await ask(gate, proof)).toMatchObject({ status: 401 })
  })

  it('RFC9449-1: one proof is enough for it and a gate around it', async () => {
    const server = testResourceServer()
    const inner = mcpGate(server)
    const outer = fetchGate(server, async (request) => {
      const found = await inner(request)
      return found instanceof Response ? found : Response.json(found.extra.possession)
    })
    const dpop = await signProof(key, { token })
    const headers = { authorization: `DPoP ${token}`, dpop }
    const send = () => outer(new Request(RESOURCE, { method: 'POST', headers, body }))
    expect(await (await send()).json()).toEqual(['dpop'])
    expect((await send()).status).toBe(401)
  })

  it('RFC9449-3: asks for a nonce, and exposes it to browsers', async () => {
    const gate = mcpGate(testResourceServer({ dpop: { nonce: 'required' } }))
    const refused = await ask(gate, await signProof(key, { token }))
    if (!(refused instanceof Response)) expect.fail('not refused')
    const nonce = refused.headers.get('dpop-nonce')
    expect(refused.headers.get('www-authenticate')).toContain('DPoP error="use_dpop_nonce"')
    expect(refused.headers.get('access-control-expose-headers')).toContain('DPoP-Nonce')
    expect(await ask(gate, await signProof(key, { token, claims: { nonce } }))).toMatchObject({
      extra: { possession: ['dpop'] },
    })
  })
})
