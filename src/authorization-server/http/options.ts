import type { Dispatcher } from 'undici'
import { z } from 'zod'
import { optionsSchema } from '../../options/options-schema.ts'
import { callable, flag, number, whole } from '../../options/schema-parts.ts'

/**
 * Options for the calls to authorization servers.
 *
 * Calls wait in lanes. Each issuer and origin has three: one for documents (metadata, keys), one for
 * tokens whose signature is valid, and one for tokens that anybody can make up (opaque ones, and all
 * tokens with `verification: 'introspection'`). A full or slow lane does not delay another.
 */
export interface HttpOptions {
  /**
   * A `fetch` to use instead of the built-in client. It must obey `redirect: 'manual'`: a redirected
   * answer is refused, but by then the token has been sent on. `connections` and `connectTimeout` have
   * no effect on it, and `reuseConnections` cannot be set.
   *
   * @defaultValue the built-in client
   */
  readonly fetch?: typeof globalThis.fetch
  /**
   * A dispatcher of undici 7 or later to use instead of the built-in connections: a proxy, a private
   * certificate authority, or a mock in tests. Do not let it follow redirects; only undici's own
   * redirect interceptor is switched off. `close()` does not close it.
   *
   * @defaultValue built-in connections
   */
  readonly dispatcher?: Dispatcher
  /**
   * Longest time to open a connection, in seconds.
   *
   * @defaultValue 5 s
   */
  readonly connectTimeout?: number
  /**
   * Longest time from the request to the headers of the answer, in seconds.
   *
   * @defaultValue 5 s
   */
  readonly headersTimeout?: number
  /**
   * Longest time for a whole call, in seconds. It includes the retry after a dropped connection.
   *
   * @defaultValue 10 s
   */
  readonly timeout?: number
  /**
   * Most connections, and most calls at one time, in each lane.
   *
   * An issuer has three lanes for each origin, so at most three times as many connections. Usually
   * there are few: an unused connection is closed after 4 seconds, or when the server's `Keep-Alive`
   * says so.
   *
   * @defaultValue 16
   */
  readonly connections?: number
  /**
   * Whether a connection is used for one call after another. `false` opens a connection for each call,
   * so that an answer that arrives twice is never taken for the next answer.
   *
   * Answers about JWTs are compared with the JWT in any case, but there is nothing to compare the
   * answer about an opaque token with. `false` costs a TLS handshake for each call. It cannot be set
   * together with `fetch`.
   *
   * @defaultValue `true`
   */
  readonly reuseConnections?: boolean
  /**
   * Most calls that run or wait in one lane. A further call is refused, and its request is answered
   * with 503.
   *
   * @defaultValue 1024
   */
  readonly maxPending?: number
  /**
   * Longest accepted body of an answer, in bytes.
   *
   * @defaultValue 1 MiB
   */
  readonly maxResponseSize?: number
}

const dispatcher = z.custom<Dispatcher>(
  (value) => typeof (value as { dispatch?: unknown })?.dispatch === 'function',
  { error: 'must be an undici Dispatcher' },
)

/** @internal */
export const httpSchema = optionsSchema<HttpOptions>()({
  fetch: callable<typeof globalThis.fetch>().optional(),
  dispatcher: dispatcher.optional(),
  connectTimeout: number(0.001, 300, 'seconds').default(5),
  headersTimeout: number(0.001, 300, 'seconds').default(5),
  timeout: number(0.001, 300, 'seconds').default(10),
  connections: whole(1, 1024, 'connections').default(16),
  reuseConnections: flag.optional(),
  maxPending: whole(1, 1_000_000, 'calls').default(1024),
  maxResponseSize: whole(1024, 64 * 1024 * 1024, 'bytes').default(1024 * 1024),
})
  .refine((http) => http.fetch === undefined || http.dispatcher === undefined, {
    error: 'must hold `fetch` or `dispatcher`, not both',
  })
  .refine((http) => http.fetch === undefined || http.reuseConnections === undefined, {
    path: ['reuseConnections'],
    error: 'has no effect on a `fetch` of your own, which keeps connections as it likes',
  })
  // Only now: with `fetch`, an explicit `true` is refused as well.
  .transform((http) => ({ ...http, reuseConnections: http.reuseConnections ?? true }))

/** The options of the HTTP client with their defaults. @internal */
export type HttpSettings = z.output<typeof httpSchema>
