import type { MaybePromise } from './maybe-promise.ts'

/**
 * The place where a cache keeps its entries. It is the memory of this process (`BoundedCache`), or a
 * store that several processes share. A shared store returns promises.
 *
 * @internal
 */
export interface EntryStore<V> {
  /** @param now the current time in milliseconds since the epoch, if the caller has just read the clock */
  get(key: string, now?: number): MaybePromise<V | undefined>
  /** @param until last instant at which `get` may return the entry, in milliseconds since the epoch */
  set(key: string, value: V, until: number): MaybePromise<void>
  delete(key: string): MaybePromise<void>
}
