/** Counts open streams. It runs in other runtimes too, so it imports only types. */
import type { ResourceServerAdapter } from '../../src/resource-server/adapter.ts'

/** Returns a function that says how many event streams are watched, and not released. */
export function countStreams(adapter: ResourceServerAdapter): () => number {
  const changed = adapter as { -readonly [K in keyof ResourceServerAdapter]: (typeof adapter)[K] }
  const { watch } = adapter
  let streams = 0
  changed.watch = (decision, end) => {
    streams += 1
    const release = watch(decision, end)
    let released = false
    return () => {
      if (!released) streams -= 1
      released = true
      release()
    }
  }
  return () => streams
}
