/** A gate behind a real nginx and a real HAProxy, with the configuration that docs/behind-a-proxy.md shows. */
import { createServer } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeGate } from '../../src/adapters/node.ts'
import { makeCertificate } from '../support/certificates.ts'
import { challengesOf } from '../support/challenges.ts'
import { makeDpopKey, signProof } from '../support/dpop.ts'
import { listenOnLoopback } from '../support/loopback.ts'
import { METADATA_URL, RESOURCE, signToken, testResourceServer } from '../support/tokens.ts'
import { HAPROXY, NGINX, startProxy } from './support/run-proxy.ts'

const authority = makeCertificate({ name: 'authority', isAuthority: true })
const server = makeCertificate({ name: 'server', issuer: authority })
const token = await signToken()
const dpop = await makeDpopKey()
const bound = await signToken({ claims: { cnf: { jkt: dpop.thumbprint } } })

const PATHS_OF_METADATA = [
  '/.well-known/oauth-protected-resource/mcp',
  '/.well-known/oauth-protected-resource',
]

describe.each([
  ['nginx', NGINX],
  ['HAProxy', HAPROXY],
] as const)('behind %s', (_name, kind) => {
  let port: number
  let stack: AsyncDisposableStack

  beforeAll(async () => {
    stack = new AsyncDisposableStack()
    const gate = testResourceServer({
      requiredScopes: ['mcp:tools'],
      allowedOrigins: ['https://app.example.com'],
    })
    const listener = nodeGate(gate, (request, response) => {
      if (request.method !== 'GET') return response.end(request.url)
      return response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    })
    const backend = await listenOnLoopback(createServer(listener))
    stack.defer(() => backend.close())
    const guide = 'docs/behind-a-proxy.md'
    const proxy = await startProxy(kind, backend.port, { server, authority }, { guide })
    stack.defer(() => proxy.close())
    port = proxy.port
  })

  afterAll(() => stack.disposeAsync())

  const ask = (options: RequestOptions = {}, until: 'end' | 'data' = 'end') =>
    new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
      (resolve, reject) => {
        const to = {
          host: '127.0.0.1',
          servername: 'localhost',
          port,
          path: '/mcp',
          method: 'POST',
        }
        const sent = httpsRequest(
          { ...to, agent: false, ca: authority.cert, ...options },
          (answer) => {
            let text = ''
            const finish = () => {
              resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text })
              answer.destroy()
            }
            answer.setEncoding('utf8').on('data', (chunk) => {
              text += chunk
              if (until === 'data') finish()
            })
            answer.on('end', finish)
          },
        )
        sent.on('error', reject).end()
      },
    )
  const authorization = `Bearer ${token}`

  it('S1.9: both challenges arrive, and name the public address, whatever the caller writes', async () => {
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.example',
    }
    const { status, headers: answered } = await ask({ headers })
    expect(status).toBe(401)
    expect(answered['www-authenticate']).toBe(
      challengesOf({ scope: 'mcp:tools', metadataUrl: METADATA_URL }),
    )
  })

  it.each(PATHS_OF_METADATA)('RFC9728-3: the metadata document arrives at %s', async (path) => {
    const { status, text } = await ask({ path, method: 'GET' })
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ resource: RESOURCE })
  })

  it('a good token passes, and addresses beside the server are not found', async () => {
    const headers = { authorization }
    expect(await ask({ headers })).toMatchObject({ status: 200, text: '/mcp' })
    expect(await ask({ headers, path: '/mcp/x' })).toMatchObject({ status: 200, text: '/mcp/x' })
    expect((await ask({ headers, path: '/mcpx' })).status).toBe(404)
  })

  it('S1.8: a preflight and its headers pass, once each', async () => {
    const headers = {
      origin: 'https://app.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    }
    const { status, headers: answered } = await ask({ method: 'OPTIONS', headers })
    expect(status).toBe(204)
    expect(answered['access-control-allow-origin']).toBe('https://app.example.com')
  })

  it('a stream begins at once', async () => {
    const stream = await ask({ method: 'GET', headers: { authorization } }, 'data')
    expect(stream).toMatchObject({ status: 200, text: 'data: 1\n\n' })
  })

  it('RFC9449-1: a DPoP proof names the public URL', async () => {
    const headers = async (url: string) => ({
      authorization: `DPoP ${bound}`,
      dpop: await signProof(dpop, { token: bound, method: 'POST', url }),
    })
    expect((await ask({ headers: await headers(RESOURCE) })).status).toBe(200)
    const inner = `http://127.0.0.1:${port}/mcp`
    expect((await ask({ headers: await headers(inner) })).status).toBe(401)
  })

  it('a flood gets 429', async () => {
    const answers = await Promise.all(Array.from({ length: 120 }, () => ask()))
    expect(answers.map(({ status }) => status)).toContain(429)
  })
})
