/** Hono with the MCP SDK v2, which serves revision 2026-07-28 and older clients. */
import { fileURLToPath } from 'node:url'
import { serve } from '@hono/node-server'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import { createResourceServer, type ResourceServer } from 'mcp-resource-server'
import { honoGate, type ResourceServerEnv } from 'mcp-resource-server/hono'
import { protectServer } from 'mcp-resource-server/mcp-server'

const port = Number(process.env.PORT ?? 3001)

export function createApp({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  issuer = process.env.ISSUER ?? 'http://127.0.0.1:4000',
} = {}): Hono<ResourceServerEnv> {
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: issuer,
    requiredScopes: ['mcp:tools'],
    policy: { tools: { who_am_i: 'allow' } },
  })
  const mcp = createMcpHandler(() => createMcpServer(resourceServer))
  const app = new Hono<ResourceServerEnv>()
  app.use(honoGate(resourceServer))
  app.all('/mcp', (c) =>
    mcp.fetch(c.req.raw, { authInfo: c.get('authInfo'), parsedBody: c.get('parsedBody') }),
  )
  return app
}

function createMcpServer(resourceServer: ResourceServer): McpServer {
  const about = { name: 'hono-sdk-v2', version: '1.0.0' }
  const server = protectServer(resourceServer, new McpServer(about))
  server.registerTool('who_am_i', { description: 'Names the caller.' }, ({ http }) => ({
    content: [{ type: 'text', text: `You are ${http?.authInfo?.extra?.subject}.` }],
  }))
  server.registerTool('stop_server', { description: 'No rule names it.' }, () => ({ content: [] }))
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  serve({ fetch: createApp().fetch, port, hostname: '127.0.0.1' }, () => {
    console.log(`http://127.0.0.1:${port}/mcp`)
  })
}
