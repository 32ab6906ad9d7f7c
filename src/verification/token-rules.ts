import { type ConfiguredIssuer, optionPath } from '../authorization-server/configured-issuer.ts'
import type { TokenSettings } from '../token/options.ts'
import type { TokenRules } from '../token/rules.ts'
import { acceptedAudiences, type NamedAudiences } from './accepted-audiences.ts'
import type { IssuerVerificationSettings } from './options-schema.ts'

/**
 * Makes the rules for the tokens of one issuer from its options and the common ones.
 *
 * @param audiences further accepted audiences, besides those in the issuer's own options
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function createTokenRules(
  where: string,
  { path, options, server }: ConfiguredIssuer<IssuerVerificationSettings>,
  settings: TokenSettings,
  audiences: readonly NamedAudiences[],
): TokenRules {
  const { issuer, profile } = server
  const own = {
    option: optionPath(path, 'additionalAudiences'),
    values: options.additionalAudiences,
  }
  return {
    issuer,
    audiences: acceptedAudiences(where, [...audiences, own], issuer, profile.genericAudiences),
    exclusiveAudience: settings.exclusiveAudience,
    clockTolerance: settings.clockTolerance,
    maxTokenLifetime: settings.maxTokenLifetime,
    profile,
  }
}
