import { RequestRefusedError } from '../errors/request-refused-error.ts'
import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { isObject } from '../json-object.ts'
import { quoted } from '../quoted.ts'
import type { Call, Messages } from './messages.ts'

/**
 * The first MCP revision whose requests repeat parts of the body in header fields. It is also the first
 * revision without sessions.
 */
const MODERN = '2026-07-28'
const REVISION = /^\d{4}-\d{2}-\d{2}$/
const REVISION_MEMBER = 'io.modelcontextprotocol/protocolVersion'

/** For each method, the parameter that the header `Mcp-Name` repeats. */
const NAME_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
])

/**
 * Whether every header `MCP-Protocol-Version` is revision 2026-07-28 or later. Such a request has no session, so
 * a version that can be read in two ways does not count.
 *
 * @internal
 */
export function isOfModernRevision(headers: ResourceRequest['headers']): boolean {
  const values = headerValues(headers, 'mcp-protocol-version')
  return values.length > 0 && values.every(isModern)
}

/**
 * Whether `MCP-Protocol-Version` names such a revision at all. A `Headers` joins repeated lines with a comma, and
 * one of the parts is enough.
 */
function namesModernRevision(headers: ResourceRequest['headers']): boolean {
  return headerValues(headers, 'mcp-protocol-version').some((value) =>
    value.split(',').some((part) => isModern(part.trim())),
  )
}

/**
 * Checks that `MCP-Protocol-Version`, `Mcp-Method` and `Mcp-Name` are present and equal to the body.
 * Revision 2026-07-28 and later require this (MCP-23), because a proxy may route or log a request by
 * these headers. The check applies when the body or the header names such a revision.
 *
 * @returns whether the request is of revision 2026-07-28 or later; such a request contains only one
 * message
 * @throws {RequestRefusedError} `header_mismatch`, `body_malformed`
 * @internal
 */
export function checkMirroredHeaders(
  headers: ResourceRequest['headers'],
  { calls, batch }: Messages,
): boolean {
  const modernHeader = namesModernRevision(headers)
  let modern = false
  for (const call of calls) {
    const revision = revisionIn(call)
    if (!modernHeader && !isModern(revision)) continue
    if (batch) {
      throw new RequestRefusedError(
        'body_malformed',
        `the body is a batch, which revision ${MODERN} does not allow`,
      )
    }
    modern = true
    checkHeader(headers, 'mcp-protocol-version', revision, call)
    const notification = call.id === null && call.oddId !== true
    checkHeader(headers, 'mcp-method', call.method, call, notification)
    const parameter = NAME_PARAMETERS.get(call.method)
    const name = parameter === undefined ? undefined : call.params?.[parameter]
    if (parameter !== undefined && typeof name === 'string') {
      checkHeader(headers, 'mcp-name', name, call, notification, decodeSentinel)
    }
  }
  return modern
}

function isModern(revision: string | undefined): boolean {
  return revision !== undefined && REVISION.test(revision) && revision >= MODERN
}

function revisionIn({ params }: Call): string | undefined {
  const meta = params?._meta
  const revision = isObject(meta) ? meta[REVISION_MEMBER] : undefined
  return typeof revision === 'string' ? revision : undefined
}

/** @param expected the value in the body; `undefined` if the body has none: then any one revision is accepted */
function checkHeader(
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
  const found = readable ? decode(value) : undefined
  const agrees = (value: string): boolean =>
    expected === undefined ? REVISION.test(value) : value === expected
  if (found !== undefined && agrees(found)) return
  const detail = `the header ${field} is ${quoted(values.join(', '))}, but the body says ${quoted(expected)}`
  throw new RequestRefusedError('header_mismatch', detail, { id })
}

/** Visible ASCII characters and blanks. Servers disagree about the decoding of other bytes in a header. */
const VISIBLE = /^[\x20-\x7e]*$/

const SENTINEL = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Decodes `=?base64?…?=`. Clients send a name in this form if it contains characters that a header
 * field cannot contain. The Base64 must be canonical, and its bytes must be UTF-8; otherwise the result
 * is `undefined`. A value in any other form is returned unchanged.
 */
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
