import type { ResourceRequest } from '../http/resource-request.ts'
import { checkRequestOptions, type TestRequestOptions } from './request-options-schema.ts'

const MCP_SERVER = 'https://mcp.example.com/mcp'

/**
 * Makes a request for `resourceServer.authenticate()`.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createTestIssuer, testRequest } from 'mcp-resource-server/testing'
 *
 * await using issuer = createTestIssuer()
 * const resourceServer = issuer.resourceServer({ policy: { tools: { purge: { roles: ['admin'] } } } })
 * const message = { method: 'tools/call', params: { name: 'purge' } }
 * const token = await issuer.token({ roles: ['admin'] })
 * const decision = await resourceServer.authenticate(await testRequest({ token, message }))
 * console.log(decision.outcome) // 'allowed'
 * ```
 */
export async function testRequest(options: TestRequestOptions = {}): Promise<ResourceRequest> {
  checkRequestOptions('testRequest', options)
  const { method = 'POST', url = MCP_SERVER } = options
  const message = wholeMessage(options.message ?? defaultMessage(method))
  const headers = await headersOf(options, message)
  return { method, url, headers, ...(message === undefined ? {} : { message }) }
}

/**
 * Makes a `Request`, for a server that is a function from `Request` to `Response`, and for `fetch`.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { fetchGate } from 'mcp-resource-server/fetch'
 * import { createTestIssuer, testFetchRequest } from 'mcp-resource-server/testing'
 *
 * await using issuer = createTestIssuer()
 * const server = fetchGate(issuer.resourceServer(), () => new Response('hello'))
 * const response = await server(await testFetchRequest({ token: await issuer.token() }))
 * console.log(response.status) // 200
 * ```
 */
export async function testFetchRequest(options: TestRequestOptions = {}): Promise<Request> {
  checkRequestOptions('testFetchRequest', options)
  const { method = 'POST', url = MCP_SERVER } = options
  const message = wholeMessage(options.message ?? defaultMessage(method))
  const headers = await headersOf(options, message)
  const body = message === undefined ? null : JSON.stringify(message)
  return new Request(url, { method, headers, body })
}

async function headersOf(
  options: TestRequestOptions,
  message: object | undefined,
): Promise<Record<string, string>> {
  const { token, dpop, method = 'POST', url = MCP_SERVER, nonce } = options
  const credentials =
    dpop === undefined
      ? { authorization: token === undefined ? undefined : `Bearer ${token}` }
      : {
          authorization: token === undefined ? undefined : `DPoP ${token}`,
          dpop: await dpop.proof({
            method,
            url,
            ...(token === undefined ? {} : { token }),
            ...(nonce === undefined ? {} : { nonce }),
          }),
        }
  const fields = {
    accept: 'application/json, text/event-stream',
    'content-type': message === undefined ? undefined : 'application/json',
    ...credentials,
    ...options.headers,
  }
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as Record<string, string>
}

/** What an MCP client posts always has a body, and a policy reads it. */
function defaultMessage(method: string): object | undefined {
  return method === 'POST' ? { method: 'ping' } : undefined
}

/** Adds what every JSON-RPC message has. A notification has no `id`. */
function wholeMessage(message: object | undefined): object | undefined {
  if (message === undefined || Array.isArray(message)) return message
  const { method } = message as { readonly method?: unknown }
  const isNotification = typeof method === 'string' && method.startsWith('notifications/')
  return { jsonrpc: '2.0', ...(isNotification ? {} : { id: 1 }), ...message }
}
