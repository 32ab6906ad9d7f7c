/** Names that other packages give to an option, in lower case. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['clockskew', 'clockTolerance'],
  ['leeway', 'clockTolerance'],
  ['issuer', 'authorizationServer'],
  ['issuerurl', 'issuer'],
  ['url', 'resource'],
  ['jwks', 'keys'],
  ['scopessupported', 'initialScopes'],
])

/** From this likeness on, a name is taken for a misspelt option. */
const ALIKE = 0.5

/**
 * Finds the option that a wrong name probably means.
 *
 * @internal
 */
export function nearestOption(name: string, options: readonly string[]): string | undefined {
  const asked = name.toLowerCase()
  const alias = ALIASES.get(asked)
  if (alias !== undefined && options.includes(alias)) return alias
  const ranked = options
    .map((option) => ({ option, likeness: likenessOf(asked, option.toLowerCase()) }))
    .sort((a, b) => b.likeness - a.likeness)
  const [best] = ranked
  return best !== undefined && best.likeness >= ALIKE ? best.option : undefined
}

/** Likeness from 0 to 1: the share of letter pairs in common, and more where one name holds the other. */
function likenessOf(one: string, other: string): number {
  const [pairs, others] = [pairsOf(one), pairsOf(other)]
  const shared = pairs.filter((pair) => others.includes(pair)).length
  const likeness = (2 * shared) / Math.max(1, pairs.length + others.length)
  const holds =
    pairs.length > 1 && others.length > 1 && (one.includes(other) || other.includes(one))
  return holds ? ALIKE + likeness / 2 : likeness
}

function pairsOf(name: string): string[] {
  return Array.from({ length: Math.max(0, name.length - 1) }, (_, at) => name.slice(at, at + 2))
}
