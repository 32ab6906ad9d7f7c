import type {
  CommonOptions,
  IntrospectionOptions,
  IssuerOptions,
  JwtOptions,
  ServerOptions,
} from '../authorization-server/options.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/** Options for how the tokens of one authorization server are verified. */
export interface IssuerVerificationOptions extends ServerOptions {
  /**
   * Further audiences, besides `resource`, that are accepted in this issuer's tokens only.
   *
   * @defaultValue none
   */
  readonly additionalAudiences?: readonly string[]
  /**
   * How tokens are verified. `jwt`: with the issuer's keys. `introspection`: by asking the issuer about
   * every token. `hybrid`: JWTs with the keys, and confirmed by introspection as `confirm` says; other
   * tokens by introspection.
   *
   * @defaultValue `jwt`, or `hybrid` if `introspection` is set
   */
  readonly verification?: 'jwt' | 'introspection' | 'hybrid'
  /**
   * With `hybrid`: how often introspection confirms a JWT that has passed, so that a revocation is
   * noticed. `never`, `always` (at each request), or at most once in so many seconds.
   *
   * @defaultValue 30 s
   */
  readonly confirm?: 'never' | 'always' | number
}

/** Options that the verifiers for the tokens of one issuer share. */
export interface SingleIssuerOptions extends IssuerOptions, CommonOptions {
  /**
   * Audiences of this server. A token is accepted if its `aud` names one of them, compared as an exact
   * string. An audience that many servers share, such as `account`, is refused at start-up.
   */
  readonly audience: string | readonly string[]
}

/** Options of `createJwtVerifier`. */
export interface JwtVerifierOptions extends SingleIssuerOptions, JwtOptions {}

/** Options of `createIntrospectionVerifier`. */
export interface IntrospectionVerifierOptions extends SingleIssuerOptions {
  /** Credentials for introspection. */
  readonly introspection: IntrospectionOptions
}

/** Options of `createHybridVerifier`. */
export interface HybridVerifierOptions extends IntrospectionVerifierOptions, JwtOptions {
  /**
   * How often introspection confirms a JWT whose signature has passed, so that a revocation is noticed.
   * `never`, `always` (at each request), or at most once in so many seconds. The verifier keeps no
   * results, so it asks at every call unless this is `never`. Wrap it in `createCachedVerifier`, which
   * reuses a result for that many seconds.
   *
   * @defaultValue 30 s
   */
  readonly confirm?: NonNullable<IssuerVerificationOptions['confirm']>
}

/** Options for the cache of verified tokens. */
export interface CacheOptions {
  /**
   * Most verified tokens in the cache. The token unused for longest makes room for a new one. A token
   * is kept by its SHA-256 digest, and never beyond its `exp`.
   *
   * @defaultValue 10 000
   */
  readonly maxEntries?: number
  /**
   * Seconds for which an introspection answer is reused. For JWTs with `hybrid` verification the
   * issuer's `confirm` counts instead.
   *
   * @defaultValue 30 s
   */
  readonly introspectionMaxAge?: number
  /**
   * Seconds for which a token that introspection called inactive is remembered. No other refusal is
   * remembered.
   *
   * @defaultValue 5 s
   */
  readonly negativeMaxAge?: number
  /**
   * Most inactive tokens in the cache. They are kept apart from the verified tokens.
   *
   * @defaultValue 1000
   */
  readonly negativeMaxEntries?: number
}

/** Options of `createCachedVerifier`. */
export interface CachedVerifierOptions
  extends Omit<CacheOptions, 'introspectionMaxAge'>,
    Pick<CommonOptions, 'clockTolerance' | 'clock'> {
  /**
   * Longest accepted token, in characters. A smaller limit of the verifier still counts.
   *
   * @defaultValue 8192 characters
   */
  readonly maxTokenLength?: number
  /**
   * Seconds for which a verified token is reused, or a function that returns them for each token. A
   * token is never reused after its `exp`. With 0 nothing is kept, but concurrent requests with one
   * token still share one verification.
   *
   * By default the verifier decides. It keeps a JWT until `exp`, a JWT that introspection confirms for as
   * long as `confirm` of the hybrid verifier says, and every other token for 30 seconds.
   *
   * @defaultValue as the verifier decides
   */
  readonly maxAge?: number | ((token: VerifiedToken) => number)
}
