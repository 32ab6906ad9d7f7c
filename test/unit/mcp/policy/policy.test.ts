import { describe, expect, it } from 'vitest'
import type { PolicyOptions, PolicyRule } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import { ask, call, readOf, serverWith, tokenWith, toolCall } from './callers.ts'

const isOwner = () => true

/** The line for methods that need no rule. */
const PROTOCOL = 'allow (initialize, ping, lists, notifications and similar methods)'

describe('describe()', () => {
  it('S1.6: gives a line for each rule', () => {
    const policy = createPolicy({
      tools: {
        list: 'allow',
        drop: 'deny',
        read: { scopes: ['data:read'] },
        write: { scopes: ['data:read', 'data:write'], roles: ['steward'] },
        any: { scopes: { anyOf: ['a', 'b'] }, roles: { anyOf: ['r', 's'] } },
        mine: { allow: isOwner },
        unnamed: {
          scopes: ['x'],
          allow: (
            () => () =>
              true
          )(),
        },
      },
      resources: { 'docs:///{+path}': 'allow' },
      prompts: { greet: { roles: ['r', 's'] } },
      methods: { 'tasks/get': { scopes: { anyOf: ['one'] } } },
    })
    expect(policy.describe().split('\n')).toEqual([
      'tool list                 allow',
      'tool drop                 deny',
      'tool read                 scope data:read',
      'tool write                scopes all of data:read data:write, role steward',
      'tool any                  scopes any of a b, roles any of r s',
      'tool mine                 function isOwner',
      'tool unnamed              scope x, function (anonymous)',
      'resource docs:///{+path}  allow',
      'prompt greet              roles all of r s',
      'method tasks/get          scope one',
      `the protocol              ${PROTOCOL}`,
      'anything else             deny',
    ])
  })

  it('S1.6: gives a line for everything that has no rule', () => {
    expect(createPolicy({}).describe()).toBe(`the protocol   ${PROTOCOL}\nanything else  deny`)
    expect(createPolicy({ default: 'allow' }).describe()).toBe(
      `the protocol   ${PROTOCOL}\nanything else  allow`,
    )
    const asks = createPolicy({ default: { scopes: ['s'] } })
    expect(asks.describe()).toBe(`the protocol   ${PROTOCOL}\nanything else  scope s`)
  })

  it('S1.6: is there on the policy of a resource server', () => {
    const server = serverWith({ tools: { act: 'allow' } })
    expect(server.policy?.describe()).toBe(
      `tool act       allow\nthe protocol   ${PROTOCOL}\nanything else  deny`,
    )
  })
})

describe('Policy.scopes', () => {
  it('S1.6: are all scopes of all rules, each once, in the order of the rules', () => {
    const policy = createPolicy({
      tools: { a: { scopes: ['t2', 't1'] }, b: { scopes: { anyOf: ['t1', 't3'] } } },
      resources: { 'x:{y}': { scopes: ['r1'] } },
      prompts: { p: { scopes: ['p1', 't1'], roles: ['no-scope'] } },
      methods: { 'tools/list': { scopes: ['m1'] } },
      default: { scopes: ['d1', 'r1'] },
    })
    expect(policy.scopes).toEqual(['t2', 't1', 't3', 'r1', 'p1', 'm1', 'd1'])
    expect(createPolicy({ tools: { a: 'allow', b: 'deny' } }).scopes).toEqual([])
  })
})

describe('Policy.check()', () => {
  const options: PolicyOptions = {
    tools: { act: { scopes: ['s'] }, closed: 'deny' },
    resources: { 'docs:///{id}': 'allow' },
  }

  it.each([
    ['a tool', toolCall('act')],
    ['a closed tool', toolCall('closed')],
    ['a resource', readOf('docs:///a')],
    ['no parameters', { method: 'ping' }],
    ['another method', call('vendor/x')],
  ])('S1.6: decides as the gate decides about a request: %s', async (_name, message) => {
    const policy = createPolicy(options)
    const server = serverWith(options)
    for (const scope of ['', 's']) {
      const alone = await policy.check(message, tokenWith(scope))
      expect(await server.policy?.check(message, tokenWith(scope))).toEqual(alone)
      const decision = await ask(server, { message: { jsonrpc: '2.0', ...message }, scope })
      const outcomes = {
        allowed: 'allowed',
        scope_missing: 'challenged',
        dpop_required: 'challenged',
        denied: 'refused',
      }
      expect(decision.outcome).toBe(outcomes[alone.outcome])
      if (alone.outcome === 'denied') expect(decision).toMatchObject({ detail: alone.detail })
    }
  })

  it.each([
    ['no name', call('tools/call', {})],
    ['no parameters', { method: 'tools/call' }],
    ['an empty name', toolCall('')],
    ['a URI that is none', readOf(5)],
  ])(
    'S1.6: denies a call that names no target, even when everything is allowed: %s',
    async (_name, message) => {
      const result = await createPolicy({ default: 'allow' }).check(message, tokenWith())
      expect(result).toEqual({ outcome: 'denied', detail: expect.any(String) })
    },
  )

  it.each([
    ['the name of a tool alone', { name: 'act' }, tokenWith('s')],
    ['no token', toolCall('act'), undefined],
    ['a claim set in place of a token', toolCall('act'), { sub: 'a', scope: 's' }],
  ])(
    'is a TypeError that names the expected arguments when it gets %s',
    async (_what, given, token) => {
      await expect(createPolicy(options).check(given as never, token as never)).rejects.toThrow(
        /^Policy.check takes a call such as .* verified token, which createVerifiedToken/,
      )
    },
  )

  it('MCP-11: uses the scope hierarchy that createPolicy() gets', async () => {
    const policy = createPolicy(options, { scopeHierarchy: { admin: ['s'] } })
    expect(await policy.check(toolCall('act'), tokenWith('admin'))).toEqual({
      outcome: 'allowed',
      scopes: ['s'],
    })
    const without = createPolicy(options)
    expect((await without.check(toolCall('act'), tokenWith('admin'))).outcome).toBe('scope_missing')
  })
})

describe('a policy with 1000 tools', () => {
  const asked: string[] = []
  const rule = (at: number): PolicyRule => ({
    scopes: [`scope:${at % 10}`],
    allow: (_token, { name = '' }) => asked.push(name) > 0,
  })
  const tools = Object.fromEntries(
    Array.from({ length: 1000 }, (_, at) => [`tool_${at}`, rule(at)]),
  )
  const resources = Object.fromEntries(
    Array.from({ length: 1000 }, (_, at) => [`docs:///${at}/{+path}`, rule(at)]),
  )
  const policy = createPolicy({ tools, resources })

  it('S1.6: calls the function of the used tool’s rule, and no other', async () => {
    for (const at of [0, 1, 500, 999]) {
      asked.length = 0
      const mine = tokenWith(`scope:${at % 10}`)
      expect((await policy.check(toolCall(`tool_${at}`), mine)).outcome).toBe('allowed')
      expect((await policy.check(readOf(`docs:///${at}/a/b`), mine)).outcome).toBe('allowed')
      const other = tokenWith(`scope:${(at + 1) % 10}`)
      expect((await policy.check(toolCall(`tool_${at}`), other)).outcome).toBe('scope_missing')
      expect(asked).toEqual([`tool_${at}`, `docs:///${at}/a/b`, `tool_${at}`])
    }
    expect((await policy.check(toolCall('tool_1000'), tokenWith())).outcome).toBe('denied')
    expect((await policy.check(readOf('docs:///1000/a'), tokenWith())).outcome).toBe('denied')
  })
})
