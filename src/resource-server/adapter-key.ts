/**
 * The key under which a resource server keeps what adapters use. It is the same in every copy of the
 * package: an adapter of one copy takes a resource server of another.
 *
 * @internal
 */
export const ADAPTER: unique symbol = Symbol.for('mcp-resource-server/adapter')
