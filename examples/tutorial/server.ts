/**
 * The server of the MCP authorization tutorial, with two tools. Keycloak issues the tokens, and
 * introspection checks each of them. The tutorial's environment variables configure the server.
 */
import { fileURLToPath } from 'node:url'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express } from 'express'
import { createResourceServer } from 'mcp-resource-server'
import { type Environment, fromEnvironment } from 'mcp-resource-server/environment'
import { expressGate } from 'mcp-resource-server/express'
import { z } from 'zod'

export function createApp(environment: Environment = process.env): Express {
  const app = express()
  app.disable('x-powered-by')

  // #region tutorial
  const resourceServer = createResourceServer(fromEnvironment(environment))
  app.use(expressGate(resourceServer))
  // #endregion

  // At the root, as in the tutorial, because the server's URL is its origin.
  app.post('/', express.json(), async (req, res) => {
    const transport = new StreamableHTTPServerTransport()
    res.on('close', () => void transport.close())
    await createMcpServer().connect(transport)
    await transport.handleRequest(req, res, req.body)
  })
  app.all('/', (_req, res) => void res.status(405).set('Allow', 'POST').end())
  return app
}

function createMcpServer(): McpServer {
  const server = new McpServer({ name: 'tutorial', version: '1.0.0' })
  server.registerTool(
    'add_numbers',
    { description: 'Adds two numbers.', inputSchema: { a: z.number(), b: z.number() } },
    ({ a, b }) => answer({ operation: 'addition', operand_a: a, operand_b: b, result: a + b }),
  )
  server.registerTool(
    'multiply_numbers',
    { description: 'Multiplies two numbers.', inputSchema: { x: z.number(), y: z.number() } },
    ({ x, y }) =>
      answer({ operation: 'multiplication', operand_x: x, operand_y: y, result: x * y }),
  )
  return server
}

function answer(values: Record<string, unknown>) {
  const structuredContent = { ...values, timestamp: new Date().toISOString() }
  return {
    structuredContent,
    content: [{ type: 'text' as const, text: JSON.stringify(structuredContent) }],
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { HOST = 'localhost', PORT = '3000' } = process.env
  createApp().listen(Number(PORT), HOST, () => console.log(`http://${HOST}:${PORT}`))
}
