/** Fastify with the MCP SDK v1: one transport for each request. */
import { fileURLToPath } from 'node:url'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import fastify, { type FastifyInstance } from 'fastify'
import { createResourceServer, type ResourceServer } from 'mcp-resource-server'
import { fastifyGate } from 'mcp-resource-server/fastify'
import { protectServer } from 'mcp-resource-server/mcp-sdk'

const port = Number(process.env.PORT ?? 3001)

export function createApp({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  issuer = process.env.ISSUER ?? 'http://127.0.0.1:4000',
} = {}): FastifyInstance {
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: issuer,
    requiredScopes: ['mcp:tools'],
    policy: { tools: { who_am_i: 'allow' } },
  })
  const app = fastify()
  app.register(fastifyGate, { resourceServer })
  app.post('/mcp', async (request, reply) => {
    reply.hijack()
    const transport = new StreamableHTTPServerTransport()
    reply.raw.on('close', () => void transport.close())
    await createMcpServer(resourceServer).connect(transport)
    await transport.handleRequest(request.raw, reply.raw, request.body)
  })
  return app
}

function createMcpServer(resourceServer: ResourceServer): McpServer {
  const about = { name: 'fastify-sdk-v1', version: '1.0.0' }
  const server = protectServer(resourceServer, new McpServer(about))
  server.registerTool('who_am_i', { description: 'Names the caller.' }, ({ authInfo }) => ({
    content: [{ type: 'text', text: `You are ${authInfo?.extra?.subject}.` }],
  }))
  server.registerTool('stop_server', { description: 'No rule names it.' }, () => ({ content: [] }))
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await createApp().listen({ port, host: '127.0.0.1' })
  console.log(`http://127.0.0.1:${port}/mcp`)
}
