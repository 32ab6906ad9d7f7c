/** Several instances of one server. What one of them revokes, all of them refuse. */
import { fileURLToPath } from 'node:url'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express } from 'express'
import { createResourceServer, type ResourceServer } from 'mcp-resource-server'
import { expressGate } from 'mcp-resource-server/express'
import { protectServer, verifiedTokenOf } from 'mcp-resource-server/mcp-sdk'
import { createRedisStore } from 'mcp-resource-server/redis'
import { createClient } from 'redis'

const port = Number(process.env.PORT ?? 3001)
const redisUrl = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'

export function createInstance({
  // The address of the load balancer. Here, it is that of the first instance.
  resource = process.env.RESOURCE ?? 'http://127.0.0.1:3001/mcp',
  issuer = process.env.ISSUER ?? 'http://127.0.0.1:4000',
  store = createRedisStore({ client: createClient({ url: redisUrl }) }),
} = {}): { readonly app: Express; readonly resourceServer: ResourceServer } {
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: issuer,
    requiredScopes: ['mcp:tools'],
    sharedStore: { store, onOutage: 'refuse' },
  })
  const app = express()
  app.use(expressGate(resourceServer))
  app.post('/mcp', express.json(), async (req, res) => {
    const transport = new StreamableHTTPServerTransport()
    await protectServer(resourceServer, createMcpServer(resourceServer)).connect(transport)
    await transport.handleRequest(req, res, req.body)
  })
  return { app, resourceServer }
}

function createMcpServer(resourceServer: ResourceServer): McpServer {
  const server = new McpServer({ name: 'several-instances', version: '1.0.0' })
  server.registerTool('sign_out', { description: 'Revokes its own token.' }, async (extra) => {
    const token = verifiedTokenOf(extra.authInfo)?.tokenId
    if (token !== undefined) await resourceServer.revoke({ token })
    return { content: [{ type: 'text', text: 'This token no longer counts, on any instance.' }] }
  })
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { app, resourceServer } = createInstance()
  // Afterwards, this instance knows what the others have revoked.
  await resourceServer.ready()
  app.listen(port, '127.0.0.1').once('listening', () => console.log(`http://127.0.0.1:${port}/mcp`))
}
