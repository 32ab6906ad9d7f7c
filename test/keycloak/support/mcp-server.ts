import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express } from 'express'
import { expressGuard, expressResourceServer } from '../../../src/adapters/express.ts'
import type { ResourceServer } from '../../../src/index.ts'

/** What it takes to call `write_note`, beside what every request takes. */
export const WRITE = 'mcp:write'

/** An MCP server behind the gate, one tool of which wants a scope more than the others. */
export function mcpApp(resourceServer: ResourceServer): Express {
  const writing = expressGuard(resourceServer, { scopes: [WRITE] })
  const app = express()
  app.use(expressResourceServer(resourceServer))
  app.post(
    '/mcp',
    express.json(),
    (request, response, next) => {
      if (request.body?.params?.name === 'write_note') void writing(request, response, next)
      else next()
    },
    async (request, response) => {
      const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
      response.on('close', () => void transport.close())
      await tools().connect(transport)
      await transport.handleRequest(request, response, request.body)
    },
  )
  app.all('/mcp', (_request, response) => void response.status(405).set('Allow', 'POST').end())
  return app
}

function tools(): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  for (const name of ['read_notes', 'write_note']) {
    server.registerTool(name, { description: name }, ({ authInfo }) => ({
      content: [{ type: 'text', text: `${name} by ${authInfo?.clientId}` }],
      structuredContent: { clientId: authInfo?.clientId, scopes: authInfo?.scopes },
    }))
  }
  return server
}
