import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createIssuer } from './create-test-issuer.ts'
import { replyTo } from './issuer-answers.ts'
import type { IssuerState } from './issuer-state.ts'
import type { TestIssuerOptions } from './options.ts'
import type { TestReply } from './test-answer.ts'
import type { TestIssuer } from './test-issuer.ts'

/**
 * Starts an authorization server for tests on a free port of 127.0.0.1. Use it if the resource server runs
 * in another process, or if the test is about the network. Otherwise `createTestIssuer` is faster.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { startTestIssuer } from 'mcp-resource-server/testing'
 *
 * await using issuer = await startTestIssuer({ resource: 'https://mcp.example.com/mcp' })
 * console.log(issuer.issuer) // 'http://127.0.0.1:…'
 * ```
 */
export async function startTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  let state: IssuerState | undefined
  const server = createServer(async (request, response) => {
    if (state === undefined) return void response.destroy()
    const { method = '', url = '/', headers } = request
    const fields = Object.entries(headers).map(([name, value]) => [name, String(value)])
    const body = await text(request).catch(() => '')
    try {
      const reply = await replyTo(state, {
        method,
        url: `${new URL(state.issuer).origin}${url}`,
        headers: Object.fromEntries(fields),
        body,
      })
      send(response, reply)
    } catch {
      // A test's own function has failed.
      response.destroy()
    }
  })
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  const stop = async () => {
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const { pathname } = new URL(options.issuer ?? 'https://issuer.test')
  const address = `http://127.0.0.1:${port}${pathname === '/' ? '' : pathname}`
  const made = createIssuer('startTestIssuer', options, address)
  state = made.state
  state.changes.onRefusal = async (refuses) => {
    if (refuses) await stop()
    else if (!server.listening) await listen(port)
  }
  return made.issuer
}

const JSON_TYPE = { 'content-type': 'application/json' }

function send(response: ServerResponse, reply: TestReply): void {
  // The caller has given up. Its connection never says so again, and would be written to for ever.
  if (response.destroyed) return
  switch (reply) {
    case 'refused':
    case 'reset':
      response.socket?.resetAndDestroy()
      return
    case 'silent':
      return
    case 'cut':
      response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' })
      response.write('{', () => response.socket?.resetAndDestroy())
      return
    case 'slow': {
      response.writeHead(200, JSON_TYPE).write('{')
      const timer = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(timer))
      return
    }
    default:
      response.writeHead(reply.status, reply.headers).end(reply.body)
  }
}
