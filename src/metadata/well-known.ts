/**
 * The well-known URL of a resource (RFC 9728 §3.1). The suffix is inserted between host and path, and a
 * query stays at the end. A path that is only a slash is left out. The URL is not normalised: its
 * parts stay exactly as configured (RFC9728-3).
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

/** The suffix of the address at which this server publishes the key that signs its metadata. @internal */
export const KEY_SET_SUFFIX = 'oauth-protected-resource-jwks'

/**
 * The paths at which a document of a resource is served: the path of {@link wellKnownUrl}, and the path
 * with only the suffix, for clients that look only there (MCP-2).
 *
 * @internal
 */
export function wellKnownPaths(resource: string, suffix: string): readonly string[] {
  const { path, query } = cut(resource)
  const root = `/.well-known/${suffix}`
  return [...new Set([`${root}${path}${query}`, root])]
}

function cut(resource: string): { origin: string; path: string; query: string } {
  const [, origin = '', path = '', query = ''] =
    /^([^:]+:\/\/[^/?#]*)([^?#]*)(\?[^#]*)?/.exec(resource) ?? []
  return { origin, path: path === '/' ? '' : path, query }
}
