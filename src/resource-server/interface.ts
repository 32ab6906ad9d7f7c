import type { VerifyContext } from '../gate/authenticate-token.ts'
import type { Decision } from '../gate/decision.ts'
import type { GuardOptions } from '../gate/options.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { Policy } from '../mcp/policy/compiled-policy.ts'
import type { ProtectedResourceMetadata } from '../metadata/protected-resource-metadata.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { TokenVerifier } from '../verification/token-verifier.ts'

/** The gate of one protected resource. Made by `createResourceServer`. */
export interface ResourceServer extends TokenVerifier {
  /** As configured. */
  readonly resource: string
  /** Where clients find {@link metadata}: the `resource_metadata` of every challenge. */
  readonly metadataUrl: string
  /** The RFC 9728 document. */
  readonly metadata: ProtectedResourceMetadata
  /** The policy of the option `policy`; absent where there is none. */
  readonly policy: Policy | undefined
  /**
   * Checks a request, and says what to do with it. Never rejects. It neither answers the well-known
   * addresses nor sees the handler's answer: the adapters do both. To write one, see `adapterOf` in
   * `mcp-resource-server/adapter`.
   *
   * @param options what this request needs besides; checked at every call. Wrong options are answered
   * with 503, and the event names the option.
   */
  authenticate(request: ResourceRequest, options?: GuardOptions): Promise<Decision>
  /**
   * Checks a token alone, by all rules, required scopes and revocation included. The policy needs a
   * request, so it does not apply. A token that is bound to a key or certificate is refused, since
   * only a request can prove possession: use {@link authenticate} for those.
   *
   * @throws {ChallengeError} @throws {UnavailableError}
   */
  verify(token: string, context?: VerifyContext): Promise<VerifiedToken>
  /**
   * Fetches metadata and keys now, and asks about a made-up token where introspection is
   * configured, so that a wrong set-up shows at start-up. Then lets `inspect` of each authorization
   * server look at it.
   *
   * @throws {UnavailableError} naming what cannot be fetched, or which option to look at
   */
  ready(): Promise<void>
  /** Ends the connections to authorization servers. Every later request is answered with 503. */
  close(): Promise<void>
}
