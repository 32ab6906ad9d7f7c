import { UnavailableError } from '../errors/unavailable-error.ts'
import type { CompiledPolicy } from '../mcp/policy/compiled-policy.ts'
import { readOptions } from '../options/read-options.ts'
import type { DpopMode } from '../sender-constraint/options.ts'
import { assertDpopMode } from './assert-dpop-mode.ts'
import type { Gate } from './gate.ts'
import { type GuardOptions, type GuardSettings, guardSchema } from './options.ts'

/**
 * The requirements for requests to one route. An adapter makes it once, when the route is mounted.
 *
 * @internal
 */
export interface Guard {
  /** The required scopes of the resource server and of the route. */
  readonly requiredScopes: readonly string[]
  /**
   * Scopes that a 401 challenge names: the required and the initial scopes, so that clients request
   * them all at once (MCP-8).
   */
  readonly offeredScopes: readonly string[]
  /** Which tokens may be presented with DPoP. */
  readonly dpopMode: DpopMode
  /** The policy for the route; `undefined` when no policy applies. */
  readonly policy: CompiledPolicy | undefined
  /**
   * A mistake in the options of one request: see {@link createGuardForRequest}. If there is one, the
   * request is answered with this error.
   */
  readonly mistake: UnavailableError | undefined
}

/**
 * Makes the guard of a route.
 *
 * @param where the name of the calling function, for error messages
 * @param settings options that have been read already; default: only those of the resource server
 * @throws {TypeError} when the options contradict those of the resource server
 * @internal
 */
export function createGuard(
  where: string,
  gate: Gate,
  settings: Partial<GuardSettings> = {},
): Guard {
  const requiredScopes = union(gate.requiredScopes, settings.requiredScopes)
  const dpopMode = settings.dpop ?? gate.dpopMode
  const policy = settings.policy === false ? undefined : gate.policy
  assertDpopMode(where, dpopMode, gate.dpopMode, policy)
  return {
    requiredScopes,
    offeredScopes: union(requiredScopes, gate.initialScopes),
    dpopMode,
    policy,
    mistake: undefined,
  }
}

/**
 * Makes the guard of one request, from the options of that request. It never throws. A mistake in the
 * options is not the caller's fault, so the request is answered with 503.
 *
 * @param where the name of the calling function, for the error message
 * @internal
 */
export function createGuardForRequest(where: string, gate: Gate, options: GuardOptions): Guard {
  try {
    return createGuard(where, gate, readOptions(where, guardSchema, options))
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { ...createGuard(where, gate), mistake: new UnavailableError('verifier_failed', detail) }
  }
}

function union(some: readonly string[], others: readonly string[] = []): readonly string[] {
  return [...new Set([...some, ...others])]
}

/** @throws {UnavailableError} `verifier_failed` when the options of the request are wrong @internal */
export function checkGuard({ mistake }: Guard): void {
  if (mistake !== undefined) throw mistake
}
