import type { IncomingMessage, ServerResponse } from 'node:http'
import { allowedToken } from '../gate/credentials.ts'
import { assertOptions } from '../options/check-options.ts'
import { authenticateOptionsSchema } from '../options/schemas.ts'
import type { GuardOptions, ResourceServer } from '../resource-server/resource-server.ts'
import { type AuthInfo, toAuthInfo } from './auth-info.ts'
import { admit, answerDocument, type NodeRequest, type NodeResponse } from './node-exchange.ts'
import { assertResourceServer } from './require-resource-server.ts'
import type { Authenticated } from './web-exchange.ts'

export type { AuthInfo } from './auth-info.ts'
export type { NodeRequest, NodeResponse } from './node-exchange.ts'
export type { Authenticated } from './web-exchange.ts'

/** A listener that only sees requests with a good access token. */
export type GuardedListener<Request extends NodeRequest, Response extends NodeResponse> = (
  request: Request & { auth: AuthInfo; method: string; url: string },
  response: Response,
  authenticated: Authenticated,
) => unknown

/**
 * The whole gate in front of a listener of `node:http`, `node:https` or `node:http2`: answers the
 * well-known documents, refuses what has no good access token, and calls the listener for the rest,
 * with `request.auth` set for the MCP SDKs' transports.
 *
 * A listener that throws or rejects is answered with 500, or cut off where it had begun, and the
 * error becomes a warning of the process (`process.on('warning')`): `node:http` itself would end it.
 *
 * @param options scopes that this listener needs beside those of the resource server
 * @throws {TypeError} when a scope is none
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
  assertResourceServer('nodeGate', resourceServer)
  assertOptions('nodeGate', authenticateOptionsSchema, options)
  return async (request, response) => {
    if (await answerDocument(resourceServer, request, response)) return
    const decision = await admit(resourceServer, request, response, options)
    if (decision === undefined) return
    const { token, message } = decision
    const authInfo = toAuthInfo(token, allowedToken(request.headers), resourceServer)
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
  response.statusCode = 500
  response.end()
}
