/**
 * An MCP server that shows each caller the tools of the caller's roles. Keycloak assigns the roles.
 * The gate refuses calls of all other tools, so the server's own code does not use roles.
 */
import { fileURLToPath } from 'node:url'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express } from 'express'
import { createResourceServer, type ResourceServer } from 'mcp-resource-server'
import { expressGate } from 'mcp-resource-server/express'
import { clientRoles, keycloak, realmRoles } from 'mcp-resource-server/keycloak'
import { protectServer } from 'mcp-resource-server/mcp-sdk'

const port = Number(process.env.PORT ?? 3001)

export function createApp({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  issuer = process.env.ISSUER ?? 'http://localhost:8080/realms/mcp',
} = {}): Express {
  // #region personas
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: keycloak(issuer, { verification: 'jwt' }),
    // Everybody with this scope can use the tools without roles.
    requiredScopes: ['mcp:tools'],
    policy: {
      tools: {
        list_datasets: 'allow',
        sum_sales: { roles: { anyOf: ['server:analyst', 'mcp-admin'] } },
        delete_dataset: { roles: ['mcp-admin'] },
        load_rows: { roles: ['data-loader'] },
      },
      // In the recipe's realm, the id of the server's client is the server's URL. The prefix keeps its
      // roles apart from realm roles of the same name.
      rolesOf: (token) => [
        ...realmRoles(token),
        ...clientRoles(token, resource).map((role) => `server:${role}`),
      ],
    },
  })
  // #endregion
  const app = express()
  app.disable('x-powered-by')
  app.use(expressGate(resourceServer))
  app.post('/mcp', express.json(), async (req, res) => {
    const transport = new StreamableHTTPServerTransport()
    res.on('close', () => void transport.close())
    await createMcpServer(resourceServer).connect(transport)
    await transport.handleRequest(req, res, req.body)
  })
  app.all('/mcp', (_req, res) => void res.status(405).set('Allow', 'POST').end())
  return app
}

const TOOLS: readonly { name: string; description: string; text: string }[] = [
  { name: 'list_datasets', description: 'Lists the data sets.', text: 'sales, stock' },
  { name: 'sum_sales', description: 'Adds up the sales.', text: '1250' },
  {
    name: 'delete_dataset',
    description: 'Deletes the data set "stock", or says that it would.',
    text: 'stock would be deleted',
  },
  {
    name: 'load_rows',
    description: 'Loads the rows of the day, or says that it would.',
    text: '42 rows would be loaded',
  },
]

/** Has every tool. Its lists show each caller only the tools that the policy allows. */
function createMcpServer(resourceServer: ResourceServer): McpServer {
  const about = { name: 'data-platform', version: '1.0.0' }
  const server = protectServer(resourceServer, new McpServer(about))
  for (const { name, description, text } of TOOLS) {
    server.registerTool(name, { description }, () => ({ content: [{ type: 'text', text }] }))
  }
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  createApp()
    .listen(port, '127.0.0.1')
    .once('listening', () => console.log(`http://127.0.0.1:${port}/mcp`))
}
