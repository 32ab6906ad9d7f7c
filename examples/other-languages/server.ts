/**
 * The gate in front of an MCP server in another language, such as Python. The MCP server listens on
 * loopback only, has no authorization of its own, and learns from header fields who calls.
 */
import { createServer, type IncomingMessage, request as openRequest, type Server } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createResourceServer, type VerifiedToken } from 'mcp-resource-server'
import { nodeGate } from 'mcp-resource-server/node'

const port = Number(process.env.PORT ?? 3001)

export function createFront({
  resource = process.env.RESOURCE ?? `http://127.0.0.1:${port}/mcp`,
  issuer = process.env.ISSUER ?? 'http://127.0.0.1:4000',
  backend = process.env.BACKEND ?? 'http://127.0.0.1:8000',
} = {}): Server {
  // #region front
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: issuer,
    requiredScopes: ['mcp:tools'],
  })

  // One address, whatever the caller's URL says: a target such as "//evil.example/" leads nowhere else.
  const { pathname } = new URL(resource)
  const target = new URL(pathname, backend)

  return createServer(
    nodeGate(resourceServer, async (request, response, { token }) => {
      if (request.url !== pathname) {
        response.writeHead(404).end()
        return
      }
      const { method } = request
      const forwarded = openRequest(target, { method, headers: headersFor(request, token) })
      // A client that leaves ends the request at the backend, too.
      response.once('close', () => forwarded.destroy())
      request.pipe(forwarded)
      try {
        const answer = await new Promise<IncomingMessage>((resolve, reject) => {
          forwarded.once('response', resolve).once('error', reject)
        })
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        response.flushHeaders() // a stream begins before its first event
        await pipeline(answer, response)
      } catch {
        if (!response.headersSent) response.writeHead(502).end()
      }
    }),
  )
  // #endregion
}

// #region headers
/** The caller's header fields without credentials, and with the identity that the gate verified. */
function headersFor({ headers }: IncomingMessage, token: VerifiedToken) {
  const { authorization, dpop, cookie, host, connection, ...rest } = headers
  const identity = {
    subject: token.subject,
    client: token.clientId,
    scopes: token.scopes.join(' '),
  }
  return { ...rest, 'x-caller': encodeURIComponent(JSON.stringify(identity)) }
}
// #endregion

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  createFront().listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/mcp`))
}
