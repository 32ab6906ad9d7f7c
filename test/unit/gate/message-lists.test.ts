import { describe, expect, it } from 'vitest'
import {
  DECISION_CHANNEL,
  type DecisionEvent,
  LIST_CHANNEL,
  type ListEvent,
} from '../../../src/telemetry/events.ts'
import { adapterFor } from '../../support/adapter.ts'
import { collectEvents } from '../../support/events.ts'
import { throwing } from '../../support/throwing.ts'
import {
  CORRELATION_ID,
  ISSUER,
  RESOURCE,
  testResourceServer,
  VERIFIED,
} from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const lists = collectEvents<ListEvent>(LIST_CHANNEL)
const decisions = collectEvents<DecisionEvent>(DECISION_CHANNEL)
const warnings = collectWarnings()

const policy = {
  tools: { act: 'allow', erase: 'deny' },
  prompts: { greet: 'allow', plan: 'deny' },
  resources: { 'notes://{id}': 'allow', 'notes://secret': 'deny', 'secrets://{id}': 'deny' },
} as const

const messagesOf = (options: object = { policy }) =>
  adapterFor(testResourceServer(options)).messages
const tools = (...names: string[]) => ({ tools: names.map((name) => ({ name })) })

describe('the lists of an MCP server', () => {
  it('MCP-25: are shortened for their caller, and an event names what is hidden', async () => {
    const shown = await messagesOf().filterList('tools/list', tools('act', 'erase'), VERIFIED)
    expect(shown).toMatchObject(tools('act'))
    expect(lists).toEqual([
      {
        method: 'tools/list',
        resource: RESOURCE,
        issuer: ISSUER,
        subject: 'alice',
        clientId: 'inspector',
        listed: 2,
        hidden: [{ name: 'erase', reason: 'operation_denied' }],
        hiddenCount: 1,
      },
    ])
  })

  it('MCP-25: are empty without a token, and the event names nobody', async () => {
    expect(await messagesOf().filterList('tools/list', tools('act'), undefined)).toMatchObject(
      tools(),
    )
    expect(lists).toMatchObject([
      { issuer: undefined, subject: undefined, clientId: undefined, listed: 1, hiddenCount: 1 },
    ])
  })

  it('MCP-25: with nothing hidden make no event', async () => {
    await messagesOf().filterList('tools/list', tools('act'), VERIFIED)
    expect(lists).toEqual([])
  })

  it('MCP-25: are compared with the names in the policy', async () => {
    await messagesOf().filterList('tools/list', tools('act', 'other'), VERIFIED)
    expect(warnings.map(([, code]) => code)).toContain('MCP_WITHOUT_A_RULE')
  })

  it('MCP-25: are unchanged without a policy, whoever asks', async () => {
    const result = tools('act')
    expect(await messagesOf({}).filterList('tools/list', result, undefined)).toBe(result)
    expect(await messagesOf({}).filterList('completion/complete', result, undefined)).toBe(result)
  })

  it('MCP-25: a completion has no value that makes a resource which the caller may not read', async () => {
    const completed = await messagesOf().filterList(
      'completion/complete',
      { completion: { values: ['a', 'secret'] } },
      VERIFIED,
      {
        ref: { type: 'ref/resource', uri: 'notes://{id}' },
        argument: { name: 'id', value: '' },
      },
    )
    expect(completed).toMatchObject({ completion: { values: ['a'] } })
    expect(lists).toEqual([])
  })
})

describe('what an MCP server registers', () => {
  it('MCP-13: is compared with the policy, if there is one', () => {
    messagesOf().registered('tools', 'act')
    expect(warnings).toEqual([])
    messagesOf().registered('tools', 'other')
    expect(warnings.map(([, code]) => code)).toEqual(['MCP_WITHOUT_A_RULE'])
    expect(() => messagesOf({}).registered('tools', 'other')).not.toThrow()
    expect(warnings).toHaveLength(1)
  })

  it.each([
    ['with the same rule', { policy }, 'act', 'allow', undefined],
    ['with another rule', { policy }, 'act', 'deny', 'has two rules that differ'],
    ['without a policy', {}, 'act', 'allow', 'the policy does not have the rule'],
  ] as const)('S5: %s', (_what, options, name, rule, message) => {
    const assert = () => messagesOf(options).assertRule('tools', name, rule, () => 'withRule')
    if (message === undefined) expect(assert).not.toThrow()
    else expect(assert).toThrow(message)
  })
})

describe('a resource that a message reads', () => {
  const read = (uri: string, options?: object) =>
    messagesOf(options).checkResource(
      uri.replace('a', '{id}'),
      uri,
      { method: 'resources/read', params: { uri } },
      { token: VERIFIED, resource: RESOURCE, shown: '', sessionId: undefined },
    )

  it('S5: needs the rule of the template that matches it', async () => {
    expect(await read('notes://a')).toBeUndefined()
    expect(await read('secrets://a')).toMatchObject({ error: { code: 403 }, answerable: true })
    expect(await read('secrets://a', {})).toBeUndefined()
  })
})

describe('the answer to a message that is refused', () => {
  const origin = { token: VERIFIED, resource: RESOURCE, shown: 'the-token', sessionId: undefined }
  const CALL = { method: 'tools/call', params: { name: 'act' } }

  it('MCP-13 MCP-24: without a token says that the server cannot check it', async () => {
    const refusal = await messagesOf().check(CALL, { ...origin, token: undefined }, {})
    expect(refusal).toEqual({
      error: {
        code: 503,
        message: 'The request reached the MCP server without a verified access token.',
        data: { correlation_id: CORRELATION_ID },
      },
      answerable: true,
    })
    expect(warnings[0]?.[0]).toContain('protectServer: tools/call came without a verified')
  })

  it('MCP-24: has the correlation id of its HTTP request', async () => {
    const refused = { ...CALL, params: { name: 'erase' } }
    const refusal = await messagesOf().check(refused, { ...origin, correlationId: 'mine' }, {})
    expect(refusal?.error).toEqual({
      code: 403,
      message: 'The caller may not use this operation.',
      data: { correlation_id: 'mine' },
    })
    expect(decisions).toMatchObject([
      {
        correlationId: 'mine',
        resource: RESOURCE,
        method: undefined,
        operations: ['tools/call "erase"'],
        subject: 'alice',
        possession: undefined,
        cache: undefined,
        duration: 0,
      },
    ])
  })

  it('S1.4: an error that nobody expected is 503, and its text is not shown', async () => {
    const token = Object.defineProperty({ ...VERIFIED }, 'expiresAt', {
      get: throwing(new RangeError('a secret')),
    })
    const refusal = await messagesOf().check({}, { ...origin, token }, {})
    expect(refusal?.error).toEqual({
      code: 503,
      message: 'The request cannot be checked right now.',
      data: { correlation_id: CORRELATION_ID },
    })
    expect(decisions).toMatchObject([
      { reason: 'policy_failed', detail: 'RangeError', operations: ['a response'] },
    ])
    expect(JSON.stringify(decisions)).not.toContain('a secret')
  })
})
