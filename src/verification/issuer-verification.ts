import { type ConfiguredIssuer, optionPath } from '../authorization-server/configured-issuer.ts'
import { IntrospectionEndpoint } from '../authorization-server/introspection-endpoint.ts'
import type { TokenInfoOptions } from '../authorization-server/options.ts'
import type { IntrospectionSettings } from '../authorization-server/options-schema.ts'
import { TokenInfoEndpoint } from '../authorization-server/token-info-endpoint.ts'
import type { Clock } from '../storage/clock.ts'
import { INTROSPECTION_MAX_AGE } from '../token/defaults.ts'
import type { TokenRules } from '../token/rules.ts'
import type { SettledProfile } from '../token/settled-profile.ts'
import { IntrospectionVerification } from './introspection-verification.ts'
import { JwtVerification } from './jwt-verification.ts'

/** Makes the parts that verify the tokens of one issuer. @internal */
export class IssuerVerification {
  readonly profile: SettledProfile
  readonly #configured: ConfiguredIssuer
  readonly #rules: TokenRules
  readonly #clock: Clock

  constructor(configured: ConfiguredIssuer, rules: TokenRules, clock: Clock) {
    this.profile = configured.server.profile
    this.#configured = configured
    this.#rules = rules
    this.#clock = clock
  }

  /** Makes the verification with the issuer's keys. */
  jwt(): JwtVerification {
    const { keys, algorithms } = this.#configured.server
    return new JwtVerification({ keys, algorithms, rules: this.#rules, clock: this.#clock })
  }

  /** Makes the verification by introspection. */
  introspection(
    options: IntrospectionSettings,
    maxAge: number = INTROSPECTION_MAX_AGE,
  ): IntrospectionVerification {
    const { server, path } = this.#configured
    return new IntrospectionVerification({
      endpoint: new IntrospectionEndpoint({
        server,
        endpointOption: `\`${optionPath(path, 'introspection.endpoint')}\``,
        clientId: options.clientId,
        signedAnswers: options.signedAnswers,
        clockTolerance: this.#rules.clockTolerance,
        clock: this.#clock,
      }),
      clientId: options.clientId,
      opaqueTokens: options.opaqueTokens,
      jwts: true,
      maxAge,
      rules: this.#rules,
      clock: this.#clock,
    })
  }

  /** Makes the verification by a tokeninfo endpoint. */
  tokenInfo(
    { endpoint: url }: TokenInfoOptions,
    maxAge: number = INTROSPECTION_MAX_AGE,
  ): IntrospectionVerification {
    const { server, path } = this.#configured
    const urlOption = optionPath(path, 'tokenInfo.endpoint')
    return new IntrospectionVerification({
      endpoint: new TokenInfoEndpoint({ server, url, urlOption, clock: this.#clock }),
      clientId: undefined,
      opaqueTokens: true,
      jwts: false,
      maxAge,
      rules: this.#rules,
      clock: this.#clock,
    })
  }
}
