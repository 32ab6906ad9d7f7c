/** Sessions for older clients, and none for clients of 2026-07-28, at one address and behind one gate. */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import {
  NodeStreamableHTTPServerTransport as Transport,
  toNodeHandler,
  toWebRequest,
} from '@modelcontextprotocol/node'
import { createMcpHandler, isLegacyRequest, McpServer } from '@modelcontextprotocol/server'
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
  const makeServer = () => createMcpServer(resourceServer)
  const modern = toNodeHandler(createMcpHandler(makeServer, { legacy: 'reject' }))
  // The gate has checked that the session belongs to the caller.
  const sessions = new Map<string, Transport>()
  const app = express().use(expressGate(resourceServer))
  app.all('/mcp', express.json(), async (req, res) => {
    const isLegacy = await isLegacyRequest(await toWebRequest(req, req.body))
    if (!isLegacy) return modern(req, res, req.body)
    const known = sessions.get(req.get('mcp-session-id') ?? '')
    const transport: Transport =
      known ??
      new Transport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void sessions.set(id, transport),
        onsessionclosed: (id) => void sessions.delete(id),
      })
    if (known === undefined) await makeServer().connect(transport)
    await transport.handleRequest(req, res, req.body)
  })
  return app
}

function createMcpServer(resourceServer: ResourceServer): McpServer {
  const server = protectServer(resourceServer, new McpServer({ name: 'eras', version: '1.0.0' }))
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
