import { clientAuthenticationOf } from '../authorization-server/client-authentication/create-client-authentication.ts'
import { Discovery } from '../authorization-server/discovery.ts'
import { createHttpClient, type HttpOptions } from '../authorization-server/http/http-client.ts'
import type { IntrospectionOptions } from '../authorization-server/options.ts'
import { UnavailableError } from '../errors.ts'
import { assertOptions } from '../options/check-options.ts'
import { assertIssuer, assertUrl } from '../options/check-url.ts'
import { clockOf } from '../options/clock-option.ts'
import { tokenExchangerSchema } from '../options/schemas.ts'
import { type BoundedCache, createBoundedCache } from '../storage/bounded-cache.ts'
import type { Clock } from '../storage/clock.ts'
import { digestOf } from '../storage/digest.ts'
import { SingleFlight } from '../storage/single-flight.ts'
import { withinRequest } from '../telemetry/traces.ts'
import { MAX_TOKEN_LENGTH } from '../token/defaults.ts'
import type { TokenProfile } from '../token/profile.ts'
import { checkTokenText } from '../token/rules.ts'
import { settleProfile } from '../token/settled-profile.ts'
import { deepFreeze } from '../token/verified-token.ts'
import {
  type ExchangedToken,
  type ExchangeTarget,
  TokenExchangeEndpoint,
} from './token-exchange-endpoint.ts'

export type { TokenExchangeReason } from '../errors.ts'
export { TokenExchangeError } from './token-exchange-error.ts'
export type { ExchangedToken, ExchangeTarget }

const WHERE = 'createTokenExchanger'

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
  /** Most exchanged tokens kept; default 1000. 0 keeps none. */
  readonly maxEntries?: number
  /** Longest subject token in characters; default 8192. */
  readonly maxTokenLength?: number
  /** Accepts plain http beyond loopback; default `false`. For closed test set-ups only. */
  readonly allowInsecureHttp?: boolean
  /** The HTTP client towards the authorization server. */
  readonly http?: HttpOptions
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly clock?: Clock
}

/** The caller's token, and until when it is good. */
export interface SubjectToken {
  /** The access token that the caller showed and that was verified. */
  readonly token: string
  /**
   * Seconds since the epoch: `expiresAt` of the verified token, or of an MCP handler's `authInfo`.
   * Without it nothing is kept, since it could outlive the caller's token.
   */
  readonly expiresAt?: number | undefined
}

/** Exchanges callers' tokens for tokens of downstream services. */
export interface TokenExchanger {
  /**
   * A token for the target, in the name of the caller.
   *
   * @throws {TokenExchangeError} when the authorization server refuses; its `challenge` says what
   * the caller can do
   * @throws {UnavailableError} when there is no reliable answer
   */
  exchange(
    subject: SubjectToken,
    target: ExchangeTarget,
    context?: { readonly signal?: AbortSignal; readonly correlationId?: string },
  ): Promise<ExchangedToken>
  /** Ends the connections. Every later use fails with `UnavailableError` `closed`. */
  close(): Promise<void>
}

/** Seconds before its expiry at which an exchanged token is no longer handed out. */
const MARGIN = 10

/**
 * Exchanges the caller's token for one of a downstream service (RFC 8693), so that the caller's own
 * is never passed on (MCP-15). Keycloak's standard token exchange is an example.
 *
 * Exchanged tokens are kept in this process under a digest of subject token, audience, resource and
 * scopes: another caller's token, or another target, never gets them. They are kept neither past
 * their own expiry nor past the subject token's. Concurrent exchanges of one token for one target
 * share one call. Refusals are not kept. Nothing is asked before the first exchange: without a
 * caller's token there is nothing to try wrong credentials with.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { keycloakProfile } from 'mcp-resource-server/keycloak'
 * import { createTokenExchanger, type SubjectToken } from 'mcp-resource-server/token-exchange'
 *
 * const exchanger = createTokenExchanger({
 *   issuer: 'https://sso.example.com/realms/acme',
 *   profile: keycloakProfile,
 *   clientId: 'mcp-server',
 *   clientSecret: 'from-your-vault',
 * })
 * async function ordersOf(authInfo: SubjectToken) {
 *   const { accessToken } = await exchanger.exchange(authInfo, { audience: 'orders-api' })
 *   return fetch('https://orders.example.com/', {
 *     headers: { authorization: `Bearer ${accessToken}` },
 *   })
 * }
 * export { ordersOf }
 * ```
 */
export function createTokenExchanger(options: TokenExchangerOptions): TokenExchanger {
  assertOptions(WHERE, tokenExchangerSchema, options)
  const { issuer, endpoint, allowInsecureHttp = false } = options
  const clock = clockOf(WHERE, options)
  assertIssuer(WHERE, 'issuer', issuer, allowInsecureHttp)
  if (endpoint !== undefined) assertUrl(WHERE, 'endpoint', endpoint, allowInsecureHttp)
  const http = createHttpClient(options.http)
  const profile = settleProfile(options.profile)
  const hint = profile.hints.unknownIssuer
  const discovery = new Discovery({ issuer, allowInsecureHttp, http, clock, hint })
  const exchanges = new Exchanges(
    new TokenExchangeEndpoint({
      issuer,
      http,
      authentication: clientAuthenticationOf(WHERE, 'clientSecret', options),
      clock,
      from: endpoint ?? discovery,
      profile,
    }),
    { ...options, clock },
  )
  let closed = false
  return {
    async exchange(subject, target, context) {
      if (closed) throw new UnavailableError('closed', 'token exchange: close() was called')
      return exchanges.exchange(subject, target, context)
    },
    close() {
      closed = true
      return http.close()
    },
  }
}

class Exchanges {
  readonly #endpoint: TokenExchangeEndpoint
  readonly #kept: BoundedCache<ExchangedToken> | undefined
  readonly #flights = new SingleFlight<ExchangedToken>()
  readonly #maxTokenLength: number
  readonly #clock: Clock

  constructor(
    endpoint: TokenExchangeEndpoint,
    options: TokenExchangerOptions & { readonly clock: Clock },
  ) {
    const { maxEntries = 1000, maxTokenLength = MAX_TOKEN_LENGTH, clock } = options
    this.#endpoint = endpoint
    this.#kept = maxEntries === 0 ? undefined : createBoundedCache(maxEntries, clock)
    this.#maxTokenLength = maxTokenLength
    this.#clock = clock
  }

  async exchange(
    { token, expiresAt = 0 }: SubjectToken,
    target: ExchangeTarget,
    context: { readonly signal?: AbortSignal; readonly correlationId?: string } = {},
  ): Promise<ExchangedToken> {
    checkTokenText(token, this.#maxTokenLength)
    // A copy: what is kept, shared and sent must not change with the caller's own object.
    const { audience, resource } = target
    const scopes = [...new Set(target.scopes ?? [])].sort()
    // JSON keeps the parts apart: no audience can be written so that it reads like another's scope.
    const key = digestOf(JSON.stringify([token, audience ?? null, resource ?? null, scopes]))
    const kept = this.#kept?.get(key)
    if (kept !== undefined) return kept
    const { correlationId } = context
    const exchange = async (signal: AbortSignal | undefined): Promise<ExchangedToken> => {
      const asked = { audience, resource, scopes, signal }
      const exchanged = deepFreeze(await this.#endpoint.exchange(token, asked))
      const until = Math.min(exchanged.expiresAt - MARGIN, expiresAt)
      if (until * 1000 > this.#clock()) this.#kept?.set(key, exchanged, until * 1000)
      return exchanged
    }
    const run = (): Promise<ExchangedToken> => this.#flights.run(key, exchange, context.signal)
    return correlationId === undefined ? run() : withinRequest({ correlationId }, run)
  }
}
