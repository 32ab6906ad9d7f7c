import { adapterOf } from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { type ConnectingServer, guardConnections } from './guarded-connection.ts'
import { guardRegistrations, type RegisteringServer } from './guarded-registrations.ts'

export type { ConnectingServer } from './guarded-connection.ts'

/** An `McpServer`, or the low-level `Server` in it, of either major of the MCP SDK. */
export type ProtectableServer = ConnectingServer | { readonly server: ConnectingServer }

const WHERE = 'protectServer'

/** The resource servers that already protect an MCP server. */
const protectedBy = new WeakMap<object, Set<ResourceServer>>()

/**
 * Protects an MCP server from within, behind the gate.
 *
 * - Every message needs a token that the gate of this resource server verified: requests
 *   (`initialize`, `ping` and `server/discover` too), notifications and responses. So a gate that is
 *   missing, or mounted after the route, opens nothing: requests are answered with a JSON-RPC error
 *   of code 503, and a warning of the process says what is wrong. A server on stdio gets no tokens,
 *   so it must not be wrapped.
 * - The policy is enforced a second time, on the message that the SDK handles. When an
 *   `McpServer` reads a resource, the rule of the registered URI or template that the SDK matched must
 *   hold as well, unless a rule names the URI itself. Functions of the policy run again.
 * - Lists show each caller what the policy lets it use, with `cacheScope: "private"` (MCP-25).
 * - A transport that serves one session serves only the principal of its first message. This holds
 *   for the HTTP+SSE transport of SDK v1 too.
 * - Tools, prompts and resources without a rule are warned of when they are registered, or when they
 *   are first listed; rules that name no tool and no prompt when these are first listed.
 *
 * Call it before the server is connected. It changes the server itself, and also protects what was
 * registered before. `createMcpHandler` of SDK v2 answers `subscriptions/listen` without the server,
 * so that method is not protected here. In tests with an in-memory transport, give each message an
 * `authInfo`.
 *
 * @returns the same server
 * @throws {TypeError} when the server is not one of the MCP SDK, is connected already, or is of a
 * version that cannot be protected
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { protectServer } from 'mcp-resource-server/mcp-sdk'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 *   policy: { tools: { add: 'allow', erase: { scopes: ['data:write'] } } },
 * })
 * const server = protectServer(resourceServer, new McpServer({ name: 'data', version: '1.0.0' }))
 * server.registerTool('add', {}, () => ({ content: [] }))
 * ```
 */
export function protectServer<S extends ProtectableServer>(
  resourceServer: ResourceServer,
  server: S,
): S {
  const { messages } = adapterOf(WHERE, resourceServer)
  const low = lowLevelOf(server)
  if (typeof low?.connect !== 'function') {
    throw new TypeError(`${WHERE}: the server must be an McpServer or a Server of the MCP SDK`)
  }
  if (low.transport !== undefined) {
    throw new TypeError(
      `${WHERE}: the server is connected to a transport; wrap it before connect()`,
    )
  }
  if (server !== low && isNew(resourceServer, server)) {
    guardRegistrations(messages, server as unknown as RegisteringServer)
  }
  if (isNew(resourceServer, low)) guardConnections(messages, low)
  return server
}

function isNew(resourceServer: ResourceServer, server: object): boolean {
  const known = protectedBy.get(server) ?? new Set()
  if (known.has(resourceServer)) return false
  protectedBy.set(server, known.add(resourceServer))
  return true
}

function lowLevelOf(server: ProtectableServer | undefined): ConnectingServer | undefined {
  if (typeof server !== 'object' || server === null) return undefined
  return 'server' in server ? server.server : server
}
