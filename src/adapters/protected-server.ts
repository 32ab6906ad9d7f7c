import { adapterOf } from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { type ConnectingServer, guardConnections } from './guarded-connection.ts'
import { guardRegistrations, type RegisteringServer } from './guarded-registrations.ts'

export type { ConnectingServer } from './guarded-connection.ts'

/** An `McpServer`, or its low-level `Server`, of MCP SDK v1 or v2. */
export type ProtectableServer = ConnectingServer | { readonly server: ConnectingServer }

const WHERE = 'protectServer'

/** The resource servers that already protect an MCP server. */
const protectedBy = new WeakMap<object, Set<ResourceServer>>()

/**
 * Protects an MCP server a second time, inside the server: checks every message that the server
 * receives, after the gate has checked the HTTP request.
 *
 * - Every message needs a token that the gate of this resource server has verified. This includes
 *   `initialize`, `ping` and `server/discover`, notifications and responses. So the server stays closed
 *   if the gate is missing, or is mounted after the route. Then requests get a JSON-RPC error with code
 *   503, and a process warning says what is wrong. A server on stdio gets no tokens, so do not wrap it.
 * - The policy is checked a second time, for the message that the SDK has received. When an `McpServer`
 *   reads a resource, the rule for the registered URI or template must also allow it, unless a rule
 *   names exactly the URI of the call. Functions of the policy are called again.
 * - Lists show each caller only what the caller may use, with `cacheScope: "private"` (MCP-25).
 * - A transport that serves one session serves only the principal of its first message. This includes
 *   the HTTP+SSE transport of SDK v1.
 * - A rule that `withRule` gives beside a registration must be in the policy, also when a tool is
 *   renamed. If the gate enforces another rule, or may let callers through without a rule, it is an
 *   error. If the gate denies what has no rule, a process warning says that nobody may use the tool.
 * - A process warning names each tool, prompt or resource without a rule, when it is registered or
 *   first listed. Another warning names rules for tools and prompts that the server does not have, when
 *   these are first listed.
 *
 * Call it before the server is connected. It changes the given server. It also protects tools, prompts
 * and resources that were registered before. It does not protect `subscriptions/listen`, because
 * `createMcpHandler` of SDK v2 answers that method without the server. In tests with an in-memory
 * transport, send an `authInfo` with each message.
 *
 * @returns the same server
 * @throws {TypeError} when the server is not a server of the MCP SDK, when it is already connected,
 * when its SDK version is not supported, or when the policy lacks a rule of `withRule`
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
    setProtected(resourceServer, server)
  }
  if (isNew(resourceServer, low)) {
    guardConnections(messages, low)
    setProtected(resourceServer, low)
  }
  return server
}

function isNew(resourceServer: ResourceServer, server: object): boolean {
  return protectedBy.get(server)?.has(resourceServer) !== true
}

function setProtected(resourceServer: ResourceServer, server: object): void {
  protectedBy.set(server, (protectedBy.get(server) ?? new Set()).add(resourceServer))
}

function lowLevelOf(server: ProtectableServer | undefined): ConnectingServer | undefined {
  if (typeof server !== 'object' || server === null) return undefined
  return 'server' in server ? server.server : server
}
