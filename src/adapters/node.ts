import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GuardOptions } from '../gate/options.ts'
import { adapterOf } from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import type { AuthInfo } from './auth-info.ts'
import { mountGuard } from './mounted-guard.ts'
import { checkOrAnswer, endpointAnswer, send } from './node-exchange.ts'
import { type NodeRequest, type NodeResponse, targetOf } from './node-request.ts'
import type { Authenticated } from './web-exchange.ts'

export type { AuthInfo } from './auth-info.ts'
export type { NodeRequest, NodeResponse } from './node-request.ts'
export type { Authenticated } from './web-exchange.ts'

/** A listener that sees only requests with a good access token. */
export type GuardedListener<Request extends NodeRequest, Response extends NodeResponse> = (
  request: Request & { auth: AuthInfo; method: string; url: string },
  response: Response,
  authenticated: Authenticated,
) => unknown

/**
 * The whole gate in front of a listener of `node:http`, `node:https` or `node:http2`. It answers the
 * endpoints of the resource server, such as its metadata, and refuses requests without a good access
 * token. For the rest it calls the listener, with `request.auth` set for the MCP SDKs' transports.
 *
 * Where the listener throws or rejects, the answer is 500; an answer that has begun is cut off. The
 * error becomes a warning of the process (`process.on('warning')`): `node:http` would end the process.
 *
 * @param options scopes that this listener needs, beside those of the resource server
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { nodeGate } from 'mcp-resource-server/node'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 * })
 * const guarded = nodeGate(resourceServer, (_request, response, { token }) => {
 *   response.end(`hello ${token.subject}`)
 * })
 * createServer(guarded)
 * ```
 */
export function nodeGate<
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
>(
  resourceServer: ResourceServer,
  listener: GuardedListener<Request, Response>,
  options: GuardOptions = {},
): (request: Request, response: Response) => Promise<void> {
  const adapter = adapterOf('nodeGate', resourceServer)
  const guard = mountGuard('nodeGate', resourceServer, options)
  return async (request, response) => {
    const endpoint = adapter.endpointFor(targetOf(request))
    if (endpoint !== undefined) return send(response, await endpointAnswer(endpoint, request))
    const decision = await checkOrAnswer(guard, request, response)
    if (decision === undefined) return
    const { token, message } = decision
    const authInfo = guard.authInfo(decision)
    const guarded = Object.assign(request, { auth: authInfo }) as Parameters<typeof listener>[0]
    try {
      await listener(guarded, response, { token, authInfo, parsedBody: message })
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)))
      cutShort(response)
    }
  }
}

function cutShort(response: NodeResponse): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  try {
    response.statusCode = 500
    response.end()
  } catch {
    // The listener has left a head that Node does not send, such as a malformed status message.
    response.destroy()
  }
}
