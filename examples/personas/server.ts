/**
 * An MCP server that shows each caller the tools of his or her roles. Keycloak says who has which;
 * a tool that is not shown cannot be called either, for it is not there.
 */
import { fileURLToPath } from 'node:url'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express } from 'express'
import { createResourceServer, type VerifiedToken } from 'mcp-resource-server'
import { expressResourceServer, verifiedToken } from 'mcp-resource-server/express'
import { clientRoles, keycloak, realmRoles } from 'mcp-resource-server/keycloak'

const port = Number(process.env.PORT ?? 3001)

export function createApp({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  issuer = process.env.ISSUER ?? 'http://localhost:8080/realms/mcp',
} = {}): Express {
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: keycloak(issuer),
    scopes: ['mcp:tools'],
  })
  const app = express()
  app.disable('x-powered-by')
  app.use(expressResourceServer(resourceServer))
  app.post('/mcp', express.json(), async (req, res) => {
    const token = verifiedToken(req)
    if (token === undefined) throw new Error('the guard has not run')
    const transport = new StreamableHTTPServerTransport()
    res.on('close', () => void transport.close())
    await createMcpServer(personasOf(token, resource)).connect(transport)
    await transport.handleRequest(req, res, req.body)
  })
  app.all('/mcp', (_req, res) => void res.status(405).set('Allow', 'POST').end())
  return app
}

// #region personas
type Persona = 'viewer' | 'analyst' | 'steward' | 'loader'

/** Whoever has the scope is a viewer; roles make more of it. */
function personasOf(token: VerifiedToken, resource: string): ReadonlySet<Persona> {
  const personas = new Set<Persona>(['viewer'])
  // In the recipe's realm the server's client goes by the server's URL.
  if (clientRoles(token, resource).includes('analyst')) personas.add('analyst')
  if (realmRoles(token).includes('mcp-admin')) personas.add('steward').add('analyst')
  if (realmRoles(token).includes('data-loader')) personas.add('loader')
  return personas
}

const TOOLS: readonly { persona: Persona; name: string; description: string; text: string }[] = [
  {
    persona: 'viewer',
    name: 'list_datasets',
    description: 'Lists the data sets.',
    text: 'sales, stock',
  },
  {
    persona: 'analyst',
    name: 'sum_sales',
    description: 'Adds up the sales.',
    text: '1250',
  },
  {
    persona: 'steward',
    name: 'delete_dataset',
    description: 'Deletes the data set "stock", or says that it would.',
    text: 'stock would be deleted',
  },
  {
    persona: 'loader',
    name: 'load_rows',
    description: 'Loads the rows of the day, or says that it would.',
    text: '42 rows would be loaded',
  },
]

/** Made for one request, so the roles are those of the token that came with it. */
function createMcpServer(personas: ReadonlySet<Persona>): McpServer {
  const server = new McpServer({ name: 'data-platform', version: '1.0.0' })
  for (const { persona, name, description, text } of TOOLS) {
    if (!personas.has(persona)) continue
    server.registerTool(name, { description }, () => ({ content: [{ type: 'text', text }] }))
  }
  return server
}
// #endregion

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  createApp().listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/mcp`))
}
