import { adapterOf } from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { type ConnectingServer, guardConnections } from './guarded-connection.ts'
import { guardRegistrations, type RegisteringServer } from './guarded-registrations.ts'

export type { ConnectingServer } from './guarded-connection.ts'

/** An `McpServer`, or the low-level `Server` in it, of either major of the MCP SDK. */
export type ProtectableServer = ConnectingServer | { readonly server: ConnectingServer }

const WHERE = 'protectServer'

/** Which resource servers protect a server already. */
const protectedBy = new WeakMap<object, Set<ResourceServer>>()

/**
 * Protects an MCP server from within, behind the gate:
 *
 * - Every message needs a token that the gate of this resource server verified: requests
 *   (`initialize`, `ping` and `server/discover` too), notifications and responses. So a gate that was
 *   forgotten, or is mounted after the route, opens nothing: requests are answered with a JSON-RPC
 *   error of code 503, and a warning of the process says what is wrong. A server on stdio has no
 *   tokens, so it must not be wrapped.
 * - The policy of operations is enforced a second time, by the message that the SDK acts on. When an
 *   `McpServer` reads a resource, the rule of the registered URI or template that the SDK matched must
 *   hold as well, unless a rule names the URI itself. Functions of the policy are asked again.
 * - Lists show each caller what the policy lets it use, with `cacheScope: "private"` (MCP-25).
 * - A transport that serves one session serves the principal of its first message only, also the
 *   HTTP+SSE transport of SDK v1.
 * - Tools, prompts and resources without a rule are warned of when they are registered, or when they
 *   are first listed; rules that name no tool and no prompt when these are first listed.
 *
 * It changes the server in place, before it is connected; what was registered before is protected
 * too. It does not see what `createMcpHandler` of SDK v2 answers by itself: `subscriptions/listen`.
 * A server that a test drives by an in-memory transport needs an `authInfo` with each message.
 *
 * @returns the same server
 * @throws {TypeError} when it is no server of the MCP SDK, is connected already, or is of a version
 * that cannot be protected
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
