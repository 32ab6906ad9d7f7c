import type { VerifyContext } from '../gate/authenticate-token.ts'
import type { Decision } from '../gate/decision.ts'
import type { GuardOptions } from '../gate/options.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { Policy } from '../mcp/policy/compiled-policy.ts'
import type { ProtectedResourceMetadata } from '../metadata/protected-resource-metadata.ts'
import type { Revocation } from '../revocation/revocation.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { TokenVerifier } from '../verification/token-verifier.ts'

/**
 * A protected resource: it verifies access tokens and decides about requests. Made by
 * `createResourceServer`.
 */
export interface ResourceServer extends TokenVerifier {
  /** The resource identifier (RFC 8707), as the option `resource` has it. */
  readonly resource: string
  /**
   * The URL at which clients find {@link metadata}. Every challenge names it as `resource_metadata`
   * (RFC 9728 §5.1).
   */
  readonly metadataUrl: string
  /**
   * The protected resource metadata (RFC 9728 §2), without the `signed_metadata` that the option
   * `signedMetadata` adds to the served document.
   */
  readonly metadata: ProtectedResourceMetadata
  /** The compiled option `policy`; `undefined` without that option. */
  readonly policy: Policy | undefined
  /**
   * Checks a request, and decides what to do with it. It never rejects. An adapter does two more
   * things: it answers requests for the metadata, and it watches the handler's answer to open and close
   * sessions. To write an adapter, see `adapterOf` in `mcp-resource-server/adapter`.
   *
   * @param options what this request needs in addition. They are checked at every call. Wrong options
   * are answered with 503, and the event names the option.
   */
  authenticate(request: ResourceRequest, options?: GuardOptions): Promise<Decision>
  /**
   * Verifies a bearer token without a request. It applies all rules for tokens, the required scopes and
   * the revocation check. It does not apply the policy, because the policy needs a request. It refuses
   * a token that is bound to a key or certificate (`cnf`), because only a request can prove possession.
   * Use {@link authenticate} for requests with such tokens.
   *
   * @throws {ChallengeError} @throws {UnavailableError}
   */
  verify(token: string, context?: VerifyContext): Promise<VerifiedToken>
  /**
   * Revokes tokens: those of a session, a subject or a client, one token, or everything of an issuer. From
   * then on, requests with such a token are refused, also through {@link verify}. Open event streams of
   * such tokens end, and the MCP sessions that such tokens opened are closed. When the promise resolves, the
   * revocation counts in every instance that shares the store.
   *
   * The authorization server does not learn of it: revoke there too, or a client gets the next token.
   *
   * @throws {TypeError} naming what is wrong
   * @throws {UnavailableError} `shared_store_failed`: it counts in this instance, and in the others as soon
   * as the store answers again
   *
   * @example
   * ```ts
   * import { createResourceServer } from 'mcp-resource-server'
   *
   * const resourceServer = createResourceServer({
   *   resource: 'https://mcp.example.com/mcp',
   *   authorizationServer: 'https://sso.example.com',
   * })
   * // One login of a user: the tokens with this `sid`, whenever they were issued.
   * await resourceServer.revoke({ session: '08a7ccf1-5d6b-4ea1-8a4e-5e1d1a1c5b1e' })
   * // A user's tokens that were issued until now.
   * await resourceServer.revoke({ subject: '4f1c2f4e-6a3f-4d51-9a53-5a3b2f0b7c11' })
   * ```
   */
  revoke(revocation: Revocation): Promise<void>
  /**
   * Tries the configuration at start-up: it fetches the metadata and the keys of each authorization
   * server. If introspection is configured, it introspects a made-up token. Then it calls the option
   * `inspect` of each authorization server. With `signedMetadata` it signs the metadata.
   *
   * @throws {UnavailableError} names what cannot be fetched, or the option that is probably wrong
   */
  ready(): Promise<void>
  /** Closes the connections to the authorization servers. Afterwards every request is answered with 503. */
  close(): Promise<void>
}
