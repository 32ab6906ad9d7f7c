/**
 * Returns a function that says where a function was called: file, line and column, such as
 * `/srv/app/server.ts:12:3`. The text is empty where the JavaScript engine does not tell. The text is made
 * when it is asked for, because that takes longer than to remember the place.
 *
 * @param called the function whose caller is wanted
 * @internal
 */
export function placeOfCall(called: (...args: never[]) => unknown): () => string {
  const holder: { stack?: unknown } = {}
  const { stackTraceLimit } = Error
  // One line is enough, and takes a fraction of the time. `Reflect.set` does not throw where the
  // program has frozen `Error`.
  Reflect.set(Error, 'stackTraceLimit', 1)
  Error.captureStackTrace?.(holder, called)
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  return () => readFirstPlace(holder.stack)
}

/**
 * Reads the first place in a stack as V8 writes it: `at name (file:1:2)` or `at file:1:2`. Empty for other
 * text.
 *
 * @internal
 */
export function readFirstPlace(stack: unknown): string {
  if (typeof stack !== 'string') return ''
  for (const line of stack.split('\n')) {
    const frame = /^\s+at (.*)$/.exec(line)?.[1]
    if (frame === undefined) continue
    const place = frame.endsWith(')') ? frame.slice(frame.indexOf(' (') + 2, -1) : frame
    return /:\d+:\d+$/.test(place) ? withoutScheme(place.replace(/^async /, '')) : ''
  }
  return ''
}

function withoutScheme(place: string): string {
  if (!place.startsWith('file://')) return place
  try {
    return decodeURI(place.slice('file://'.length))
  } catch {
    return place
  }
}
