/**
 * `npm start`: keeps an authorization server and a protected MCP server running, says how to try them,
 * and shows each decision as it is made. PORT and ISSUER_PORT choose other ports than 3000 and 4000.
 */
import { startAuthorizationServer } from './authorization-server.ts'
import { startMcpServer } from './mcp-server.ts'
import { showDecisions } from './operator.ts'
import { listenOn, PortError } from './port.ts'

const stop: (() => Promise<void>)[] = []

async function start(): Promise<{ issuer: string; resource: string }> {
  const authorizationServer = await listenOn('ISSUER_PORT', 4000, (port) =>
    startAuthorizationServer({
      port,
      // The address of examples/quick-start, which you can start at the same time.
      resources: [{ resource: 'http://127.0.0.1:3001/mcp', scopes: ['mcp:tools'], format: 'jwt' }],
    }),
  )
  stop.unshift(() => authorizationServer.stop())
  const { issuer } = authorizationServer
  const mcpServer = await listenOn('PORT', 3000, (port) =>
    startMcpServer(() => ({ authorizationServer: issuer, requiredScopes: ['mcp:tools'] }), {
      port,
    }),
  )
  stop.unshift(() => mcpServer.close())
  const { resource } = mcpServer
  authorizationServer.register({ resource, scopes: ['mcp:tools'], format: 'jwt' })
  return { issuer, resource }
}

async function stopAll(): Promise<void> {
  for (const close of stop.splice(0)) await close()
}

const { issuer, resource } = await start().catch(async (error: unknown) => {
  if (!(error instanceof PortError)) throw error
  console.error(error.message)
  await stopAll()
  process.exit(1)
})

const { origin, pathname } = new URL(resource)
console.log(`
Authorization server   ${issuer}
Protected MCP server   ${resource}   tools: add_numbers, multiply_numbers
Other ports            PORT=3010 ISSUER_PORT=4010 npm start

With curl: see the challenge and the metadata, register a client, get a token, and call a tool.

    ISSUER=${issuer} MCP=${resource}
    json() { node -p "JSON.parse(fs.readFileSync(0)).$1"; }
    curl -si -X POST $MCP
    curl -s ${origin}/.well-known/oauth-protected-resource${pathname}
    CLIENT=$(curl -s $ISSUER/register -H 'Content-Type: application/json' \\
      -d '{"grant_types":["client_credentials"],"response_types":[],"redirect_uris":[]}')
    ID=$(echo "$CLIENT" | json client_id) SECRET=$(echo "$CLIENT" | json client_secret)
    TOKEN=$(curl -s $ISSUER/token -u "$ID:$SECRET" -d grant_type=client_credentials \\
      -d resource=$MCP -d scope=mcp:tools | json access_token)
    curl -s $MCP -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
      -H 'Accept: application/json, text/event-stream' \\
      -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add_numbers","arguments":{"a":2,"b":3}}}'

With the MCP Inspector, which needs only the URL. Signing in needs no password here. The Inspector opens
in a browser, or with --cli in the terminal:

    npx @modelcontextprotocol/inspector --transport http --server-url ${resource}
    npx @modelcontextprotocol/inspector --cli --transport http --server-url ${resource} --method tools/list

With the client of the demo:

    npx node examples/demo/client.ts ${resource}

Ctrl-C stops both. Each decision is printed here: the status, and for a refusal the reason, which
the caller is not told.
`)
showDecisions()

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await stopAll()
    console.log('Stopped.')
  })
}
