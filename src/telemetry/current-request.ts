import { AsyncLocalStorage } from 'node:async_hooks'
import { type CurrentRequest, runOutside } from './trace-runner.ts'

export type { CurrentRequest } from './trace-runner.ts'

const current = new AsyncLocalStorage<CurrentRequest | undefined>()
/** Whether there has been a request that anybody listened to. Until then no look at the storage is needed. */
let isUsed = false

/** The request that the running code works for; `undefined` if nobody listens. @internal */
export function currentRequest(): CurrentRequest | undefined {
  return isUsed ? current.getStore() : undefined
}

/** Runs work as part of a request. @internal */
export function withinRequest<T>(request: CurrentRequest, work: () => T): T {
  isUsed = true
  return current.run(request, work)
}

/**
 * Runs work that belongs to no request, such as a refresh in the background. Its traces are not nested in
 * those of the request that started it.
 *
 * @internal
 */
export function outsideRequest<T>(work: () => T): T {
  return current.run(undefined, () => runOutside(work))
}
