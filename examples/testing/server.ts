/**
 * A protected MCP server that is easy to test: `createHandler` takes the resource server, so that a test
 * can pass one that trusts a test issuer. The tests are in server.test.ts: `node --test server.test.ts`.
 */
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import type { ResourceServer, ResourceServerOptions } from 'mcp-resource-server'
import { fetchGate } from 'mcp-resource-server/fetch'
import { protectServer } from 'mcp-resource-server/mcp-server'

// #region options
/** What production passes to `createResourceServer`, and a test to `issuer.resourceServer`. */
export const options = {
  resource: 'https://mcp.example.com/mcp',
  authorizationServer: 'https://sso.example.com',
  requiredScopes: ['mcp:tools'],
  policy: { tools: { who_am_i: 'allow', purge: { roles: ['admin'] } } },
} satisfies ResourceServerOptions
// #endregion

export function createHandler(
  resourceServer: ResourceServer,
): (request: Request) => Promise<Response> {
  const mcp = createMcpHandler(() => createMcpServer(resourceServer))
  return fetchGate(resourceServer, (request, { authInfo, parsedBody }) =>
    mcp.fetch(request, { authInfo, parsedBody }),
  )
}

function createMcpServer(resourceServer: ResourceServer): McpServer {
  const about = { name: 'testing', version: '1.0.0' }
  const server = protectServer(resourceServer, new McpServer(about))
  server.registerTool('who_am_i', { description: 'Names the caller.' }, ({ http }) => ({
    content: [{ type: 'text', text: `You are ${http?.authInfo?.extra?.subject}.` }],
  }))
  server.registerTool('purge', { description: 'Only for administrators.' }, () => ({
    content: [{ type: 'text', text: 'Gone.' }],
  }))
  return server
}
