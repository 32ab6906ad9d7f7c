import fc from 'fast-check'
import type { ResourceRequest } from '../../../src/index.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import type { Edit } from '../../support/mutators/edit.ts'
import { mutateText } from '../../support/mutators/mutate-text.ts'
import { mutateDocument } from '../../support/mutators/mutate-token.ts'
import { ecKey, signToken, testResourceServer } from '../../support/tokens.ts'
import { choice, edits } from '../support/arbitraries.ts'
import { checkHarmless, NO_SECRETS } from '../support/harmless.ts'
import { check, checkDecision, watchEvents } from '../support/properties.ts'
import { isStrictJson, parsed } from '../support/strict-json.ts'
import type { Target } from '../support/target.ts'

const MODERN = '2026-07-28'
const META = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}

const read = (uri: string) => ({ jsonrpc: '2.0', id: 2, method: 'resources/read', params: { uri } })
const prompt = { jsonrpc: '2.0', id: 3, method: 'prompts/get', params: { name: 'open' } }

const MESSAGES = [
  toolCall('open', 1, { a: [1] }),
  { ...toolCall('open'), params: { name: 'open', _meta: META } },
  read('docs://open/1'),
  prompt,
  [toolCall('open'), read('docs://open/1'), prompt],
  { jsonrpc: '2.0', method: 'notifications/initialized' },
  { jsonrpc: '2.0', id: 4, result: {} },
  {
    jsonrpc: '2.0',
    id: 5,
    method: 'subscriptions/listen',
    params: { notifications: { resourceSubscriptions: ['docs://open/1', 'docs://secret/1'] } },
  },
  {
    jsonrpc: '2.0',
    id: 6,
    method: 'completion/complete',
    params: { ref: { type: 'ref/resource', uri: 'docs://{place}/1' }, context: { arguments: {} } },
  },
] as const

/** What somebody would put into a message to reach what is denied. */
const DONORS = [
  { name: 'secret', uri: 'docs://secret/1', method: 'tools/call' },
  { params: { name: 'secret' }, method: 'prompts/get', jsonrpc: '2.0' },
  { params: { uri: 'docs://secret/1' }, method: 'resources/subscribe' },
  { ref: { type: 'ref/prompt', name: 'secret' }, arguments: { place: 'secret' } },
  { _meta: META, id: { a: 1 } },
] as const

/**
 * Mutants of JSON-RPC bodies against a policy that denies everything called `secret`. No body passes that some
 * server could read as a use of it.
 */
export const messages: Target<Input> = {
  name: 'messages',
  executions: 12_000,
  inputs: fc.record({
    base: choice,
    donor: choice,
    parsed: fc.boolean(),
    header: fc.constantFrom('', 'old', 'modern'),
    edits: edits(4),
    damage: edits(1, 0),
  }),
  async start() {
    const server = testResourceServer({
      policy: NO_SECRETS,
    })
    const token = await signToken({ key: ecKey })
    const checkEvents = watchEvents()
    return async ({ base, donor, parsed: isParsed, header, edits: changes, damage }) => {
      const message = MESSAGES[base % MESSAGES.length] ?? {}
      const json = mutateDocument(message, changes, DONORS[donor % DONORS.length])
      const body = damage.reduce(mutateText, json)
      const value = parsed(body)
      const headers: Record<string, string> = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(header === ''
          ? {}
          : { 'mcp-protocol-version': header === 'old' ? '2025-06-18' : MODERN }),
        ...(header === 'modern' ? { 'mcp-method': 'tools/call', 'mcp-name': 'open' } : {}),
      }
      const given = isParsed && typeof value === 'object' && value !== null ? value : undefined
      const request: ResourceRequest = {
        method: 'POST',
        url: '/mcp',
        headers,
        message: given ?? Buffer.from(body),
      }
      const decision = await server.authenticate(request)
      checkDecision(decision, [token])
      checkEvents([token])
      const { outcome } = decision
      check(outcome === 'allowed' || outcome === 'refused', 'outcome', decision)
      if (outcome === 'refused') {
        check(REASONS.has(decision.reason), 'reason', decision.reason)
        return
      }
      if (given === undefined) check(isStrictJson(body), 'readers disagree about the body', body)
      for (const one of [value].flat()) checkHarmless(one as Record<string, never>)
    }
  },
}

const REASONS: ReadonlySet<string> = new Set([
  'body_malformed',
  'body_unreadable',
  'header_mismatch',
  'operation_denied',
])

interface Input {
  readonly base: number
  readonly donor: number
  readonly parsed: boolean
  readonly header: string
  readonly edits: readonly Edit[]
  readonly damage: readonly Edit[]
}
