import { isObject } from '../json-object.ts'
import { withoutToken } from '../redaction.ts'
import type { TraceCarrier } from '../telemetry/trace-runner.ts'

/** How many names of `_meta` a propagator sees at most. */
const MOST_NAMES = 64
/** The longest value that a propagator sees, in characters. `baggage` is the longest one. */
const LONGEST_VALUE = 4096

/**
 * Lets a propagator read the trace context in `_meta` of a message (MCP, SEP-414: `traceparent`,
 * `tracestate` and `baggage`). The caller chooses `_meta`, so a propagator sees only short strings, and
 * none that contains a piece of the token: trace context is sent to other systems.
 *
 * @param shown the token as the caller sent it
 * @returns `undefined` if there is no `_meta`
 * @internal
 */
export function traceCarrierOf(meta: unknown, shown: string): TraceCarrier | undefined {
  if (!isObject(meta)) return undefined
  return {
    get(name) {
      // A message of an in-memory transport may be any object: do not call a getter.
      const value: unknown = Object.getOwnPropertyDescriptor(meta, name)?.value
      if (typeof value !== 'string' || value.length > LONGEST_VALUE) return undefined
      return withoutToken(value, shown) === value ? value : undefined
    },
    names: () => Object.keys(meta).slice(0, MOST_NAMES),
  }
}
