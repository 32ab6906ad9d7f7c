/**
 * The well-known URL of a resource: the suffix goes between host and path, a slash that is all of
 * the path is dropped, a query is carried (RFC 9728 §3.1). Made by cutting the string, so that
 * the rest of it stays as configured (RFC9728-3).
 *
 * @param resource an absolute URL
 *
 * @example
 * ```ts
 * import { wellKnownUrl } from 'mcp-resource-server/metadata'
 *
 * wellKnownUrl('https://mcp.example.com/mcp')
 * // https://mcp.example.com/.well-known/oauth-protected-resource/mcp
 * ```
 */
export function wellKnownUrl(resource: string, suffix = 'oauth-protected-resource'): string {
  const { origin, path, query } = cut(resource)
  return `${origin}/.well-known/${suffix}${path}${query}`
}

/**
 * The paths under which a document of a resource is served: the inserted one, and the root for
 * clients that look only there (MCP-2).
 *
 * @internal
 */
export function wellKnownPaths(resource: string, suffix: string): readonly string[] {
  const { path, query } = cut(resource)
  const root = `/.well-known/${suffix}`
  return [...new Set([`${root}${path}${query}`, root])]
}

/**
 * Whether a request's target is one of these paths. A query matters only where the resource
 * itself has one.
 *
 * @internal
 */
export function findPath(paths: Iterable<string>, target: string): string | undefined {
  const pathAndQuery = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const pathAlone = pathAndQuery.replace(/\?.*$/s, '')
  for (const path of paths) {
    if (path === (path.includes('?') ? pathAndQuery : pathAlone)) return path
  }
  return undefined
}

function cut(resource: string): { origin: string; path: string; query: string } {
  const [, origin = '', path = '', query = ''] =
    /^([^:]+:\/\/[^/?#]*)([^?#]*)(\?[^#]*)?/.exec(resource) ?? []
  return { origin, path: path === '/' ? '' : path, query }
}
