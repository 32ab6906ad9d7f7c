import { type ConfiguredIssuer, optionPath } from '../authorization-server/configured-issuer.ts'
import type { CommonOptions } from '../authorization-server/options.ts'
import { CLOCK_TOLERANCE } from '../token/defaults.ts'
import type { TokenRules } from '../token/rules.ts'
import { acceptedAudiences, type NamedAudiences } from './accepted-audiences.ts'

/**
 * Makes the rules for the tokens of one issuer from its options and the common ones.
 *
 * @param audiences accepted, besides those in the issuer's own options
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function createTokenRules(
  where: string,
  { path, options, server }: ConfiguredIssuer,
  common: CommonOptions,
  audiences: readonly NamedAudiences[],
): TokenRules {
  const { issuer, profile } = server
  const own = { option: optionPath(path, 'audiences'), values: options.additionalAudiences ?? [] }
  return {
    issuer,
    audiences: acceptedAudiences(where, [...audiences, own], issuer, profile.genericAudiences),
    exclusiveAudience: common.exclusiveAudience ?? false,
    clockTolerance: common.clockTolerance ?? CLOCK_TOLERANCE,
    maxTokenLifetime: common.maxTokenLifetime,
    profile,
  }
}
