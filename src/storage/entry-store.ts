import type { MaybePromise } from './maybe-promise.ts'

/**
 * Where a cache keeps its entries: the memory of this process (`BoundedCache`), or a store that
 * several processes share, which answers with promises.
 *
 * @internal
 */
export interface EntryStore<V> {
  get(key: string): MaybePromise<V | undefined>
  /** @param until milliseconds since the epoch: the last instant at which `get` may give the entry */
  set(key: string, value: V, until: number): MaybePromise<void>
  delete(key: string): MaybePromise<void>
}
