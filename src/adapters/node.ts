import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Allowed } from '../gate/decision.ts'
import type { GuardOptions } from '../gate/options.ts'
import { adapterOf } from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { isThenable } from '../storage/maybe-promise.ts'
import type { AuthInfo } from './auth-info.ts'
import { mountGuard } from './mounted-guard.ts'
import { checkOrAnswer, endpointAnswer, send } from './node-exchange.ts'
import { type NodeRequest, type NodeResponse, targetOf } from './node-request.ts'
import type { Authenticated } from './web-exchange.ts'

export type { AuthInfo } from './auth-info.ts'
export type { NodeRequest, NodeResponse } from './node-request.ts'
export type { Authenticated } from './web-exchange.ts'

/** A request listener that gets only requests with a valid access token. */
export type GuardedListener<Request extends NodeRequest, Response extends NodeResponse> = (
  request: Request & { auth: AuthInfo; method: string; url: string },
  response: Response,
  authenticated: Authenticated,
) => unknown

/**
 * Makes a request listener for `node:http`, `node:https` or `node:http2` that is the whole gate. It
 * answers the endpoints of the resource server, such as its metadata. It refuses requests without a
 * valid access token. For all other requests, it calls the given listener, with `request.auth` set for
 * the transports of the MCP SDKs.
 *
 * If the listener throws or rejects, the answer is 500; if an answer has already begun, the connection
 * is closed. The error becomes a process warning (`process.on('warning')`). Otherwise the unhandled
 * error would end the process.
 *
 * @param options scopes that requests for this listener need, in addition to those of the resource
 * server
 * @throws {TypeError} names the option that is wrong
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
  const handOver = (
    request: Request,
    response: Response,
    decision: Allowed | undefined,
  ): Promise<void> => {
    if (decision === undefined) return DONE
    const { token, message } = decision
    const authInfo = guard.authInfo(decision)
    const guarded = request as Parameters<typeof listener>[0]
    guarded.auth = authInfo
    const failed = (error: unknown): void => {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)))
      cutShort(response)
    }
    try {
      const handled = listener(guarded, response, { token, authInfo, parsedBody: message })
      return isThenable(handled) ? Promise.resolve(handled).then(() => {}, failed) : DONE
    } catch (error) {
      failed(error)
      return DONE
    }
  }
  return (request, response) => {
    const endpoint = adapter.endpointFor(targetOf(request))
    if (endpoint !== undefined) {
      return endpointAnswer(endpoint, request).then((answer) => send(response, answer))
    }
    // If nothing must be waited for, the listener is called at once. No part of the body has arrived yet then,
    // so none must be stored.
    const checked = checkOrAnswer(guard, request, response)
    return isThenable(checked)
      ? checked.then((decision) => handOver(request, response, decision))
      : handOver(request, response, checked)
  }
}

/** What the gate returns if nothing must be waited for. */
const DONE: Promise<void> = Promise.resolve()

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
