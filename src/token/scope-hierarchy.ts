/**
 * What a set of granted scopes amounts to, once the wider ones are counted for those they include
 * (MCP-11). Inclusion is transitive.
 *
 * @internal
 */
export type ExpandScopes = (granted: readonly string[]) => readonly string[]

/** @internal */
export function createScopeHierarchy(
  includes: Readonly<Record<string, readonly string[]>> | undefined,
): ExpandScopes {
  if (includes === undefined) return (granted) => granted
  const direct = new Map(Object.entries(includes))
  return (granted) => {
    const all = new Set(granted)
    // A set's iteration also comes to what is added meanwhile, and to nothing twice.
    for (const scope of all) for (const included of direct.get(scope) ?? []) all.add(included)
    return all.size === granted.length ? granted : [...all]
  }
}
