import type { ClientOptions } from '../authorization-server/options.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { NotBeforeOptions } from './not-before-options.ts'
import type { RevocationPush } from './push-options.ts'

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
   * token of the issuer that was issued before the revocation is refused. So a token with a longer life
   * ends early.
   *
   * @defaultValue `maxTokenLifetime`, or a day
   */
  readonly longestTokenLife?: number
  /**
   * Most revocations in the list. If the list is full, the oldest revocations are merged into one: every
   * token of the issuer that was issued until then is refused, and clients refresh.
   *
   * @defaultValue 100 000
   */
  readonly maxRevocations?: number
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

/**
 * Options for security events (RFC 8417): messages in which an authorization server tells, for example,
 * that a session was revoked or a password was changed (SSF 1.0, CAEP 1.0, RISC 1.0).
 */
export interface SecurityEventOptions {
  /**
   * How security events arrive. `push`: the authorization server posts them to this server (RFC 8935).
   * `poll`: this server fetches them (RFC 8936), which needs no address that the authorization server can
   * reach.
   *
   * @defaultValue `push`
   */
  readonly delivery?: 'push' | 'poll'
  /**
   * The accepted `aud` of security events. It can be left out only with `client`: then the audience of the
   * stream is accepted.
   *
   * @defaultValue the audience of the stream
   */
  readonly audience?: string | readonly string[]
  /**
   * The path at which security events arrive. Only for `push`.
   *
   * @defaultValue the path of `resource`, and `/security-events`
   */
  readonly path?: string
  /**
   * The value of the header field `Authorization` that the authorization server sends with every security
   * event, such as `Bearer` and 32 random characters. With a list, each value is accepted, so that the value
   * can be changed without a gap; a managed stream gets the first one. Required for `push`, and only for
   * `push`. It is never logged.
   *
   * @defaultValue none
   */
  readonly authorization?: string | readonly string[]
  /**
   * The client of this server at the authorization server. With it, this server creates the stream of
   * security events, or adopts the one that exists, and keeps it working. Required for `poll`.
   *
   * @defaultValue none: the stream is set up by hand
   */
  readonly client?: ClientOptions
  /**
   * The scopes of the token with which the client manages and polls its stream. Only with `client`.
   *
   * @defaultValue `ssf.manage` and `ssf.read`, as Keycloak has them
   */
  readonly scopes?: readonly string[]
  /**
   * URL of the transmitter's configuration metadata (SSF 1.0 §7). Only with `client`.
   *
   * @defaultValue made from the issuer: `/.well-known/ssf-configuration`
   */
  readonly configurationUrl?: string
  /**
   * URL at which security events are fetched. Only for `poll`.
   *
   * @defaultValue `delivery.endpoint_url` of the stream
   */
  readonly pollEndpoint?: string
  /**
   * The pause between two polls that brought nothing, in seconds. Only for `poll`.
   */
  readonly pollInterval?: number
  /**
   * What the event `credential-change` does, such as a changed password. `revoke`: the user's tokens that
   * were issued until then are revoked. `ignore`: nothing.
   */
  readonly onCredentialChange?: 'revoke' | 'ignore'
  /**
   * What the event `token-claims-change` does, such as a lost role. `revoke`: the tokens that were issued
   * until then are revoked, so clients refresh and get tokens with the new claims. `ignore`: nothing.
   */
  readonly onTokenClaimsChange?: 'revoke' | 'ignore'
}

/** Where an authorization server's revocations come from. */
export interface RevocationSourceOptions {
  /**
   * Accepts logout tokens: the authorization server posts one when a user logs out.
   *
   * @defaultValue none
   */
  readonly backchannelLogout?: BackchannelLogoutOptions
  /**
   * Accepts security events: the authorization server tells, for example, of revoked sessions and changed
   * passwords. It decides which events it sends.
   *
   * @defaultValue none
   */
  readonly securityEvents?: SecurityEventOptions
  /**
   * Polls the instant before which the authorization server's tokens do not count any more. `keycloak()`
   * sets it with `notBefore: true`.
   *
   * @defaultValue none
   */
  readonly notBefore?: NotBeforeOptions
  /**
   * Accepts signed messages that revoke tokens, and that no standard describes. `keycloak()` sets it with
   * `adminActions`.
   *
   * @defaultValue none
   */
  readonly revocationPushes?: readonly RevocationPush[]
}
