import { UnavailableError } from '../errors.ts'
import type { CompiledPolicy } from '../mcp/policy/compiled-policy.ts'
import { readOptions } from '../options/read-options.ts'
import type { Gate } from './gate.ts'
import { type GuardOptions, type GuardSettings, guardSchema } from './options.ts'

/** What a request to one route needs. An adapter makes it once, when the route is mounted. @internal */
export interface Guard {
  /** The resource server's and the route's. */
  readonly requiredScopes: readonly string[]
  /** Scopes that a 401 names: the initial scopes too, so that clients ask for them at once (MCP-8). */
  readonly offeredScopes: readonly string[]
  /** `undefined`: the route needs none. */
  readonly policy: CompiledPolicy | undefined
  /** A mistake in options that came with a request: see {@link createGuardForRequest}. */
  readonly mistake: UnavailableError | undefined
}

/**
 * Makes the guard of a route.
 *
 * @param settings options that were read; default: those of the resource server alone
 * @internal
 */
export function createGuard(gate: Gate, settings: Partial<GuardSettings> = {}): Guard {
  const requiredScopes = union(gate.requiredScopes, settings.requiredScopes)
  return {
    requiredScopes,
    offeredScopes: union(requiredScopes, gate.initialScopes),
    policy: settings.policy === false ? undefined : gate.policy,
    mistake: undefined,
  }
}

/**
 * Makes the guard of one request, from options that came with it. It never throws: a mistake in the
 * options is our own, and the request is answered with 503.
 *
 * @param where the function that the mistake names
 * @internal
 */
export function createGuardForRequest(where: string, gate: Gate, options: GuardOptions): Guard {
  try {
    return createGuard(gate, readOptions(where, guardSchema, options))
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { ...createGuard(gate), mistake: new UnavailableError('verifier_failed', detail) }
  }
}

function union(some: readonly string[], others: readonly string[] = []): readonly string[] {
  return [...new Set([...some, ...others])]
}

/** @throws {UnavailableError} `verifier_failed` where the options of the request are wrong. @internal */
export function checkGuard({ mistake }: Guard): void {
  if (mistake !== undefined) throw mistake
}
