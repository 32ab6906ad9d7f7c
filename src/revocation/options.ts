import type { SharedStore } from '../storage/shared-store.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/** Options for the revocations of a resource server. */
export interface RevocationOptions {
  /**
   * A function that is asked at every request, cached tokens included, whether the token was revoked.
   * `true` refuses the request. If the function throws, the request is answered with 503.
   *
   * @defaultValue none
   */
  readonly check?: (token: VerifiedToken) => boolean | Promise<boolean>
  /**
   * The longest life of an access token, in seconds. A revocation is kept for this time. Afterwards, every
   * token that was issued before it is refused, so a longer life ends early.
   *
   * @defaultValue `maxTokenLifetime`, or a day
   */
  readonly longestTokenLife?: number
  /**
   * Most revocations in the list. If it is full, the oldest become one: every token of the issuer that was
   * issued until then is refused, and clients refresh.
   *
   * @defaultValue 100 000
   */
  readonly maxRevocations?: number
}

/** Options for the store that several instances share. */
export interface SharedStoreOptions {
  /** The store, such as the one of `createRedisStore`. */
  readonly store: SharedStore
  /**
   * What happens while the store does not answer. `refuse`: every request is answered with 503, because
   * another instance may know of a revocation. `local`: this instance goes on with what it knows.
   *
   * @defaultValue `refuse`
   */
  readonly onOutage?: 'local' | 'refuse'
}

/** Options for logout tokens (OpenID Connect Back-Channel Logout 1.0). */
export interface BackchannelLogoutOptions {
  /** The client ids for which the authorization server sends logout tokens: the accepted `aud`. */
  readonly clientIds: string | readonly string[]
  /**
   * The path at which logout tokens arrive.
   *
   * @defaultValue the path of `resource`, and `/backchannel-logout`
   */
  readonly path?: string
}

/** Where an authorization server's revocations come from. */
export interface RevocationSourceOptions {
  /**
   * Accepts logout tokens: the authorization server posts one when a user logs out.
   *
   * @defaultValue none
   */
  readonly backchannelLogout?: BackchannelLogoutOptions
}
