import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express, type Request, type Response } from 'express'
import {
  createResourceServer,
  type ResourceServer,
  type ResourceServerOptions,
} from 'mcp-resource-server'
import { expressGate } from 'mcp-resource-server/express'
import { createMcpServer } from './tools.ts'

export interface ProtectedMcpServer {
  /** Its URL, which is also the audience that every token needs. */
  readonly resource: string
  /** Revokes tokens at this server. */
  readonly revoke: ResourceServer['revoke']
  close(): Promise<void>
}

/** The options of the gate, without the resource, which depends on the port. */
export type Protection = Omit<ResourceServerOptions, 'resource'>

/** Starts the calculator behind a resource server, on loopback. */
export async function startMcpServer(
  protection: (resource: string) => Protection,
  { port = 0 }: { port?: number } = {},
): Promise<ProtectedMcpServer> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  const resource = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`

  const resourceServer = createResourceServer({ ...protection(resource), resource })
  const app = express()
  app.disable('x-powered-by')
  app.use(expressGate(resourceServer))
  serveMcp(app)
  server.on('request', app)

  return {
    resource,
    revoke: (revocation) => resourceServer.revoke(revocation),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await resourceServer.close()
    },
  }
}

/** Streamable HTTP without sessions: one transport for each request. */
function serveMcp(app: Express): void {
  const serve = async (request: Request, response: Response) => {
    const transport = new StreamableHTTPServerTransport({
      enableJsonResponse: true,
    })
    response.on('close', () => void transport.close())
    await createMcpServer().connect(transport)
    await transport.handleRequest(request, response, request.body)
  }
  app.post('/mcp', express.json(), serve)
  app.get('/mcp', serve)
  app.all('/mcp', (_request, response) => void response.status(405).set('Allow', 'GET, POST').end())
}
