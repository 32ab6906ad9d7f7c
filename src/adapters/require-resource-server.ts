import { optionError } from '../options/check-options.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'

/**
 * A mistake in what an adapter is given is to show at start-up, not at the first request.
 *
 * @throws {TypeError}
 * @internal
 */
export function assertResourceServer(where: string, given: ResourceServer | undefined): void {
  if (typeof given?.authenticate === 'function') return
  throw optionError(
    where,
    'resourceServer',
    'must be what createResourceServer() has returned',
    given,
  )
}
