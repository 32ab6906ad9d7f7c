import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { answerTo, type IssuerState } from './issuer-answers.ts'
import type { TestIssuerOptions } from './options.ts'
import { createIssuer, type TestIssuer } from './test-issuer.ts'

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
    const { method = '', url = '/', headers } = request
    const fields = Object.entries(headers).map(([name, value]) => [name, String(value)])
    const body = await text(request).catch(() => '')
    if (state === undefined) return void response.destroy()
    const answer = answerTo(state, {
      method,
      url: `${new URL(state.issuer).origin}${url}`,
      headers: Object.fromEntries(fields),
      body,
    })
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const { pathname } = new URL(options.issuer ?? 'https://issuer.test')
  const issuer = `http://127.0.0.1:${port}${pathname === '/' ? '' : pathname}`
  const made = createIssuer('startTestIssuer', options, { issuer })
  state = made.state
  const closeServers = made[Symbol.asyncDispose]
  return Object.assign(made, {
    async [Symbol.asyncDispose]() {
      await closeServers()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  })
}
