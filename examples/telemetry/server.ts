/** A weather service whose decisions, calls and MCP operations are metrics for Prometheus. */
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express } from 'express'
import {
  createResourceServer,
  type ResourceServer,
  type ResourceServerOptions,
} from 'mcp-resource-server'
import { expressGate } from 'mcp-resource-server/express'
import { protectServer, verifiedTokenOf } from 'mcp-resource-server/mcp-sdk'
import { createRedisStore } from 'mcp-resource-server/redis'
import { createClient } from 'redis'
import { z } from 'zod'
import { startTelemetry } from './telemetry.ts'

const port = Number(process.env.PORT ?? 3001)
const { REDIS_URL } = process.env

export function createGate({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  authorizationServer = process.env.ISSUER ?? 'http://127.0.0.1:4000',
  ...options
}: Partial<ResourceServerOptions> = {}): ResourceServer {
  return createResourceServer({
    resource,
    authorizationServer,
    requiredScopes: ['mcp:tools'],
    policy: {
      tools: {
        forecast: 'allow',
        draw_map: 'allow',
        sign_out: 'allow',
        delete_station: { scopes: ['mcp:admin'] },
        reset: 'deny',
      },
    },
    ...options,
  })
}

export function createApp(resourceServer: ResourceServer): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(expressGate(resourceServer))
  app.post('/mcp', express.json(), async (req, res) => {
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
    res.on('close', () => void transport.close())
    await protectServer(resourceServer, createMcpServer(resourceServer)).connect(transport)
    await transport.handleRequest(req, res, req.body)
  })
  app.all('/mcp', (_req, res) => void res.status(405).set('Allow', 'POST').end())
  return app
}

function createMcpServer(resourceServer: ResourceServer): McpServer {
  const server = new McpServer({ name: 'weather', version: '1.0.0' })
  const text = (text: string) => ({ content: [{ type: 'text' as const, text }] })
  server.registerTool(
    'forecast',
    { description: 'Says tomorrow’s weather.', inputSchema: { town: z.string() } },
    ({ town }) => {
      if (town === 'Atlantis') throw new Error('There is no such town.')
      return text(`${town}: sunny.`)
    },
  )
  server.registerTool('draw_map', { description: 'Draws a map. It takes a while.' }, async () => {
    await delay(20 + Math.random() * 200)
    return text('A map.')
  })
  server.registerTool('sign_out', { description: 'Revokes its own token.' }, async (extra) => {
    const token = verifiedTokenOf(extra.authInfo)?.tokenId
    if (token !== undefined) await resourceServer.revoke({ token })
    return text('This token is revoked.')
  })
  server.registerTool('delete_station', { description: 'Needs mcp:admin.' }, () => text('Deleted.'))
  server.registerTool('reset', { description: 'Nobody may use it.' }, () => text('Reset.'))
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const telemetry = startTelemetry()
  const store =
    REDIS_URL === undefined
      ? undefined
      : createRedisStore({ client: createClient({ url: REDIS_URL }) })
  const resourceServer = createGate(store && { sharedStore: { store, onOutage: 'local' } })
  const server = createApp(resourceServer).listen(port, '127.0.0.1', () => {
    console.log(`MCP server   http://127.0.0.1:${port}/mcp`)
    console.log(`Metrics      http://127.0.0.1:${process.env.METRICS_PORT ?? 9464}/metrics`)
  })
  process.once('SIGINT', async () => {
    server.close()
    server.closeAllConnections()
    await resourceServer.close()
    await telemetry.shutdown()
  })
}
