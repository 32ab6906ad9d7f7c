import fastify from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import { fastifyGate } from '../../../src/adapters/fastify.ts'
import { fetchGate } from '../../../src/adapters/fetch.ts'
import { mcpGate } from '../../../src/adapters/mcp-server.ts'
import type { RequestConnection } from '../../../src/http/resource-request.ts'
import { asHeader, makeCertificate } from '../../support/certificates.ts'
import { type Overrides, RESOURCE, signToken, testResourceServer } from '../../support/tokens.ts'

const certificate = makeCertificate({ name: 'client' })
const header = asHeader.rfc9440(certificate)
const token = await signToken({ claims: { cnf: { 'x5t#S256': certificate.thumbprint } } })
const plain = await signToken()
const PROXY = '10.0.0.7'
const HEADER_MODE: Overrides = {
  clientCertificate: { header: 'client-cert', format: 'rfc9440', trustedProxies: [PROXY] },
}

const request = (text: string) =>
  new Request(RESOURCE, {
    method: 'POST',
    headers: { authorization: `Bearer ${text}`, 'client-cert': header },
  })

/** What a runtime passes beside the request. */
interface Info {
  readonly address: string
}
const connection = (_request: Request, { address }: Info): RequestConnection => ({
  remoteAddress: address,
})
const gate = (options: Overrides = HEADER_MODE) =>
  fetchGate(
    testResourceServer(options),
    (passed, { authInfo }) =>
      Response.json([authInfo.extra.possession, passed.headers.get('client-cert')]),
    { connection },
  )

describe('fetchGate with the option connection', () => {
  it('RFC8705-1: trusts the header from a listed address, and from no other', async () => {
    const proxied = await gate()(request(token), { address: PROXY })
    expect(await proxied.json()).toEqual([['mtls'], header])
    expect((await gate()(request(token), { address: '10.0.0.8' })).status).toBe(401)
    const stranger = await gate()(request(plain), { address: '10.0.0.8' })
    expect(await stranger.json()).toEqual([[], null])
  })

  it('RFC8705-1: gives the certificate of the connection', async () => {
    const direct = fetchGate(testResourceServer(), () => new Response(null), {
      connection: () => ({ clientCertificate: () => certificate.der }),
    })
    expect((await direct(request(token))).status).toBe(200)
  })

  it('RFC8705-1: a function that fails is our failure, and only where it is needed', async () => {
    const failing = fetchGate(testResourceServer(HEADER_MODE), () => new Response(null), {
      connection() {
        throw new Error('no such thing')
      },
    })
    expect((await failing(request(token))).status).toBe(503)
    const headers = { authorization: `Bearer ${plain}` }
    expect((await failing(new Request(RESOURCE, { method: 'POST', headers }))).status).toBe(200)
  })

  it.each<[string, () => unknown]>([
    ['a promise', async () => ({ remoteAddress: PROXY, clientCertificate: () => certificate.der })],
    ['a promise that rejects', () => Promise.reject(new Error('late'))],
    ['a promise of the certificate', () => ({ clientCertificate: () => Promise.reject(1) })],
    ['null', () => null],
    ['a text', () => PROXY],
    ['PEM', () => ({ clientCertificate: () => certificate.cert })],
    ['a certificate object', () => ({ clientCertificate: () => ({ raw: certificate.der }) })],
  ])('RFC8705-1: %s is our failure, and the process goes on', async (_what, wrong) => {
    const rejected = vi.fn()
    process.on('unhandledRejection', rejected)
    for (const options of [HEADER_MODE, {}]) {
      const failing = fetchGate(testResourceServer(options), () => new Response(null), {
        connection: wrong as () => RequestConnection,
      })
      expect((await failing(request(token))).status).toBe(503)
    }
    await new Promise(setImmediate)
    process.off('unhandledRejection', rejected)
    expect(rejected).not.toHaveBeenCalled()
  })
})

describe('fetchGate without the option connection', () => {
  it('RFC8705-1: takes no other argument for the connection, and answers 503', async () => {
    const sniffing = fetchGate(testResourceServer(HEADER_MODE), (passed) =>
      Response.json(passed.headers.get('client-cert')),
    ) as (request: Request, ...more: unknown[]) => Promise<Response>
    const environment = { remoteAddress: PROXY }
    expect((await sniffing(request(token), environment)).status).toBe(503)
    expect(await (await sniffing(request(plain), environment)).json()).toBeNull()
  })
})

describe('mcpGate', () => {
  it('RFC8705-1: takes the connection too', async () => {
    const passes = mcpGate(testResourceServer(HEADER_MODE), { connection })
    expect(await passes(request(token), { address: PROXY })).toMatchObject({
      extra: { possession: ['mtls'] },
    })
    expect(await passes(request(token), { address: '::1' })).toMatchObject({ status: 401 })
  })
})

describe('a framework whose test requests have no real socket', () => {
  it('RFC8705-1: works, and has no certificate', async () => {
    const app = fastify()
    app.register(fastifyGate, { resourceServer: testResourceServer() })
    app.post('/mcp', async (asked) => asked.authInfo?.extra.possession)
    const inject = (text: string) =>
      app.inject({ method: 'POST', url: '/mcp', headers: { authorization: `Bearer ${text}` } })
    expect((await inject(plain)).json()).toEqual([])
    expect((await inject(token)).statusCode).toBe(401)
  })
})
