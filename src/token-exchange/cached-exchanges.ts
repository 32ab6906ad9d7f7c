import { type BoundedCache, createBoundedCache } from '../storage/bounded-cache.ts'
import type { Clock } from '../storage/clock.ts'
import { digestOf } from '../storage/digest.ts'
import { SingleFlight } from '../storage/single-flight.ts'
import { withinRequest } from '../telemetry/current-request.ts'
import { checkTokenText } from '../token/rules.ts'
import { deepFreeze } from '../token/verified-token.ts'
import type { TokenExchangerSettings } from './options.ts'
import type {
  ExchangedToken,
  ExchangeTarget,
  SubjectToken,
  TokenExchanger,
} from './token-exchange.ts'
import type { TokenExchangeEndpoint } from './token-exchange-endpoint.ts'

/** How many seconds before its expiry an exchanged token is dropped from the cache. */
const MARGIN = 10

/** Exchanges tokens with a cache. Concurrent exchanges of one token for one target share one call. @internal */
export class CachedExchanges implements Pick<TokenExchanger, 'exchange'> {
  readonly #endpoint: TokenExchangeEndpoint
  readonly #cache: BoundedCache<ExchangedToken> | undefined
  readonly #flights = new SingleFlight<ExchangedToken>()
  readonly #maxTokenLength: number
  readonly #clock: Clock

  constructor(
    endpoint: TokenExchangeEndpoint,
    options: Pick<TokenExchangerSettings, 'maxEntries' | 'maxTokenLength'> & {
      readonly clock: Clock
    },
  ) {
    const { maxEntries, maxTokenLength, clock } = options
    this.#endpoint = endpoint
    this.#cache = maxEntries === 0 ? undefined : createBoundedCache(maxEntries, clock)
    this.#maxTokenLength = maxTokenLength
    this.#clock = clock
  }

  async exchange(
    { token, expiresAt = 0 }: SubjectToken,
    target: ExchangeTarget,
    context: { readonly signal?: AbortSignal; readonly correlationId?: string } = {},
  ): Promise<ExchangedToken> {
    checkTokenText(token, this.#maxTokenLength)
    // Copy the members, because the caller may change the object while the exchange is running.
    const { audience, resource } = target
    const scopes = [...new Set(target.scopes ?? [])].sort()
    // JSON keeps the parts apart: an audience cannot be mistaken for a scope.
    const key = digestOf(JSON.stringify([token, audience ?? null, resource ?? null, scopes]))
    const cached = this.#cache?.get(key)
    if (cached !== undefined) return cached
    const { correlationId } = context
    const exchange = async (signal: AbortSignal | undefined): Promise<ExchangedToken> => {
      const asked = { audience, resource, scopes, signal }
      const exchanged = deepFreeze(await this.#endpoint.exchange(token, asked))
      const until = Math.min(exchanged.expiresAt - MARGIN, expiresAt)
      if (until * 1000 > this.#clock()) this.#cache?.set(key, exchanged, until * 1000)
      return exchanged
    }
    const run = (): Promise<ExchangedToken> => this.#flights.run(key, exchange, context.signal)
    return correlationId === undefined ? run() : withinRequest({ correlationId }, run)
  }
}
