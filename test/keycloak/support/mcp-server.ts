import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express } from 'express'
import { expressGate } from '../../../src/adapters/express.ts'
import {
  createResourceServer,
  type PolicyOptions,
  type ResourceServer,
  type ResourceServerOptions,
} from '../../../src/index.ts'
import { type KeycloakOptions, keycloak } from '../../../src/keycloak/index.ts'
import { serve, type Undo } from './examples.ts'
import { realmUrl } from './tokens.ts'

/** What it takes to call `write_note`, beside what every request takes. */
export const OPERATIONS: PolicyOptions = {
  tools: { read_notes: 'allow', write_note: { scopes: ['mcp:write'] } },
}

/** An MCP server behind a gate with {@link OPERATIONS}. */
export function mcpApp(resourceServer: ResourceServer): Express {
  const app = express()
  app.use(expressGate(resourceServer))
  app.post('/mcp', express.json(), async (request, response) => {
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
    response.on('close', () => void transport.close())
    await tools().connect(transport)
    await transport.handleRequest(request, response, request.body)
  })
  app.all('/mcp', (_request, response) => void response.status(405).set('Allow', 'POST').end())
  return app
}

/** The MCP server on a free port, in front of a realm. Gives its URL, which is its resource as well. */
export async function startMcpServer(
  undo: Undo,
  realm: string,
  optionsFor: (resource: string) => KeycloakOptions = () => ({}),
  more: Partial<ResourceServerOptions> = {},
  give: (gate: ResourceServer) => void = () => {},
): Promise<string> {
  const server = await serve((origin) => {
    const resource = `${origin}/mcp`
    const gate = createResourceServer({
      resource,
      authorizationServer: keycloak(realmUrl(realm), optionsFor(resource)),
      requiredScopes: ['mcp:tools'],
      policy: OPERATIONS,
      ...more,
    })
    undo.push(() => gate.close())
    give(gate)
    return mcpApp(gate)
  })
  undo.push(() => server.close())
  return `${server.origin}/mcp`
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
