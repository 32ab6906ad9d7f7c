import type { CompiledPolicy } from '../mcp/policy/compiled-policy.ts'
import type { Sessions } from '../mcp/sessions.ts'
import type { Clock } from '../storage/clock.ts'
import type { ExpandScopes } from '../token/scope-hierarchy.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { Origins } from './cross-origin.ts'
import type { TokenGate } from './verify-token.ts'

/** The settled options of a resource server, as the steps of the gate use them. @internal */
export interface Gate extends TokenGate {
  readonly resource: string
  /** Of the metadata document; every challenge names it. */
  readonly metadataUrl: string
  /** The `realm` of the challenges. */
  readonly realm: string | undefined
  /** Scopes that every request needs. */
  readonly requiredScopes: readonly string[]
  /** Scopes that a 401 challenge names, beside those that the request needs. */
  readonly initialScopes: readonly string[]
  /** Adds to a token's scopes those that they include. */
  readonly expandScopes: ExpandScopes
  /** The claims in which tokens of the same issuer have their scopes. */
  readonly scopeClaimsOf: (token: VerifiedToken) => readonly string[]
  /** Whether a 403 challenge also names the scopes that the token already has. */
  readonly challengeIncludesGranted: boolean
  readonly correlationId: (() => string) | undefined
  readonly origins: Origins
  readonly policy: CompiledPolicy | undefined
  /** `none`: the MCP server has no sessions. `unchecked`: it binds them to their owners itself. */
  readonly sessions: Sessions | 'none' | 'unchecked'
  /** Seconds after a token's expiry at which its streams end; `false`: they go on. */
  readonly streamGrace: number | false
  readonly clock: Clock
}
