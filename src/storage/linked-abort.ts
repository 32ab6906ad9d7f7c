/**
 * Runs work with a controller that is aborted when a signal is. The controller is let go when the work
 * ends. `AbortSignal.any` would keep memory for every call, as long as the signal lives: an instance
 * reads the log every second, with one signal for all reads.
 *
 * @internal
 */
export async function linkedAbort<V>(
  signal: AbortSignal | undefined,
  work: (controller: AbortController) => Promise<V>,
): Promise<V> {
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal?.reason)
  if (signal?.aborted) abort()
  else signal?.addEventListener('abort', abort, { once: true })
  try {
    return await work(controller)
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
