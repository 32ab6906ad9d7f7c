/**
 * Longest time for which a request waits for a function or a store of the operator, in milliseconds.
 *
 * @internal
 */
export const LONGEST_WAIT = 10_000

/**
 * Waits for a promise, at most until a time limit. The work behind the promise continues.
 *
 * @param limit in milliseconds
 * @param late makes the error for when the limit is reached
 * @internal
 */
export function inTime<V>(work: PromiseLike<V>, limit: number, late: () => Error): Promise<V> {
  let timer: ReturnType<typeof setTimeout>
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), limit)
  })
  return Promise.race([work, over]).finally(() => clearTimeout(timer))
}
