import type { CompiledPolicy } from '../mcp/policy/compiled-policy.ts'
import type { Sessions } from '../mcp/sessions.ts'
import type { DpopMode } from '../sender-constraint/options.ts'
import type { Clock } from '../storage/clock.ts'
import type { ExpandScopes } from '../token/scope-hierarchy.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { PossessionGate } from './check-possession-once.ts'
import type { Origins } from './cross-origin.ts'
import type { ClientLoops } from './loops/client-loops.ts'
import type { TokenGate } from './verify-token.ts'

/**
 * The options of a resource server with their defaults filled in, as the steps of the gate use them.
 *
 * @internal
 */
export interface Gate extends TokenGate, PossessionGate {
  readonly resource: string
  /** The URL of the metadata document. Every challenge names it. */
  readonly metadataUrl: string
  /** The `realm` of the challenges. */
  readonly realm: string | undefined
  /** Scopes that every request needs. */
  readonly requiredScopes: readonly string[]
  /** Scopes that a 401 challenge names in addition to the required scopes. */
  readonly initialScopes: readonly string[]
  /** Adds to a list of scopes the scopes that they include (option `scopeHierarchy`). */
  readonly expandScopes: ExpandScopes
  /** The names of the claims that contain the scopes, for the issuer of a token. */
  readonly scopeClaimsOf: (token: VerifiedToken) => readonly string[]
  /** Whether a 403 challenge also names the scopes that the token already has. */
  readonly challengeIncludesGranted: boolean
  readonly correlationId: (() => string) | undefined
  readonly origins: Origins
  /** Which tokens may be presented with DPoP, unless a guard says otherwise. */
  readonly dpopMode: DpopMode
  readonly policy: CompiledPolicy | undefined
  /**
   * `none`: the MCP server has no sessions. `unchecked`: the MCP server itself binds sessions to their
   * owners.
   */
  readonly sessions: Sessions | 'none' | 'unchecked'
  /** How long streams may continue after the token has expired, in seconds. `false`: without a limit. */
  readonly streamGrace: number | false
  /** How long requests with the token are accepted after it has expired, in seconds. */
  readonly clockTolerance: number
  /** Notices clients that log in again and again. */
  readonly loops: ClientLoops
  readonly clock: Clock
}
