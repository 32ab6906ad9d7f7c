/**
 * Waits for work, at most for a time. The work itself continues.
 *
 * @param limit in milliseconds
 * @param late makes the error when the time is over
 * @internal
 */
export function inTime<V>(work: PromiseLike<V>, limit: number, late: () => Error): Promise<V> {
  let timer: ReturnType<typeof setTimeout>
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), limit)
  })
  return Promise.race([work, over]).finally(() => clearTimeout(timer))
}
