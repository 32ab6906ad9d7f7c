import { LIST_METHODS } from '../operations/list-filter.ts'
import type { ResourceServer } from '../resource-server.ts'
import { verifiedTokenOf } from './auth-info.ts'

/** What the low-level servers of both MCP SDK majors have in common. */
export interface RequestHandlers {
  setRequestHandler(...args: never[]): unknown
  assertCanSetRequestHandler(method: string): void
}

/** An `McpServer`, or the low-level `Server` in it, of either major of the MCP SDK. */
export type ListServer = RequestHandlers | { readonly server: RequestHandlers }

type Handler = (request: { method?: string }, context: unknown) => unknown

/**
 * Makes an MCP server's lists show each caller only what the policy of operations lets it use, with
 * `cacheScope: "private"` (MCP-25). Calls are refused by the gate itself; this is for what callers
 * get to see. A caller that came past the gate sees nothing.
 *
 * Works on the server in place, before anything is registered, for it is the registration of the
 * list handlers that it steps into.
 *
 * @returns the same server
 * @throws {TypeError} when the server has a list already
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { filterLists } from 'mcp-resource-server/mcp-sdk'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 *   operations: { tools: { add: 'allow', erase: { scopes: ['data:write'] } } },
 * })
 * const server = filterLists(resourceServer, new McpServer({ name: 'data', version: '1.0.0' }))
 * server.registerTool('add', {}, () => ({ content: [] }))
 * ```
 */
export function filterLists<S extends ListServer>(
  resourceServer: Pick<ResourceServer, 'filterList'>,
  server: S,
): S {
  const handlers: RequestHandlers = 'server' in server ? server.server : server
  for (const method of LIST_METHODS) requireUnset(handlers, method)
  const original = handlers.setRequestHandler as (...args: unknown[]) => unknown
  const filtering = (...args: unknown[]): unknown => {
    const handler = args.at(-1)
    if (typeof handler !== 'function') return original.apply(handlers, args)
    const [given] = args
    const filtered: Handler = async (request, context) => {
      const result: unknown = await (handler as Handler)(request, context)
      const method = typeof given === 'string' ? given : request.method
      if (method === undefined || !LIST_METHODS.includes(method)) return result
      return resourceServer.filterList(method, result, callerIn(context))
    }
    return original.apply(handlers, [...args.slice(0, -1), filtered])
  }
  handlers.setRequestHandler = filtering
  return server
}

function requireUnset(handlers: RequestHandlers, method: string): void {
  try {
    handlers.assertCanSetRequestHandler(method)
  } catch (cause) {
    throw new TypeError(
      `filterLists: the server already answers ${method}; call it before anything is registered`,
      { cause },
    )
  }
}

/** v1 hands a handler `extra.authInfo`, v2 `ctx.http.authInfo`. */
function callerIn(context: unknown): ReturnType<typeof verifiedTokenOf> {
  const { authInfo, http } = (context ?? {}) as {
    authInfo?: unknown
    http?: { authInfo?: unknown }
  }
  return verifiedTokenOf(http?.authInfo ?? authInfo)
}
