/**
 * A complete protected MCP server with Express and the MCP SDK. In your own project, package.json
 * needs `"type": "module"`.
 *
 * By default it uses the authorization server of `npm start`. For another one set ISSUER, and set
 * RESOURCE to the URL that clients use: `ISSUER=https://… RESOURCE=https://… node server.ts`.
 */
// #region server
import { fileURLToPath } from 'node:url'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express } from 'express'
import { createResourceServer } from 'mcp-resource-server'
import { expressGate } from 'mcp-resource-server/express'
import { protectServer } from 'mcp-resource-server/mcp-sdk'

const port = Number(process.env.PORT ?? 3001)

export function createApp({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  issuer = process.env.ISSUER ?? 'http://127.0.0.1:4000',
} = {}): Express {
  const app = express()

  const resourceServer = createResourceServer({
    resource,
    authorizationServer: issuer,
    requiredScopes: ['mcp:tools'],
  })
  app.use(expressGate(resourceServer))

  app.post('/mcp', express.json(), async (req, res) => {
    const transport = new StreamableHTTPServerTransport()
    await protectServer(resourceServer, createMcpServer()).connect(transport)
    await transport.handleRequest(req, res, req.body)
  })
  app.all('/mcp', (_req, res) => void res.status(405).set('Allow', 'POST').end())
  return app
}

function createMcpServer(): McpServer {
  const server = new McpServer({ name: 'quick-start', version: '1.0.0' })
  server.registerTool('who_am_i', { description: 'Names the caller.' }, ({ authInfo }) => ({
    content: [{ type: 'text', text: `You are ${authInfo?.extra?.subject}.` }],
  }))
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  createApp()
    .listen(port, '127.0.0.1')
    .once('listening', () => console.log(`http://127.0.0.1:${port}/mcp`))
}
// #endregion
