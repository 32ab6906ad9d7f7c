/**
 * A web-standard handler with the MCP SDK v2 and without a framework. Bun, Deno and Cloudflare Workers
 * start such a default export.
 */
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { createResourceServer, type ResourceServer } from 'mcp-resource-server'
import { fetchGate } from 'mcp-resource-server/fetch'
import { protectServer } from 'mcp-resource-server/mcp-server'

const port = Number(process.env.PORT ?? 3001)

export function createHandler({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  issuer = process.env.ISSUER ?? 'http://127.0.0.1:4000',
} = {}): (request: Request) => Promise<Response> {
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: issuer,
    requiredScopes: ['mcp:tools'],
    policy: { tools: { who_am_i: 'allow' } },
  })
  const mcp = createMcpHandler(() => createMcpServer(resourceServer))
  return fetchGate(resourceServer, (request, { authInfo, parsedBody }) =>
    mcp.fetch(request, { authInfo, parsedBody }),
  )
}

function createMcpServer(resourceServer: ResourceServer): McpServer {
  const about = { name: 'fetch-sdk-v2', version: '1.0.0' }
  const server = protectServer(resourceServer, new McpServer(about))
  server.registerTool('who_am_i', { description: 'Names the caller.' }, ({ http }) => ({
    content: [{ type: 'text', text: `You are ${http?.authInfo?.extra?.subject}.` }],
  }))
  server.registerTool('stop_server', { description: 'No rule names it.' }, () => ({ content: [] }))
  return server
}

export default { port, hostname: '127.0.0.1', fetch: createHandler() }
