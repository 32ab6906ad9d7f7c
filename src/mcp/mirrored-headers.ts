import { RequestRefusedError } from '../errors.ts'
import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { isObject } from '../json-object.ts'
import { quoted } from '../quoted.ts'
import type { Call, Messages } from './messages.ts'

/** The first revision without sessions, whose requests repeat in headers what they are about. */
const MODERN = '2026-07-28'
const REVISION = /^\d{4}-\d{2}-\d{2}$/
const REVISION_MEMBER = 'io.modelcontextprotocol/protocolVersion'

/** The parameter that `Mcp-Name` repeats, by method. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
])

/** Whether the header says that this is a request of 2026-07-28 or later. @internal */
export function namesModernRevision(headers: ResourceRequest['headers']): boolean {
  return headerValues(headers, 'mcp-protocol-version').some((value) => isModern(value))
}

/**
 * On revision 2026-07-28 and later: `MCP-Protocol-Version`, `Mcp-Method` and `Mcp-Name` are there
 * and say what the body says (MCP-23). What stands before us may have routed or logged by them.
 * Whether a request is of that revision is said by the body or by the header; either suffices.
 *
 * @throws {RequestRefusedError} `header_mismatch`, `body_malformed`
 * @internal
 */
export function checkMirroredHeaders(
  headers: ResourceRequest['headers'],
  { calls, batch }: Messages,
): void {
  for (const call of calls) {
    if (!isModernCall(headers, call)) continue
    if (batch) {
      throw new RequestRefusedError('body_malformed', `a batch of revision ${MODERN}`)
    }
    requireSame(headers, 'mcp-protocol-version', revisionIn(call), call)
    const notification = call.id === null
    requireSame(headers, 'mcp-method', call.method, call, notification)
    const parameter = NAMES.get(call.method)
    const name = parameter === undefined ? undefined : call.params?.[parameter]
    if (parameter !== undefined && typeof name === 'string') {
      requireSame(headers, 'mcp-name', name, call, notification, decodeSentinel)
    }
  }
}

/** Whether a call is of revision 2026-07-28 or later. @internal */
export function isModernCall(headers: ResourceRequest['headers'], call: Call): boolean {
  const claimed = revisionIn(call)
  return namesModernRevision(headers) || (claimed !== undefined && isModern(claimed))
}

function isModern(revision: string): boolean {
  return REVISION.test(revision) && revision >= MODERN
}

function revisionIn({ params }: Call): string | undefined {
  const meta = params?._meta
  const revision = isObject(meta) ? meta[REVISION_MEMBER] : undefined
  return typeof revision === 'string' ? revision : undefined
}

/** @param expected `undefined`: any value will do, as long as there is one */
function requireSame(
  headers: ResourceRequest['headers'],
  field: string,
  expected: string | undefined,
  { id }: Call,
  optional = false,
  decode: (value: string) => string | undefined = (value) => value,
): void {
  const values = headerValues(headers, field)
  const [value] = values
  if (value === undefined && optional) return
  const readable = values.length === 1 && value !== undefined && VISIBLE.test(value)
  const said = readable ? decode(value) : undefined
  if (said !== undefined && (expected === undefined || said === expected)) return
  const detail = `${field} is ${quoted(values.join(', '))}, the body says ${quoted(expected)}`
  throw new RequestRefusedError('header_mismatch', detail, { id })
}

/** Other characters come as a sentinel: a header of them is read in one way here, in another there. */
const VISIBLE = /^[\x20-\x7e]*$/

const SENTINEL = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What cannot stand in a header is sent as `=?base64?…?=`, in UTF-8 and canonical Base64. */
function decodeSentinel(value: string): string | undefined {
  if (!value.startsWith('=?base64?') || !value.endsWith('?=')) return value
  const [, base64] = SENTINEL.exec(value) ?? []
  if (base64 === undefined) return undefined
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('base64') !== base64) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}
