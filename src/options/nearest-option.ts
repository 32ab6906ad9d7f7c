import { nearestName } from '../nearest-name.ts'

/** Names that an option has in other packages, or had before version 0.1.0. In lower case. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['clockskew', 'clockTolerance'],
  ['leeway', 'clockTolerance'],
  ['issuer', 'authorizationServer'],
  ['issuerurl', 'issuer'],
  ['url', 'resource'],
  ['jwks', 'keys'],
  ['scopessupported', 'initialScopes'],
  ['scope', 'requiredScopes'],
  ['scopes', 'requiredScopes'],
  ['audience', 'additionalAudiences'],
  ['audiences', 'additionalAudiences'],
  ['soleaudience', 'exclusiveAudience'],
  ['challengescopes', 'challengeIncludesGranted'],
  ['operations', 'policy'],
])

/**
 * Finds the option that a wrong name probably means.
 *
 * @param nested the path of an option with this very name in one of the options
 * @internal
 */
export function nearestOption(
  name: string,
  options: readonly string[],
  nested?: string,
): string | undefined {
  const asked = name.toLowerCase()
  const alias = ALIASES.get(asked)
  if (alias !== undefined && options.includes(alias)) return alias
  return nearestName(name, options) ?? nested
}
