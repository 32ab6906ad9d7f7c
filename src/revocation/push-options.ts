import type { Claims } from '../token/verified-token.ts'
import type { Revocation } from './revocation.ts'

/** A message that {@link RevocationPush.read} has read. */
export interface PushedMessage {
  /** Identifies the message. A message with the same id is refused. */
  readonly id: string
  /**
   * When the message expires, in seconds since the epoch. A message that lives longer than an access token
   * is refused, because it is remembered only for so long.
   */
  readonly expiresAt: number
  /** What the message revokes. `issuedBefore` counts as now if it is in the future. */
  readonly revocations: readonly Omit<Revocation, 'issuer'>[]
}

/**
 * A kind of signed message that an authorization server posts to revoke tokens, and that no standard
 * describes. The body of the request is a JWT in compact form, as text. This package checks its
 * signature with the keys of the issuer.
 *
 * @example A message that ends one session
 * ```ts
 * import { createResourceServer, type RevocationPush } from 'mcp-resource-server'
 *
 * const endOfSession: RevocationPush = {
 *   path: '/mcp/end-of-session',
 *   read({ id, exp, session, target }) {
 *     if (target !== 'mcp-server') throw new Error('the message is for another server')
 *     return {
 *       id: String(id),
 *       expiresAt: Number(exp),
 *       revocations: [{ session: String(session) }],
 *     }
 *   },
 * }
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: { issuer: 'https://login.acme.example', revocationPushes: [endOfSession] },
 * })
 * console.log(resourceServer.resource)
 * ```
 */
export interface RevocationPush {
  /**
   * The path at which the messages arrive. If it does not begin with `/`, it is below the path of
   * `resource`. Each authorization server needs a path of its own, because a message need not name its
   * issuer.
   */
  readonly path: string
  /**
   * Reads a message, whose signature is not verified yet. Throw an error if the message is wrong or is
   * for somebody else. The text of the error is for the operator.
   */
  read(claims: Claims): PushedMessage
}
