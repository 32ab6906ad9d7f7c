import type { HttpOptions } from '../authorization-server/http/http-client.ts'
import type { IntrospectionOptions } from '../authorization-server/options.ts'
import type { Clock } from '../storage/clock.ts'
import type { TokenProfile } from '../token/profile.ts'

/** Options of {@link createTokenExchanger}. */
export interface TokenExchangerOptions
  extends Pick<IntrospectionOptions, 'clientId' | 'clientSecret' | 'authentication'> {
  /** Issuer identifier of the authorization server. */
  readonly issuer: string
  /**
   * Says what the server's refusals mean, and explains them in error messages. Default: RFC 6749 §5.2 and
   * RFC 8693 §2.2.2. For Keycloak: `keycloakProfile` of `mcp-resource-server/keycloak`.
   */
  readonly profile?: TokenProfile
  /** URL of the token endpoint; default: from the issuer's metadata. */
  readonly endpoint?: string
  /** Largest number of exchanged tokens in the cache; default 1000. 0 turns the cache off. */
  readonly maxEntries?: number
  /** Longest subject token in characters; default 8192. */
  readonly maxTokenLength?: number
  /** Accepts plain http beyond loopback; default `false`. For closed test set-ups only. */
  readonly allowInsecureHttp?: boolean
  /** The HTTP client for calls to the authorization server. */
  readonly http?: HttpOptions
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly clock?: Clock
}
