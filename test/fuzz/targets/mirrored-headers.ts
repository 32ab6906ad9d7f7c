import fc from 'fast-check'
import { traceCarrierOf } from '../../../src/mcp/trace-carrier.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import { chosen, type Edit } from '../../support/mutators/edit.ts'
import { mutateText } from '../../support/mutators/mutate-text.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import { ecKey, signToken, testResourceServer } from '../../support/tokens.ts'
import { choice, edits } from '../support/arbitraries.ts'
import { asRecord, asWebHeaders, type Lines } from '../support/header-lines.ts'
import { check, checkDecision, watchEvents } from '../support/properties.ts'
import { isStrictJson, parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'

const MODERN = '2026-07-28'
const REVISION = 'io.modelcontextprotocol/protocolVersion'
const META = {
  [REVISION]: MODERN,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=value',
  baggage: 'tenant=acme',
  progressToken: 'p-1',
}

/** For each method, the parameter that `Mcp-Name` repeats (MCP-23). */
const NAMES: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
}

const message = (method: string, params: object, id?: unknown) => ({
  jsonrpc: '2.0',
  ...(id === undefined ? {} : { id }),
  method,
  params: { ...params, _meta: META },
})

const MESSAGES = [
  { ...toolCall('open'), params: { name: 'open', _meta: META } },
  message('tools/call', { name: 'öffnen – 開' }, 2),
  message('prompts/get', { name: '=?base64?b3Blbg==?=' }, 3),
  message('resources/read', { uri: 'docs://open/1' }, 'r'),
  message('tasks/cancel', { taskId: 't-1' }, 4),
  message('tools/list', {}, 5),
  message('notifications/progress', { progress: 1 }),
  [message('tools/list', {}, 6)],
] as const

const encoded = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`

/**
 * Mutants of `_meta`, and of the headers that repeat parts of the body. A message of revision 2026-07-28 or later
 * passes only if each header says exactly what the body says, by rules that are written here a second time: a proxy
 * routes by the headers, and the handler reads the body (MCP-23). A propagator never sees a piece of the token.
 */
export const mirroredHeaders: Target<Input> = {
  name: 'mirrored-headers',
  executions: 4000,
  inputs: fc.record({
    base: choice,
    metaEdits: edits(3, 0),
    bodyEdits: edits(1, 0),
    revision: fc.constantFrom(MODERN, MODERN, MODERN, '', '2025-06-18', '2027-01-01', 'DRAFT'),
    method: edits(1, 0),
    name: edits(1, 0),
    spelled: fc.constantFrom('plain', 'plain', 'plain', 'base64', 'other', 'absent'),
    repeated: fc.constantFrom('', '', '', 'mcp-protocol-version', 'mcp-method', 'mcp-name'),
    shape: fc.constantFrom('record', 'record', 'web'),
    parsed: fc.boolean(),
  }),
  async start() {
    const server = testResourceServer({ policy: { default: 'allow' } })
    const token = await signToken({ key: ecKey })
    const donor = {
      [REVISION]: '2025-06-18',
      [` ${REVISION}`]: MODERN,
      traceparent: `Bearer ${token}`,
      baggage: token.slice(0, 200),
      tracestate: 'x'.repeat(5000),
      _meta: { [REVISION]: MODERN },
      name: 'secret',
      params: { name: 'secret' },
    }
    const checkEvents = watchEvents()
    return async (input) => {
      const body = bodyOf(input, donor)
      const value = parsed(body)
      const written = linesOf(input, value)
      const headers = input.shape === 'web' ? asWebHeaders(written) : asRecord(written)
      if (headers === undefined) return
      // A `Headers` removes the blanks around a value.
      const lines: Lines =
        input.shape === 'web' ? written.map(([name, text]) => [name, text.trim()]) : written
      const given = input.parsed && typeof value === 'object' && value !== null
      const decision = await server.authenticate({
        method: 'POST',
        url: '/mcp',
        headers: withToken(headers, token),
        message: given ? (value as object) : Buffer.from(body),
      })
      checkDecision(decision, [token])
      checkEvents([token])
      checkCarriers(value, token)
      const { outcome } = decision
      check(outcome === 'allowed' || outcome === 'refused', 'outcome', decision)
      if (outcome === 'refused') {
        check(REASONS.has(decision.reason), 'reason', decision.reason)
        const untouched = input.metaEdits.length + input.bodyEdits.length === 0
        const agrees = [value].flat().every((one) => faultOf(one, lines) === undefined)
        check(!untouched || !agrees || Array.isArray(value), 'a good message is refused', decision)
        return
      }
      if (!given) check(isStrictJson(body), 'readers disagree about the body', body)
      for (const one of [value].flat()) {
        const fault = faultOf(one, lines)
        check(fault === undefined, `passes, though ${fault}`, [one, lines])
        check(
          fault === undefined && !(isModernMessage(one, lines) && Array.isArray(value)),
          'batch',
        )
      }
    }
  },
}

const REASONS: ReadonlySet<string> = new Set([
  'body_malformed',
  'body_unreadable',
  'header_mismatch',
  'operation_denied',
])

function bodyOf({ base, metaEdits, bodyEdits }: Input, donor: object): string {
  const original = chosen<unknown>(MESSAGES, base)
  const meta = mutateDocument(META, metaEdits, donor)
  const text = JSON.stringify(original).replaceAll(JSON.stringify(META), () => meta)
  const whole = parsed(text)
  return whole === undefined ? text : mutateDocument(whole, bodyEdits, donor)
}

/** A text for any value of JSON, also for an object whose `toString` is no function. */
const textOf = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value)

function linesOf({ revision, method, name, spelled, repeated }: Input, value: unknown): Lines {
  const [first] = [value].flat()
  const { method: said = '', params } = (first ?? {}) as Record<string, never>
  const parameter = (typeof said === 'string' && NAMES[said]) || ''
  const repeatedName = (params as Record<string, unknown> | undefined)?.[parameter] ?? ''
  const named = textOf(repeatedName)
  const plain = /^[\x20-\x7e]*$/.test(named) && !named.startsWith('=?') ? named : encoded(named)
  const spellings: Readonly<Record<string, string | undefined>> = {
    plain,
    base64: encoded(named),
    other: `=?base64?${Buffer.from(named).toString('base64url')}?=`,
  }
  const spelling = spellings[spelled]
  const lines: [string, string][] = []
  if (revision !== '') lines.push(['mcp-protocol-version', revision])
  lines.push(['mcp-method', method.reduce(mutateText, textOf(said))])
  if (spelling !== undefined) lines.push(['mcp-name', name.reduce(mutateText, spelling)])
  return lines.flatMap((line) => (line[0] === repeated ? [line, line] : [line]))
}

/** Whether the message or a header names revision 2026-07-28 or later. */
function isModernMessage(value: unknown, lines: Lines): boolean {
  const isModern = (text: unknown) =>
    typeof text === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(text) && text >= MODERN
  const { params } = (value ?? {}) as { params?: { _meta?: Record<string, unknown> | null } | null }
  return (
    lines.some(([name, text]) => name === 'mcp-protocol-version' && isModern(text)) ||
    isModern(params?._meta?.[REVISION])
  )
}

/** What differs between a message and the headers; `undefined` if a proxy and a handler see the same. */
function faultOf(value: unknown, lines: Lines): string | undefined {
  const { method, id, params } = (value ?? {}) as Record<string, never>
  if (typeof method !== 'string' || !isModernMessage(value, lines)) return undefined
  const { _meta: meta, ...members } = (params ?? {}) as Record<string, unknown>
  const revision = (meta as Record<string, unknown> | null | undefined)?.[REVISION]
  const parameter = members[NAMES[method] ?? '']
  const expected = [
    ['mcp-protocol-version', typeof revision === 'string' ? revision : undefined],
    ['mcp-method', method],
    ...(typeof parameter === 'string' ? [['mcp-name', parameter]] : []),
  ] as const
  for (const [field, said] of expected) {
    const found = lines.filter(([name]) => name === field).map(([, text]) => text)
    // A notification has no answer, and needs only the revision.
    if (found.length === 0 && id === undefined && field !== 'mcp-protocol-version') continue
    if (found.length !== 1) return `${field} is there ${found.length} times`
    const [text = ''] = found
    const same =
      said === undefined || text === said || (field === 'mcp-name' && text === encoded(said))
    const literally = field === 'mcp-name' && text === said && /^=\?base64\?.*\?=$/.test(text)
    if (!same || literally) return `${field} differs`
  }
  return undefined
}

/** Checks what a propagator would read from each `_meta`. */
function checkCarriers(value: unknown, token: string): void {
  for (const one of [value].flat()) {
    const meta = (one as { params?: { _meta?: unknown } } | null | undefined)?.params?._meta
    const carrier = traceCarrierOf(meta, token)
    if (carrier === undefined) continue
    const names = carrier.names()
    check(names.length <= 64, 'many names', names.length)
    for (const name of [...names, 'constructor', '__proto__']) {
      const text = carrier.get(name)
      check(text === undefined || typeof text === 'string', 'a propagator sees no text', text)
      check(text === undefined || text.length <= 4096, 'a propagator sees a long text')
      check(!text?.includes(token.slice(0, 40)), 'a propagator sees the token', text)
    }
  }
}

function withToken<Fields extends Headers | Record<string, string | string[]>>(
  headers: Fields,
  token: string,
): Fields {
  const added = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  if (!(headers instanceof Headers)) return { ...headers, ...added }
  for (const [name, value] of Object.entries(added)) headers.set(name, value)
  return headers
}

interface Input {
  readonly base: number
  readonly metaEdits: readonly Edit[]
  readonly bodyEdits: readonly Edit[]
  readonly revision: string
  readonly method: readonly Edit[]
  readonly name: readonly Edit[]
  readonly spelled: string
  readonly repeated: string
  readonly shape: 'record' | 'web'
  readonly parsed: boolean
}
