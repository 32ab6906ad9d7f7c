/**
 * The property key of a resource server's {@link ResourceServerAdapter}. `Symbol.for` gives the same
 * key in every copy of the package. So an adapter from one copy can use a resource server from another
 * copy.
 *
 * @internal
 */
export const ADAPTER: unique symbol = Symbol.for('mcp-resource-server/adapter')
