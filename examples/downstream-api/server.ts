/**
 * An MCP server that calls another API. The caller's token is not passed on. Keycloak exchanges it
 * for a token (RFC 8693) for the same user and only for that API.
 */
import { fileURLToPath } from 'node:url'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import express, { type Express } from 'express'
import { createResourceServer, UnavailableError } from 'mcp-resource-server'
import { type Environment, fromEnvironment } from 'mcp-resource-server/environment'
import { type AuthInfo, expressGate } from 'mcp-resource-server/express'
import { keycloakProfile } from 'mcp-resource-server/keycloak'
import { createTokenExchanger, TokenExchangeError } from 'mcp-resource-server/token-exchange'
import { createOrdersApi } from './orders-api.ts'

type OrdersOf = (caller: Pick<AuthInfo, 'token' | 'expiresAt'>) => Promise<CallToolResult>

export function createApp(environment: Environment = process.env): Express {
  const resourceServer = createResourceServer(fromEnvironment(environment))
  const ordersOf = ordersClient(environment)
  const app = express()
  app.disable('x-powered-by')
  app.use(expressGate(resourceServer))
  app.post('/mcp', express.json(), async (req, res) => {
    const transport = new StreamableHTTPServerTransport()
    res.on('close', () => void transport.close())
    await createMcpServer(ordersOf).connect(transport)
    await transport.handleRequest(req, res, req.body)
  })
  app.all('/mcp', (_req, res) => void res.status(405).set('Allow', 'POST').end())
  return app
}

function createMcpServer(ordersOf: OrdersOf): McpServer {
  const server = new McpServer({ name: 'orders', version: '1.0.0' })
  server.registerTool(
    'list_orders',
    { description: "Lists the caller's orders." },
    async ({ authInfo }) => {
      if (authInfo?.expiresAt === undefined) throw new Error('the guard has not run')
      return ordersOf({ token: authInfo.token, expiresAt: authInfo.expiresAt })
    },
  )
  return server
}

// #region exchange
function ordersClient(environment: Environment): OrdersOf {
  const { AUTHZ_SERVER_BASE_URL: issuer = '', BACKEND_API_URL: api = '' } = environment
  const { MCP_SERVER_CLIENT_ID: clientId = '', MCP_SERVER_CLIENT_SECRET = '' } = environment
  const { BACKEND_API_AUDIENCE: audience = '', TOKEN_EXCHANGE_SCOPE = '' } = environment
  const exchanger = createTokenExchanger({
    issuer,
    profile: keycloakProfile,
    clientId,
    clientSecret: MCP_SERVER_CLIENT_SECRET,
  })
  // In Keycloak a scope adds the audience. Without the scope it says that there is no such audience.
  const target = { audience, scopes: [TOKEN_EXCHANGE_SCOPE] }

  return async (caller) => {
    try {
      const { accessToken } = await exchanger.exchange(caller, target)
      const response = await fetch(`${api}/orders`, {
        headers: { authorization: `Bearer ${accessToken}` },
      })
      return response.ok
        ? { content: [{ type: 'text', text: await response.text() }] }
        : failed(`The orders API answered ${response.status}.`)
    } catch (error) {
      return failed(explained(error))
    }
  }
}

/** Tells the caller what to do, and logs the reason for the operator. */
function explained(error: unknown): string {
  if (error instanceof UnavailableError) return 'The orders are not available right now. Try again.'
  if (!(error instanceof TokenExchangeError)) throw error
  console.warn(error.reason, error.message)
  const scopes = error.challenge?.requiredScopes ?? []
  if (scopes.length > 0) return `The orders need further consent: ${scopes.join(' ')}.`
  return error.challenge === undefined
    ? 'This server may not ask the orders API in your name.'
    : 'Your session has ended. Sign in again.'
}
// #endregion

const failed = (text: string): CallToolResult => ({
  isError: true,
  content: [{ type: 'text', text }],
})

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { MCP_RESOURCE = '', BACKEND_API_URL = '' } = process.env
  for (const [app, url] of [
    [createOrdersApi(), BACKEND_API_URL],
    [createApp(), MCP_RESOURCE],
  ] as const) {
    const { hostname, port } = new URL(url)
    app.listen(Number(port), hostname, () => console.log(url))
  }
}
