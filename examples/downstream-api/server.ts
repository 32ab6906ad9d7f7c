/**
 * An MCP server in front of another API. The caller's token ends here: the API is called with one
 * that Keycloak gives in exchange (RFC 8693), for the same user and for that API alone.
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
  // Keycloak finds the audience by way of a scope: without one it says that there is none.
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

/** For the caller, who is told what to do; the rest is the operator's, who is told why. */
function explained(error: unknown): string {
  if (error instanceof UnavailableError) return 'The orders cannot be had right now. Try again.'
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
