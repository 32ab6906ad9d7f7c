/**
 * Tokens that are bound to a client certificate, behind a real nginx and a real HAProxy with the
 * configuration that docs/sender-constraint.md shows.
 */
import { createServer } from 'node:http'
import { Agent } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeGate } from '../../src/adapters/node.ts'
import type { ClientCertificateFormat } from '../../src/sender-constraint/options.ts'
import { asHeader, makeCertificate, type TestCertificate } from '../support/certificates.ts'
import { listenOnLoopback } from '../support/loopback.ts'
import { askOverTls, type TlsCall } from '../support/tls-client.ts'
import { signToken, testResourceServer } from '../support/tokens.ts'
import { HAPROXY, NGINX, startProxy } from './support/run-proxy.ts'

const authority = makeCertificate({ name: 'authority', isAuthority: true })
const server = makeCertificate({ name: 'server', issuer: authority })
const own = makeCertificate({ name: 'client', issuer: authority })
const anothers = makeCertificate({ name: 'another client', issuer: authority })
const bound = (to: TestCertificate) => signToken({ claims: { cnf: { 'x5t#S256': to.thumbprint } } })
const token = await bound(own)
const plain = await signToken()

const refused = { status: 401, challenge: expect.stringContaining('error="invalid_token"') }
const allowed = (possession: readonly string[], header: string | null) => ({
  status: 200,
  body: { possession, header },
})

const toBase64 = (block: string) =>
  block.replace(':%[ssl_c_der,base64]:', () => '%[ssl_c_der,base64]')

describe.each([
  ['nginx', NGINX, 'escaped-pem', undefined],
  ['HAProxy', HAPROXY, 'rfc9440', undefined],
  ['HAProxy, without colons', HAPROXY, 'base64-der', toBase64],
] as const)('behind %s', (_name, kind, format: ClientCertificateFormat, change) => {
  let direct: number
  let proxied: number
  let stack: AsyncDisposableStack

  beforeAll(async () => {
    stack = new AsyncDisposableStack()
    const gate = testResourceServer({
      clientCertificate: { header: 'client-cert', format, trustedProxies: ['127.0.0.1'] },
    })
    const listener = nodeGate(gate, (request, response, { authInfo }) => {
      const header = request.headers['client-cert'] ?? null
      response.end(JSON.stringify({ possession: authInfo.extra.possession, header }))
    })
    const backend = await listenOnLoopback(createServer(listener))
    stack.defer(() => backend.close())
    const guide = 'docs/sender-constraint.md'
    const proxy = await startProxy(kind, backend.port, { server, authority }, { guide, change })
    stack.defer(() => proxy.close())
    direct = backend.port
    proxied = proxy.port
  })

  afterAll(() => stack.disposeAsync())

  const ask = (text: string, call: TlsCall = {}) =>
    askOverTls(proxied, text, { ca: authority.cert, ...call })
  const askDirectly = (text: string, call: TlsCall = {}) =>
    askOverTls(direct, text, { protocol: 'http:', ...call })
  const forged = { 'client-cert': asHeader[format](own) }

  it('RFC8705-1: 200 with the certificate of the token', async () => {
    const answer = await ask(token, { certificate: own })
    expect(answer).toMatchObject({ status: 200, body: { possession: ['mtls'] } })
    expect(answer.body).toMatchObject({ header: expect.stringContaining('MI') })
  })

  it('RFC8705-1: 200 also when the TLS session is resumed', async () => {
    const agent = new Agent({ maxCachedSessions: 10 })
    let last = await ask(token, { certificate: own, agent })
    for (let round = 0; round < 2; round += 1) last = await ask(token, { certificate: own, agent })
    expect(last).toMatchObject({ status: 200, body: { possession: ['mtls'] }, resumed: true })
  })

  it('RFC8705-1: 401 with the certificate of another client, and without one', async () => {
    expect(await ask(token, { certificate: anothers })).toMatchObject(refused)
    expect(await ask(token)).toMatchObject(refused)
  })

  it('RFC8705-1: the proxy replaces or removes the header that a client sends itself', async () => {
    for (const headers of [forged, { 'CLIENT-CERT': forged['client-cert'] }]) {
      expect(await ask(token, { headers })).toMatchObject(refused)
      expect(await ask(token, { headers, certificate: anothers })).toMatchObject(refused)
      expect(await ask(token, { headers, certificate: own })).toMatchObject({ status: 200 })
      expect(await ask(plain, { headers })).toMatchObject(allowed([], null))
    }
    const twice = { 'client-cert': [forged['client-cert'], forged['client-cert']] }
    expect(await ask(token, { headers: twice })).toMatchObject(refused)
  })

  it('RFC8705-1: around the proxy, from another address, the header is worth nothing', async () => {
    const stranger = {
      headers: { ...forged, 'x-forwarded-for': '127.0.0.1' },
      localAddress: '127.0.0.2',
    }
    expect(await askDirectly(token, stranger)).toMatchObject(refused)
    expect(await askDirectly(plain, stranger)).toMatchObject(allowed([], null))
    // The same request from the address of the proxy: what the list of addresses is for.
    expect(await askDirectly(token, { headers: forged })).toMatchObject({ status: 200 })
  })
})
