/** Express with the MCP SDK v1: one transport for each request. */
import { fileURLToPath } from 'node:url'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express } from 'express'
import { createResourceServer, type ResourceServer } from 'mcp-resource-server'
import { expressGate } from 'mcp-resource-server/express'
import { protectServer } from 'mcp-resource-server/mcp-sdk'

const port = Number(process.env.PORT ?? 3001)

export function createApp({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  issuer = process.env.ISSUER ?? 'http://127.0.0.1:4000',
} = {}): Express {
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: issuer,
    requiredScopes: ['mcp:tools'],
    policy: { tools: { who_am_i: 'allow' } },
  })
  const app = express()
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

function createMcpServer(resourceServer: ResourceServer): McpServer {
  const about = { name: 'express-sdk-v1', version: '1.0.0' }
  const server = protectServer(resourceServer, new McpServer(about))
  server.registerTool('who_am_i', { description: 'Names the caller.' }, ({ authInfo }) => ({
    content: [{ type: 'text', text: `You are ${authInfo?.extra?.subject}.` }],
  }))
  server.registerTool('stop_server', { description: 'No rule names it.' }, () => ({ content: [] }))
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  createApp()
    .listen(port, '127.0.0.1')
    .once('listening', () => console.log(`http://127.0.0.1:${port}/mcp`))
}
