import type { Allowed } from '../gate/decision.ts'
import type { GuardOptions } from '../gate/options.ts'
import {
  adapterOf,
  type ResourceServerAdapter,
  type RouteGuard,
} from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { type AuthInfo, toAuthInfo } from './auth-info.ts'

/** The guard of one route, with the functions that an adapter calls after the check. @internal */
export interface MountedGuard
  extends Pick<RouteGuard, 'decide'>,
    Pick<ResourceServerAdapter, 'answered' | 'watch'> {
  /** Returns the caller of an allowed request, for MCP handlers. */
  authInfo(decision: Allowed): AuthInfo
}

/**
 * Makes the guard of a route. Call it when the route is mounted, so that wrong options are reported at
 * start-up.
 *
 * @param where the name of the calling function, for error messages
 * @throws {TypeError} names the option that is wrong
 * @internal
 */
export function mountGuard(
  where: string,
  resourceServer: ResourceServer,
  options: GuardOptions = {},
): MountedGuard {
  const adapter = adapterOf(where, resourceServer)
  const guard = adapter.guard(where, options)
  return {
    decide: (request) => guard.decide(request),
    answered: (request, decision, answer) => adapter.answered(request, decision, answer),
    watch: (decision, end) => adapter.watch(decision, end),
    authInfo: (decision) =>
      toAuthInfo(
        decision.token,
        adapter.tokenText(decision),
        resourceServer,
        decision.possession,
        decision.correlationId,
      ),
  }
}
