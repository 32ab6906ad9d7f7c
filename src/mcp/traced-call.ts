import { isObject } from '../json-object.ts'
import { printable } from '../quoted.ts'
import { mayQuoteToken, withoutToken } from '../redaction.ts'
import type { TracedCall } from '../telemetry/traces.ts'

/** A message as a transport or a body brings it. Only `method` has been checked. */
interface Message {
  readonly id?: unknown
  readonly method: string
  readonly params?: Readonly<Record<string, unknown>> | undefined
}

/** The revisions of MCP. Traces leave out any other value: the caller may have made it up. */
const REVISIONS: ReadonlySet<unknown> = new Set([
  '2024-11-05',
  '2025-03-26',
  '2025-06-18',
  '2025-11-25',
  '2026-07-28',
])
const REVISION_MEMBER = 'io.modelcontextprotocol/protocolVersion'

const RESOURCE_METHODS: ReadonlySet<string> = new Set([
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
])

/** The longest text of a caller in a trace, in characters. */
const LONGEST = 128

/** Describes a message for its trace. @param shown the token as the caller sent it @internal */
export function describeCall({ id, method, params }: Message, shown: string): TracedCall {
  const { name, uri, ref } = isObject(params) ? params : ({} as Record<string, unknown>)
  const text = (value: unknown): string | undefined => tracedText(value, shown)
  const completed = isObject(ref) && ref.type === 'ref/prompt' ? ref.name : undefined
  return {
    method: text(method) ?? '',
    requestId: text(typeof id === 'number' ? String(id) : id),
    tool: method === 'tools/call' ? text(name) : undefined,
    prompt:
      method === 'prompts/get'
        ? text(name)
        : method === 'completion/complete'
          ? text(completed)
          : undefined,
    resourceUri:
      RESOURCE_METHODS.has(method) && typeof uri === 'string' ? text(plainUri(uri)) : undefined,
    protocolVersion: knownRevision(claimedRevision(method, params)),
  }
}

/** A caller's text for a trace: cut, on one line and without pieces of the token. @internal */
export function tracedText(value: unknown, shown: string): string | undefined {
  if (typeof value !== 'string') return undefined
  const start = value.slice(0, 2 * LONGEST)
  const safe = mayQuoteToken(start) ? withoutToken(start, shown) : start
  // Last, because the cut may leave half a character.
  return printable(safe.slice(0, LONGEST))
}

/** A revision of MCP; `undefined` if this package does not know it. @internal */
export function knownRevision(value: unknown): string | undefined {
  return REVISIONS.has(value) ? (value as string) : undefined
}

function claimedRevision(method: string, params: unknown): unknown {
  if (!isObject(params)) return undefined
  if (method === 'initialize') return params.protocolVersion
  return isObject(params._meta) ? params._meta[REVISION_MEMBER] : undefined
}

/** A URI without its query, its fragment and its user, which may be secrets. */
function plainUri(uri: string): string {
  return uri.replace(/[?#].*$/s, '').replace(/^([^:/]*:\/\/)[^/]*@/, '$1')
}
