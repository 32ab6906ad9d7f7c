import type { Allowed } from '../gate/decision.ts'
import type { GuardOptions } from '../gate/options.ts'
import {
  adapterOf,
  type ResourceServerAdapter,
  type RouteGuard,
} from '../resource-server/adapter.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { type AuthInfo, toAuthInfo } from './auth-info.ts'

/** The guard of one route, and what an adapter needs once it has checked a request. @internal */
export interface MountedGuard extends RouteGuard, Pick<ResourceServerAdapter, 'answered'> {
  /** What MCP handlers find of an allowed request's caller. */
  authInfo(decision: Allowed): AuthInfo
}

/**
 * Makes the guard of a route when it is mounted, so that a mistake shows at start-up.
 *
 * @param where the function that error messages name
 * @throws {TypeError} naming the option that is wrong
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
    check: (request) => guard.check(request),
    answered: (request, decision, answer) => adapter.answered(request, decision, answer),
    authInfo: (decision) => toAuthInfo(decision.token, adapter.tokenText(decision), resourceServer),
  }
}
