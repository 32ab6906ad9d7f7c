/** A value, or a promise of it: the result of a function that may be asynchronous. */
export type MaybePromise<T> = T | Promise<T>

/**
 * Whether a value can be awaited. Promises of other libraries are not instances of `Promise`.
 *
 * @internal
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/**
 * Goes on with a value: at once where it is there, later where it is a promise. So a synchronous
 * caller pays for no promise.
 *
 * @internal
 */
export function whenSettled<V, R>(
  value: MaybePromise<V>,
  next: (value: V) => MaybePromise<R>,
): MaybePromise<R> {
  return isThenable(value) ? Promise.resolve(value).then(next) : next(value)
}
