/**
 * Adds to a list of granted scopes every scope that they include (MCP-11). Inclusion is transitive: if
 * `a` includes `b` and `b` includes `c`, `a` also grants `c`.
 *
 * @internal
 */
export type ExpandScopes = (granted: readonly string[]) => readonly string[]

/** @param includes for a scope, the scopes that it includes @internal */
export function createScopeHierarchy(
  includes: Readonly<Record<string, readonly string[]>> | undefined,
): ExpandScopes {
  if (includes === undefined) return (granted) => granted
  const direct = new Map(Object.entries(includes))
  return (granted) => {
    const all = new Set(granted)
    // Iterating over a set also visits the scopes that are added meanwhile, and no scope twice.
    for (const scope of all) for (const included of direct.get(scope) ?? []) all.add(included)
    return all.size === granted.length ? granted : [...all]
  }
}
