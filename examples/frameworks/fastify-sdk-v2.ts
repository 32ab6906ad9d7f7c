/** Fastify with the MCP SDK v2, which serves revision 2026-07-28 and older clients. */
import { fileURLToPath } from 'node:url'
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import fastify, { type FastifyInstance } from 'fastify'
import { createResourceServer, type ResourceServer } from 'mcp-resource-server'
import { fastifyGate } from 'mcp-resource-server/fastify'
import { protectServer } from 'mcp-resource-server/mcp-server'

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
  const mcp = toNodeHandler(createMcpHandler(() => createMcpServer(resourceServer)))
  const app = fastify()
  app.register(fastifyGate, { resourceServer })
  app.all('/mcp', async (request, reply) => {
    reply.hijack()
    await mcp(request.raw as NodeIncomingMessageLike, reply.raw, request.body)
  })
  return app
}

function createMcpServer(resourceServer: ResourceServer): McpServer {
  const about = { name: 'fastify-sdk-v2', version: '1.0.0' }
  const server = protectServer(resourceServer, new McpServer(about))
  server.registerTool('who_am_i', { description: 'Names the caller.' }, ({ http }) => ({
    content: [{ type: 'text', text: `You are ${http?.authInfo?.extra?.subject}.` }],
  }))
  server.registerTool('stop_server', { description: 'No rule names it.' }, () => ({ content: [] }))
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await createApp().listen({ port, host: '127.0.0.1' })
  console.log(`http://127.0.0.1:${port}/mcp`)
}
