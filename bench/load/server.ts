/**
 * An MCP server in a process of its own, for the load report. The environment says how it verifies tokens; with
 * `none` it has no gate. It has a tool of the MCP SDK, or a plain handler. It tells its parent when it listens, and
 * after each message how much processor time it has used.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { nodeGate } from '../../src/adapters/node.ts'
import { createResourceServer } from '../../src/index.ts'

const { MODE = 'jwt', HANDLER = 'sdk', RESOURCE = '', ISSUER = '' } = process.env

function createMcpServer(): McpServer {
  const server = new McpServer({ name: 'load', version: '1.0.0' })
  const inputSchema = z.object({ a: z.number(), b: z.number() })
  server.registerTool('add_numbers', { description: 'Adds.', inputSchema }, ({ a, b }) => ({
    content: [{ type: 'text', text: String(a + b) }],
  }))
  return server
}

/** Answers every call without an MCP SDK, so that the gate is most of the work. */
async function plain(request: IncomingMessage, response: ServerResponse): Promise<void> {
  for await (const _ of request);
  response.setHeader('Content-Type', 'application/json')
  response.end('{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"42"}]}}')
}

const sdk = toNodeHandler(createMcpHandler(createMcpServer))
/** Answers with the tool of the MCP SDK. A request to a server always has a method and a URL. */
const tool = (request: IncomingMessage, response: ServerResponse, body?: unknown): Promise<void> =>
  sdk(request as IncomingMessage & { method: string; url: string }, response, body)

const mcp: typeof tool = HANDLER === 'plain' ? plain : tool

async function gated(): Promise<
  (request: IncomingMessage, response: ServerResponse) => Promise<void>
> {
  const resourceServer = createResourceServer({
    resource: RESOURCE,
    authorizationServer: {
      issuer: ISSUER,
      verification: MODE as 'jwt' | 'hybrid' | 'introspection',
      ...(MODE === 'jwt' ? {} : { introspection: { clientId: 'load', clientSecret: 'secret' } }),
    },
    requiredScopes: ['mcp:tools'],
  })
  return nodeGate<IncomingMessage, ServerResponse>(resourceServer, (req, res, { parsedBody }) =>
    mcp(req, res, parsedBody),
  )
}

const handle = MODE === 'none' ? mcp : await gated()
const server = createServer((request, response) => {
  void handle(request, response).catch((error: Error) => response.destroy(error))
})
// Otherwise a connection may close at the moment at which the load uses it again.
server.keepAliveTimeout = 120_000
server.listen(Number(new URL(RESOURCE).port), '127.0.0.1', () => process.send?.('listening'))
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit())
