/** Express with the MCP SDK v2, which serves revision 2026-07-28 and older clients. */
import { fileURLToPath } from 'node:url'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import express, { type Express } from 'express'
import { createResourceServer, type ResourceServer } from 'mcp-resource-server'
import { expressGate } from 'mcp-resource-server/express'
import { protectServer } from 'mcp-resource-server/mcp-server'

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
  const mcp = toNodeHandler(createMcpHandler(() => createMcpServer(resourceServer)))
  const app = express()
  app.use(expressGate(resourceServer))
  app.all('/mcp', (req, res) => mcp(req, res))
  return app
}

function createMcpServer(resourceServer: ResourceServer): McpServer {
  const about = { name: 'express-sdk-v2', version: '1.0.0' }
  const server = protectServer(resourceServer, new McpServer(about))
  server.registerTool('who_am_i', { description: 'Names the caller.' }, ({ http }) => ({
    content: [{ type: 'text', text: `You are ${http?.authInfo?.extra?.subject}.` }],
  }))
  server.registerTool('stop_server', { description: 'No rule names it.' }, () => ({ content: [] }))
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  createApp()
    .listen(port, '127.0.0.1')
    .once('listening', () => console.log(`http://127.0.0.1:${port}/mcp`))
}
