import { createServer, type IncomingHttpHeaders } from 'node:http'
import { createResourceServer, type ResourceServerOptions } from '../../../src/index.ts'
import type { AuthorizationServer } from '../../support/issuers/authorization-server.ts'
import { listenOnLoopback } from '../../support/loopback.ts'
import { POLICY, READ, SERVERS, type ServerName, WRITE } from '../../support/stock-servers.ts'

/** One request that arrived, with what the gate answered. */
export interface Arrival {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  status: number
}

export interface McpServer {
  readonly resource: string
  /** Requests to the MCP endpoint, preflights included. */
  readonly arrivals: readonly Arrival[]
  close(): Promise<void>
}

/** Starts one of the stock servers. It records what arrives, as a browser sends it. */
export async function startMcpServer(
  name: ServerName,
  authorizationServer: AuthorizationServer,
  options: Partial<ResourceServerOptions>,
): Promise<McpServer> {
  const arrivals: Arrival[] = []
  const server = createServer()
  const { origin, close } = await listenOnLoopback(server)
  const resource = `${origin}/mcp`
  authorizationServer.register({ resource, scopes: [READ, WRITE], format: 'jwt' })
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: authorizationServer.issuer,
    requiredScopes: [READ],
    policy: { ...POLICY, tools: { ...POLICY.tools, announce: 'allow' } },
    ...options,
  })
  server.on('request', ({ method = '', url, headers }, response) => {
    if (url !== '/mcp') return
    const arrival: Arrival = { method, headers, status: 0 }
    arrivals.push(arrival)
    response.once('close', () => {
      arrival.status = response.statusCode
    })
  })
  server.on('request', SERVERS[name](resourceServer, ['read_notes', 'write_note']))
  return {
    resource,
    arrivals,
    async close() {
      await close()
      await resourceServer.close()
    },
  }
}
