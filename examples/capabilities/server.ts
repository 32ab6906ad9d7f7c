/**
 * An MCP server with everything that a server can offer: a tool, a resource and a prompt. One gate
 * protects them all. Clients register themselves directly at Keycloak; there is no proxy.
 */
import { fileURLToPath } from 'node:url'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express } from 'express'
import { createResourceServer } from 'mcp-resource-server'
import { expressGate } from 'mcp-resource-server/express'
import { keycloak } from 'mcp-resource-server/keycloak'
import { z } from 'zod'

const port = Number(process.env.PORT ?? 3001)

export function createApp({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  issuer = process.env.ISSUER ?? 'http://localhost:8080/realms/mcp',
} = {}): Express {
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: keycloak(issuer, { verification: 'jwt' }),
    requiredScopes: ['mcp:tools'],
  })
  const app = express()
  app.disable('x-powered-by')
  app.use(expressGate(resourceServer))
  app.post('/mcp', express.json(), async (req, res) => {
    const transport = new StreamableHTTPServerTransport()
    res.on('close', () => void transport.close())
    await createMcpServer().connect(transport)
    await transport.handleRequest(req, res, req.body)
  })
  app.all('/mcp', (_req, res) => void res.status(405).set('Allow', 'POST').end())
  return app
}

const HANDBOOK = `# Handbook
Visitors sign in at the desk.
Fire drills are on the first Monday of the month.
Parcels wait in room 12.
`

function createMcpServer(): McpServer {
  const server = new McpServer({ name: 'handbook', version: '1.0.0' })
  server.registerTool(
    'search_handbook',
    {
      description: 'Finds the lines of the handbook that have a word.',
      inputSchema: { word: z.string().min(1) },
    },
    ({ word }) => {
      const lines = HANDBOOK.split('\n').filter((line) =>
        line.toLowerCase().includes(word.toLowerCase()),
      )
      return { content: [{ type: 'text', text: lines.join('\n') }] }
    },
  )
  server.registerResource(
    'handbook',
    'handbook://all',
    { description: 'The whole handbook.', mimeType: 'text/markdown' },
    ({ href }) => ({ contents: [{ uri: href, mimeType: 'text/markdown', text: HANDBOOK }] }),
  )
  server.registerPrompt(
    'explain_rule',
    { description: 'Asks for a rule to be explained.', argsSchema: { rule: z.string() } },
    ({ rule }, { authInfo }) => ({
      description: `For ${authInfo?.extra?.subject}`,
      messages: [
        {
          role: 'user',
          content: { type: 'text', text: `Explain this rule to a newcomer: ${rule}` },
        },
      ],
    }),
  )
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  createApp()
    .listen(port, '127.0.0.1')
    .once('listening', () => console.log(`http://127.0.0.1:${port}/mcp`))
}
