/** A value, or a promise of it: the result of a function that may be asynchronous. */
export type MaybePromise<T> = T | Promise<T>

/**
 * Whether a value has a method `then`, like every promise. Promises of other libraries are not
 * instances of `Promise`. Neither are those of async functions, if a library such as `zone.js` has replaced
 * the global `Promise`.
 *
 * @internal
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/**
 * Calls a function with a value. If the value is a promise, the call waits for it; otherwise the call
 * happens at once, and no promise is created.
 *
 * @internal
 */
export function whenSettled<V, R>(
  value: MaybePromise<V>,
  next: (value: V) => MaybePromise<R>,
): MaybePromise<R> {
  return isThenable(value) ? Promise.resolve(value).then(next) : next(value)
}
