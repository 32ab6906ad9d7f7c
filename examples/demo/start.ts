/**
 * `npm start`: keeps an authorization server, a protected MCP server and a page to look at running, says
 * how to try them, and shows each decision as it is made. PAGE_PORT, PORT and ISSUER_PORT choose other
 * ports than 8100, 3000 and 4000.
 */
import { startAuthorizationServer } from './authorization-server.ts'
import { showDecisions } from './operator.ts'
import { embeddedAuthorizationServer } from './page/embedded-authorization-server.ts'
import { type DemoPage, startDemoPage } from './page/start-demo-page.ts'
import { PortError, portFrom, portProblem } from './port.ts'

async function start(): Promise<DemoPage & { readonly issuer: string }> {
  const ports = {
    PAGE_PORT: portFrom('PAGE_PORT', 8100),
    PORT: portFrom('PORT', 3000),
    ISSUER_PORT: portFrom('ISSUER_PORT', 4000),
  }
  let issuer = ''
  try {
    const page = await startDemoPage({
      ...{ pagePort: ports.PAGE_PORT, port: ports.PORT },
      async authorizationServer(place) {
        const server = await startAuthorizationServer({
          port: ports.ISSUER_PORT,
          // The address of examples/quick-start, which you can start at the same time.
          resources: [
            { resource: 'http://127.0.0.1:3001/mcp', scopes: ['mcp:tools'], format: 'jwt' },
          ],
        })
        issuer = server.issuer
        return embeddedAuthorizationServer(server, place)
      },
    })
    return { ...page, issuer }
  } catch (error) {
    throw portProblem(error, ports)
  }
}

const { url, issuer, resource, close } = await start().catch((error: unknown) => {
  if (!(error instanceof PortError)) throw error
  console.error(error.message)
  process.exit(1)
})

console.log(`
Page to look at        ${url}   a client, and what the gate decides about it
Authorization server   ${issuer}
Protected MCP server   ${resource}   tools: add_numbers, multiply_numbers, clear_history
Other ports            PAGE_PORT=8110 PORT=3010 ISSUER_PORT=4010 npm start

With curl: see the challenge and the metadata, register a client, get a token, and call a tool.

    ISSUER=${issuer} MCP=${resource}
    json() { node -p "JSON.parse(fs.readFileSync(0)).$1"; }
    curl -si -X POST $MCP
    curl -s \${MCP%/mcp}/.well-known/oauth-protected-resource/mcp
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

Ctrl-C stops all three. Each decision is printed here: the status, and for a refusal the reason, which
the caller is not told.
`)
showDecisions()

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await close()
    console.log('Stopped.')
  })
}
