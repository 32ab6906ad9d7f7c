/**
 * An MCP server with an external identity provider, which flags name. Introspection checks each
 * token before every protected route.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express, { type Express } from 'express'
import { createResourceServer } from 'mcp-resource-server'
import { expressGate, verifiedToken } from 'mcp-resource-server/express'
import { keycloakProfile } from 'mcp-resource-server/keycloak'
import { z } from 'zod'

const USAGE = `Usage: node server.ts --provider-url <issuer> --client-id <id> [options]

  --provider-url <issuer>   issuer identifier, exactly as the provider writes it (required)
  --client-id <id>          this server's own client at the provider (required)
  --client-secret <secret>  its secret; in the variable CLIENT_SECRET it stays out of process lists
  --resource <url>          this server's URL, as clients use it (http://127.0.0.1:3001/mcp)
  --scope <scope>           a scope that every request needs; may be repeated (mcp:tools)
  --host <address>          the address to listen on (127.0.0.1)
`

export interface Settings {
  readonly providerUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly resource: string
  readonly scopes: readonly string[]
  readonly host: string
}

/** @throws {TypeError} naming the flag that is missing or unknown */
export function readFlags(
  args: readonly string[],
  { CLIENT_SECRET }: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'provider-url': { type: 'string' },
      'client-id': { type: 'string' },
      'client-secret': { type: 'string' },
      resource: { type: 'string', default: 'http://127.0.0.1:3001/mcp' },
      scope: { type: 'string', multiple: true, default: ['mcp:tools'] },
      host: { type: 'string', default: '127.0.0.1' },
    },
  })
  return {
    providerUrl: given('provider-url', values['provider-url']),
    clientId: given('client-id', values['client-id']),
    clientSecret: given('client-secret', values['client-secret'] ?? CLIENT_SECRET),
    resource: values.resource,
    scopes: values.scope,
    host: values.host,
  }
}

function given(flag: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new TypeError(`--${flag} is missing`)
  return value
}

/** Resolves when the provider has answered, so that a wrong flag is an error at start-up. */
export async function createApp(settings: Settings): Promise<Express> {
  const { providerUrl, clientId, clientSecret, resource, scopes } = settings
  // #region external-provider
  const resourceServer = createResourceServer({
    resource,
    requiredScopes: scopes,
    authorizationServer: {
      issuer: providerUrl,
      profile: keycloakProfile,
      verification: 'introspection',
      introspection: { clientId, clientSecret },
    },
  })
  await resourceServer.ready()
  // #endregion

  const app = express()
  app.disable('x-powered-by')
  // This route is before the gate, so it is public. Everything after the gate is protected.
  app.get('/health', (_req, res) => void res.json({ status: 'ok' }))
  app.use(expressGate(resourceServer))
  app.get('/whoami', (req, res) => {
    const { subject, clientId: client, scopes: granted } = verifiedToken(req) ?? {}
    res.json({ subject, client, scopes: granted })
  })
  app.post('/mcp', express.json(), async (req, res) => {
    const transport = new StreamableHTTPServerTransport()
    res.on('close', () => void transport.close())
    await createMcpServer().connect(transport)
    await transport.handleRequest(req, res, req.body)
  })
  app.all('/mcp', (_req, res) => void res.status(405).set('Allow', 'POST').end())
  return app
}

function createMcpServer(): McpServer {
  const server = new McpServer({ name: 'external-provider', version: '1.0.0' })
  server.registerTool(
    'count_words',
    { description: 'Counts the words of a text.', inputSchema: { text: z.string() } },
    ({ text }) => ({
      content: [{ type: 'text', text: String(text.match(/\S+/g)?.length ?? 0) }],
    }),
  )
  return server
}

async function main(): Promise<void> {
  const settings = readFlags(process.argv.slice(2))
  const app = await createApp(settings)
  const port = Number(new URL(settings.resource).port)
  app.listen(port, settings.host).once('listening', () => console.log(settings.resource))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error: Error) => {
    console.error(error.message)
    if (error instanceof TypeError) console.error(`\n${USAGE}`)
    process.exitCode = 1
  })
}
