import { describe, expect, it } from 'vitest'
import { LIST_CHANNEL, type ListEvent } from '../../../src/telemetry/events.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { adapterFor } from '../../support/adapter.ts'
import { collectEvents } from '../../support/events.ts'
import { throwing } from '../../support/throwing.ts'
import { signToken, testResourceServer } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const lists = collectEvents<ListEvent>(LIST_CHANNEL)
const warnings = collectWarnings()

const token: VerifiedToken = await testResourceServer().verify(await signToken())
const messagesOf = (operations: object) =>
  adapterFor(testResourceServer({ policy: operations })).messages
const listOf = (...names: string[]) => ({ tools: names.map((name) => ({ name })) })

describe('a name without a rule', () => {
  it('causes one warning when it is registered, with the most similar rule', () => {
    const messages = messagesOf({ tools: { pnig: 'allow', other: 'allow' } })
    messages.registered('tools', 'ping')
    messages.registered('tools', 'ping')
    messages.registered('tools', 'other')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.[1]).toBe('MCP_WITHOUT_A_RULE')
    expect(warnings[0]?.[0]).toContain('no rule names the tool "ping"')
    expect(warnings[0]?.[0]).toContain('there is a rule for "pnig": did you mean that?')
  })

  it('causes a warning for tools, prompts, resources and templates', () => {
    const messages = messagesOf({ resources: { 'docs:///a': 'allow', 'docs:///t/{x}': 'allow' } })
    messages.registered('prompts', 'greet')
    messages.registered('resources', 'docs:///b')
    messages.registered('resources', 'other:///{x}')
    for (const known of ['docs:///a', 'docs:///t/1', 'docs:///t/{x}'])
      messages.registered('resources', known)
    expect(
      warnings.map(([message]) => /no rule names the (\w+ "[^"]+")/.exec(message)?.[1]),
    ).toEqual(['prompt "greet"', 'resource "docs:///b"', 'resource "other:///{x}"'])
  })

  it('does not claim for a template that nobody may use its resources', () => {
    const messages = messagesOf({ resources: { 'docs:///public/{+path}': 'allow' } })
    messages.registered('resources', 'docs:///{+path}')
    expect(warnings[0]?.[0]).toContain('its resources can be read only where another rule matches')
    expect(warnings[0]?.[0]).not.toContain('nobody may use it')
  })

  it('causes no warning when it has the rule deny, or the default rule is not deny', () => {
    messagesOf({ tools: { ping: 'deny' } }).registered('tools', 'ping')
    messagesOf({ default: 'allow' }).registered('tools', 'ping')
    messagesOf({ default: { scopes: ['x'] } }).registered('tools', 'ping')
    adapterFor(testResourceServer()).messages.registered('tools', 'ping')
    expect(warnings).toEqual([])
  })

  it('causes a warning when it is listed, for servers that do not register their tools', async () => {
    const messages = messagesOf({ tools: { act: 'allow' } })
    await messages.filterList('tools/list', listOf('act', 'new'), token)
    expect(warnings.map(([message]) => message)).toEqual([
      expect.stringContaining('no rule names the tool "new"'),
    ])
  })

  it('causes fifty warnings at most', () => {
    const messages = messagesOf({})
    for (let at = 0; at < 1000; at += 1) messages.registered('tools', `tool-${at}`)
    expect(warnings).toHaveLength(50)
  })
})

describe('a rule for a name that the server does not have', () => {
  it('causes one warning at the first list, with the most similar name', async () => {
    const messages = messagesOf({ tools: { pnig: 'allow', act: 'allow', zzz: 'deny' } })
    for (let time = 0; time < 3; time += 1) {
      await messages.filterList('tools/list', listOf('ping', 'act'), token)
    }
    const [missing, ...more] = warnings.filter(([, code]) => code === 'MCP_NOTHING_BY_THIS_NAME')
    expect(more).toEqual([])
    expect(missing?.[0]).toContain('"pnig" (it lists "ping": did you mean that?), "zzz"')
    expect(missing?.[0]).not.toContain('"act"')
  })

  it.each([
    ['pnig', 'ping', true],
    ['read', 'write', false],
  ])('for %s, the warning suggests %s: %s', async (rule, listed, isNear) => {
    const messages = messagesOf({ tools: { [rule]: 'allow' } })
    await messages.filterList('tools/list', listOf(listed), token)
    const [message = ''] = warnings.at(-1) ?? []
    expect(message.includes(`it lists "${listed}"`)).toBe(isNear)
  })

  it('causes no warning for a page of a list, or a result that is not a list', async () => {
    const messages = messagesOf({ tools: { act: 'allow' }, resources: { 'docs:///a': 'allow' } })
    await messages.filterList('tools/list', { ...listOf(), nextCursor: 'more' }, token)
    await messages.filterList('tools/list', null, token)
    await messages.filterList('tools/list', { tools: 5 }, token)
    await messages.filterList('resources/list', { resources: [] }, token)
    await messages.filterList('tools/call', { content: [] }, token)
    expect(warnings).toEqual([])
    await messages.filterList('tools/list', { tools: [null, {}, { name: 5 }] }, token)
    expect(warnings.map(([, code]) => code)).toEqual(['MCP_NOTHING_BY_THIS_NAME'])
  })
})

describe('the items that a list hides', () => {
  it('MCP-25: are in an event, with the reasons and the number of all items', async () => {
    const allow = throwing(new Error('s3cr3t'))
    const messages = messagesOf({
      showStepUp: false,
      tools: { act: 'allow', write: { scopes: ['w'] }, gone: 'deny', odd: { allow } },
    })
    await messages.filterList('tools/list', listOf('act', 'write', 'gone', 'odd', 'new'), token)
    expect(lists).toEqual([
      {
        method: 'tools/list',
        resource: 'https://mcp.example.com/mcp',
        issuer: token.issuer,
        subject: token.subject,
        clientId: token.clientId,
        listed: 5,
        hiddenCount: 4,
        hidden: [
          { name: 'write', reason: 'scope_missing' },
          { name: 'gone', reason: 'operation_denied' },
          { name: 'odd', reason: 'policy_failed' },
          { name: 'new', reason: 'operation_denied' },
        ],
      },
    ])
    await messages.filterList('tools/list', listOf('act'), token)
    expect(lists).toHaveLength(1)
  })

  it('are listed up to a limit of 20', async () => {
    const names = Array.from({ length: 500 }, (_, at) => `tool-${at}`)
    await messagesOf({}).filterList('tools/list', listOf(...names), token)
    expect(lists[0]).toMatchObject({ listed: 500, hiddenCount: 500 })
    expect(lists[0]?.hidden).toHaveLength(20)
  })
})
