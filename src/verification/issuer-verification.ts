import { SIGNATURE_ALGORITHMS } from '../authorization-server/algorithms.ts'
import { clientAuthenticationOf } from '../authorization-server/client-authentication/create-client-authentication.ts'
import { Discovery } from '../authorization-server/discovery.ts'
import type { HttpClient } from '../authorization-server/http/http-client.ts'
import { IntrospectionEndpoint } from '../authorization-server/introspection-endpoint.ts'
import {
  createGivenKeySet,
  createRemoteKeySet,
  type KeySource,
} from '../authorization-server/key-set.ts'
import type {
  AuthorizationServerOptions,
  CommonOptions,
  IntrospectionOptions,
} from '../authorization-server/options.ts'
import { judgeKey } from '../authorization-server/verification-key.ts'
import { optionError } from '../options/check-options.ts'
import { assertIssuer, assertUrl } from '../options/check-url.ts'
import type { Clock } from '../storage/clock.ts'
import { CLOCK_TOLERANCE, INTROSPECTION_MAX_AGE } from '../token/defaults.ts'
import type { TokenRules } from '../token/rules.ts'
import { type SettledProfile, settleProfile } from '../token/settled-profile.ts'
import { acceptedAudiences, type NamedAudiences } from './accepted-audiences.ts'
import { IntrospectionVerification } from './introspection-verification.ts'
import { JwtVerification } from './jwt-verification.ts'

/** What the verifiers of one server have in common. @internal */
export interface Surroundings {
  /** The function that was called, and where in its options this issuer's stand. */
  readonly where: string
  readonly path: string
  readonly common: CommonOptions
  readonly audiences: readonly NamedAudiences[]
  readonly http: HttpClient
  readonly clock: Clock
}

/**
 * The parts that verify tokens of one issuer, made from its options. Nothing is fetched yet.
 *
 * @internal
 */
export class IssuerVerification {
  readonly discovery: Discovery
  readonly profile: SettledProfile
  readonly #options: AuthorizationServerOptions
  readonly #surroundings: Surroundings
  readonly #rules: TokenRules
  readonly #algorithms: readonly string[]

  /** @throws {TypeError} naming the option that is wrong */
  constructor(options: AuthorizationServerOptions, surroundings: Surroundings) {
    const { where, common, http, clock } = surroundings
    this.#options = options
    this.#surroundings = surroundings
    this.profile = settleProfile(options.profile)
    assertIssuer(where, this.#path('issuer'), options.issuer, common.allowInsecureHttp)
    const named = [
      ...surroundings.audiences,
      { option: this.#path('audiences'), values: options.additionalAudiences ?? [] },
    ]
    this.#rules = {
      issuer: options.issuer,
      audiences: acceptedAudiences(where, named, options.issuer, this.profile.genericAudiences),
      exclusiveAudience: common.exclusiveAudience ?? false,
      clockTolerance: common.clockTolerance ?? CLOCK_TOLERANCE,
      maxTokenLifetime: common.maxTokenLifetime,
      profile: this.profile,
    }
    this.#algorithms = options.algorithms ?? SIGNATURE_ALGORITHMS
    this.discovery = new Discovery({
      issuer: options.issuer,
      allowInsecureHttp: common.allowInsecureHttp ?? false,
      http,
      clock,
      hint: this.profile.hints.unknownIssuer,
    })
  }

  jwt(): JwtVerification {
    return new JwtVerification({
      keys: this.#keys(),
      rules: this.#rules,
      algorithms: this.#algorithms,
      clock: this.#surroundings.clock,
    })
  }

  introspection(
    options: IntrospectionOptions,
    maxAge: number = INTROSPECTION_MAX_AGE,
  ): IntrospectionVerification {
    if (options.endpoint !== undefined) this.#requireUrl('introspection.endpoint', options.endpoint)
    return new IntrospectionVerification({
      endpoint: new IntrospectionEndpoint({
        issuer: this.#options.issuer,
        http: this.#surroundings.http,
        authentication: clientAuthenticationOf(
          this.#surroundings.where,
          this.#path('introspection.clientSecret'),
          options,
        ),
        from: options.endpoint ?? this.discovery,
        credentialOptions: this.#credentialOptions(options),
        endpointOption: `\`${this.#path('introspection.endpoint')}\``,
        profile: this.profile,
      }),
      clientId: options.clientId,
      opaqueTokens: options.opaqueTokens !== false,
      maxAge,
      rules: this.#rules,
      clock: this.#surroundings.clock,
    })
  }

  #keys(): KeySource {
    const { issuer, keys, jwksUri, keySet } = this.#options
    if (keys !== undefined) {
      if (jwksUri !== undefined || keySet !== undefined) {
        throw this.#error(
          'keys',
          'cannot go with `jwksUri` or `keySet`: given keys are not fetched',
        )
      }
      const verdicts = keys.keys.map((key) => judgeKey(key, this.#algorithms))
      if (!verdicts.some((verdict) => 'algorithm' in verdict)) {
        const faults = verdicts.map((verdict) => ('fault' in verdict ? verdict.fault : ''))
        throw this.#error(
          'keys',
          `must hold a key that can verify (${faults.join('; ') || 'empty'})`,
        )
      }
      return createGivenKeySet(keys.keys, this.#algorithms, issuer)
    }
    if (jwksUri !== undefined) this.#requireUrl('jwksUri', jwksUri)
    return createRemoteKeySet({
      ...keySet,
      issuer,
      algorithms: this.#algorithms,
      http: this.#surroundings.http,
      clock: this.#surroundings.clock,
      from: jwksUri ?? this.discovery,
    })
  }

  /** The options that say who this server is, as they were written. */
  #credentialOptions({ authentication }: IntrospectionOptions): string {
    const second = typeof authentication === 'object' ? 'authentication' : 'clientSecret'
    const written = ['clientId', second].map((name) => `\`${this.#path(`introspection.${name}`)}\``)
    return written.join(' and ')
  }

  #requireUrl(option: string, url: string): void {
    const { where, common } = this.#surroundings
    assertUrl(where, this.#path(option), url, common.allowInsecureHttp)
  }

  #path(option: string): string {
    const { path } = this.#surroundings
    return path === '' ? option : `${path}.${option}`
  }

  #error(option: string, wants: string, got?: unknown): TypeError {
    return optionError(this.#surroundings.where, this.#path(option), wants, got)
  }
}
