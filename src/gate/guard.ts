import { UnavailableError } from '../errors.ts'
import type { CompiledPolicy } from '../mcp/policy/compiled-policy.ts'
import { assertScopeTokens } from '../token/scope.ts'
import type { Gate } from './gate.ts'
import type { GuardOptions, GuardSettings } from './options.ts'

/** What a request to one route needs. Made once for a route, not for each request. @internal */
export interface Guard {
  /** The resource server's and the route's. */
  readonly requiredScopes: readonly string[]
  /** Scopes that a 401 names: the initial scopes too, so that clients ask for them at once (MCP-8). */
  readonly offeredScopes: readonly string[]
  /** `undefined`: the route needs none. */
  readonly policy: CompiledPolicy | undefined
  /** A mistake in the route's options. Every request to the route is answered with it. */
  readonly mistake: UnavailableError | undefined
}

/** Settles what requests to a route need. It never throws: see {@link Guard.mistake}. @internal */
export function createGuard(gate: Gate, options: GuardOptions | GuardSettings = {}): Guard {
  const requiredScopes = union(gate.requiredScopes, options.requiredScopes)
  return {
    requiredScopes,
    offeredScopes: union(requiredScopes, gate.initialScopes),
    policy: options.policy === false ? undefined : gate.policy,
    mistake: mistakeIn(requiredScopes),
  }
}

function union(some: readonly string[], others: readonly string[] = []): readonly string[] {
  return [...new Set([...some, ...others])]
}

function mistakeIn(scopes: readonly string[]): UnavailableError | undefined {
  try {
    assertScopeTokens(scopes)
    return undefined
  } catch (error) {
    if (error instanceof UnavailableError) return error
    throw error
  }
}

/** @throws {UnavailableError} `verifier_failed` where the route's options are wrong. @internal */
export function checkGuard({ mistake }: Guard): void {
  if (mistake !== undefined) throw mistake
}
