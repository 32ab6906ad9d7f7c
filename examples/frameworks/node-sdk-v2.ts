/** Node's own HTTP server with the MCP SDK v2, which serves revision 2026-07-28 and older clients. */
import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { createResourceServer, type ResourceServer } from 'mcp-resource-server'
import { protectServer } from 'mcp-resource-server/mcp-server'
import { nodeGate } from 'mcp-resource-server/node'

const port = Number(process.env.PORT ?? 3001)

export function createApp({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  issuer = process.env.ISSUER ?? 'http://127.0.0.1:4000',
} = {}): Server {
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: issuer,
    requiredScopes: ['mcp:tools'],
    policy: { tools: { who_am_i: 'allow' } },
  })
  const mcp = toNodeHandler(createMcpHandler(() => createMcpServer(resourceServer)))
  const guarded = nodeGate(resourceServer, (req, res, { parsedBody }) => mcp(req, res, parsedBody))
  return createServer((req, res) => void guarded(req, res).catch((error) => res.destroy(error)))
}

function createMcpServer(resourceServer: ResourceServer): McpServer {
  const about = { name: 'node-sdk-v2', version: '1.0.0' }
  const server = protectServer(resourceServer, new McpServer(about))
  server.registerTool('who_am_i', { description: 'Names the caller.' }, ({ http }) => ({
    content: [{ type: 'text', text: `You are ${http?.authInfo?.extra?.subject}.` }],
  }))
  server.registerTool('stop_server', { description: 'No rule names it.' }, () => ({ content: [] }))
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  createApp().listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/mcp`))
}
