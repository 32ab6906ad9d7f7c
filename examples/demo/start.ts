/**
 * `npm start`: leaves an authorization server and a protected MCP server running, and says how to
 * try them. PORT and ISSUER_PORT choose other ports than 3000 and 4000.
 */
import { startAuthorizationServer } from './authorization-server.ts'
import { startMcpServer } from './mcp-server.ts'

const authorizationServer = await startAuthorizationServer({
  port: Number(process.env.ISSUER_PORT ?? 4000),
  // The address of examples/quick-start, which can be started beside this.
  resources: [{ resource: 'http://127.0.0.1:3001/mcp', scopes: ['mcp:tools'], format: 'jwt' }],
})
const { issuer } = authorizationServer
const mcpServer = await startMcpServer(
  () => ({ authorizationServer: issuer, scopes: ['mcp:tools'] }),
  { port: Number(process.env.PORT ?? 3000) },
)
const { resource } = mcpServer
authorizationServer.register({ resource, scopes: ['mcp:tools'], format: 'jwt' })

const { origin, pathname } = new URL(resource)
console.log(`
Authorization server   ${issuer}
Protected MCP server   ${resource}   tools: add_numbers, multiply_numbers

With curl: the challenge, the metadata, then a client that registers itself, gets a token and calls.

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

With the MCP Inspector, which is told nothing but the URL; signing in takes no password here. Add
--cli --method tools/list to stay in the terminal.

    npx @modelcontextprotocol/inspector --transport http --server-url ${resource}

With the client of the demo:

    node examples/demo/client.ts ${resource}

Ctrl-C stops both.`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await mcpServer.close()
    await authorizationServer.stop()
    console.log('Stopped.')
  })
}
