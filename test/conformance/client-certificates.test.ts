/**
 * Tokens that are bound to a client certificate, at real TLS servers: every framework that runs on Node
 * must find the certificate and the address of the connection.
 */
import { connect, createSecureServer } from 'node:http2'
import { Agent, createServer } from 'node:https'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { expressGate } from '../../src/adapters/express.ts'
import { fastifyGate } from '../../src/adapters/fastify.ts'
import { honoGate, type ResourceServerEnv } from '../../src/adapters/hono.ts'
import { nodeGate } from '../../src/adapters/node.ts'
import type { ResourceServer } from '../../src/resource-server/resource-server.ts'
import { asHeader, makeCertificate, type TestCertificate } from '../support/certificates.ts'
import { listenDuringTest } from '../support/loopback.ts'
import { askOverTls, type TlsCall } from '../support/tls-client.ts'
import { type Overrides, signToken, testResourceServer } from '../support/tokens.ts'

const authority = makeCertificate({ name: 'authority', isAuthority: true })
const server = makeCertificate({ name: 'server', issuer: authority })
const own = makeCertificate({ name: 'client', issuer: authority })
const anothers = makeCertificate({ name: 'another client', issuer: authority })
const selfSigned = makeCertificate({ name: 'client' })
const bound = (to: TestCertificate) => signToken({ claims: { cnf: { 'x5t#S256': to.thumbprint } } })
const token = await bound(own)
const plain = await signToken()

interface TlsOptions {
  readonly cert: string
  readonly key: string
  readonly ca: string
  readonly requestCert: boolean
  readonly rejectUnauthorized: boolean
}

const tls = (rejectUnauthorized = false): TlsOptions => ({
  cert: server.cert,
  key: server.key,
  ca: authority.cert,
  requestCert: true,
  rejectUnauthorized,
})

/** What a handler sees: how the caller proved possession, and the header of the proxy. */
const seen = (possession: unknown, header: unknown) => ({ possession, header: header ?? null })
const possessionOf = (auth: unknown) =>
  (auth as { extra?: { possession?: unknown } }).extra?.possession

type Listen = (gate: ResourceServer, options: TlsOptions) => Promise<number>

const EXPRESS =
  (framework: typeof express): Listen =>
  async (gate, options) => {
    const app = framework()
    // What Express makes of X-Forwarded-For must not matter.
    app.set('trust proxy', true)
    app.use(expressGate(gate))
    app.use((request, response) => {
      const { auth } = request as { auth?: unknown }
      response.json(seen(possessionOf(auth), request.headers['client-cert']))
    })
    return (await listenDuringTest(createServer(options, app))).port
  }

const LISTEN: Readonly<Record<string, Listen>> = {
  'node:https': async (gate, options) => {
    const listener = nodeGate(gate, (request, response) => {
      response.end(JSON.stringify(seen(possessionOf(request.auth), request.headers['client-cert'])))
    })
    return (await listenDuringTest(createServer(options, listener))).port
  },
  'node:http2': async (gate, options) => {
    const listener = nodeGate(gate, (request, response) => {
      response.end(JSON.stringify(seen(possessionOf(request.auth), request.headers['client-cert'])))
    })
    const h2 = createSecureServer({ ...options, allowHTTP1: true }, listener as never)
    return (await listenDuringTest(h2)).port
  },
  'Express 5': EXPRESS(express),
  'Express 4': EXPRESS(express4 as unknown as typeof express),
  Fastify: async (gate, options) => {
    const app = fastify({ https: options, trustProxy: true })
    app.register(fastifyGate, { resourceServer: gate })
    app.all('/*', async (request) =>
      seen(possessionOf(request.authInfo), request.headers['client-cert']),
    )
    await app.ready()
    return (await listenDuringTest(app.server)).port
  },
  Hono: async (gate, options) => {
    const app = new Hono<ResourceServerEnv>()
    app.use(honoGate(gate))
    app.all('*', (c) => c.json(seen(possessionOf(c.get('authInfo')), c.req.header('client-cert'))))
    const adaptor = createAdaptorServer({
      fetch: app.fetch,
      createServer,
      serverOptions: options,
      overrideGlobalObjects: false,
    })
    return (await listenDuringTest(adaptor as never)).port
  },
}

const ask = (port: number, token: string, call: TlsCall = {}) =>
  askOverTls(port, token, { ca: authority.cert, ...call })

const allowed = (possession: readonly string[], header: string | null = null) => ({
  status: 200,
  body: { possession, header },
})
const refused = { status: 401, challenge: expect.stringContaining('error="invalid_token"') }

const PROXY = '127.0.0.2'
const HEADER_MODE: Overrides = {
  clientCertificate: { header: 'client-cert', format: 'rfc9440', trustedProxies: [PROXY] },
}

describe.each(Object.entries(LISTEN))('%s', (_name, listen) => {
  it('RFC8705-1: 200 with the certificate of the token, 401 with another or none', async () => {
    const port = await listen(testResourceServer(), tls())
    expect(await ask(port, token, { certificate: own })).toMatchObject(allowed(['mtls']))
    expect(await ask(port, token, { certificate: anothers })).toMatchObject(refused)
    expect(await ask(port, token, { certificate: selfSigned })).toMatchObject(refused)
    expect(await ask(port, token)).toMatchObject(refused)
    expect(await ask(port, plain)).toMatchObject(allowed([]))
    const self = await bound(selfSigned)
    expect(await ask(port, self, { certificate: selfSigned })).toMatchObject(allowed(['mtls']))
  })

  it('RFC8705-1: without the option `clientCertificate`, a certificate in a header is ignored', async () => {
    const port = await listen(testResourceServer(), tls())
    const headers = { 'client-cert': asHeader.rfc9440(own) }
    expect(await ask(port, token, { headers })).toMatchObject(refused)
  })

  it('RFC8705-1: the header is accepted from a listed address only', async () => {
    const port = await listen(testResourceServer(HEADER_MODE), tls())
    const header = asHeader.rfc9440(own)
    const headers = { 'client-cert': header, 'x-forwarded-for': PROXY }
    const fromProxy = { headers, localAddress: PROXY }
    expect(await ask(port, token, fromProxy)).toMatchObject(allowed(['mtls'], header))
    expect(await ask(port, token, { headers })).toMatchObject(refused)
    expect(await ask(port, token, { certificate: own })).toMatchObject(refused)
    expect(await ask(port, plain, fromProxy)).toMatchObject(allowed([], header))
    // The handler does not see what a stranger sends.
    expect(await ask(port, plain, { headers })).toMatchObject(allowed([]))
  })
})

describe('a TLS server', () => {
  const { 'node:https': https, 'node:http2': http2 } = LISTEN as Record<string, Listen> & {
    'node:https': Listen
    'node:http2': Listen
  }

  it('RFC8705-1: that refuses unknown certificates refuses them before the gate', async () => {
    const port = await https(testResourceServer(), tls(true))
    expect(await ask(port, token, { certificate: own })).toMatchObject(allowed(['mtls']))
    await expect(ask(port, token, { certificate: selfSigned })).rejects.toThrow()
    await expect(ask(port, token)).rejects.toThrow()
  })

  it('RFC8705-1: remembers the certificate of a resumed session', async () => {
    const port = await https(testResourceServer(), tls())
    const agent = new Agent({ maxCachedSessions: 10 })
    const answers = []
    for (let round = 0; round < 3; round += 1) {
      answers.push(await ask(port, token, { certificate: own, agent }))
    }
    expect(answers.at(-1)).toMatchObject({ ...allowed(['mtls']), resumed: true })
  })

  it('RFC8705-1: gives every request on a connection of HTTP/2 the certificate', async () => {
    const port = await http2(testResourceServer(), tls())
    for (const [certificate, status] of [
      [own, 200],
      [anothers, 401],
    ] as const) {
      const session = connect(`https://127.0.0.1:${port}`, { ca: authority.cert, ...certificate })
      for (let round = 0; round < 2; round += 1) {
        const stream = session.request({
          ':method': 'POST',
          ':path': '/mcp',
          authorization: `Bearer ${token}`,
        })
        const got = new Promise((resolve) =>
          stream.on('response', (headers) => resolve(headers[':status'])),
        )
        stream.resume().end()
        expect(await got).toBe(status)
      }
      session.close()
    }
  })
})
