import { describe, expect, it } from 'vitest'
import type { Operation, PolicyOptions, PolicyRules } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import type { VerifiedToken } from '../../../../src/token/verified-token.ts'
import { ask, call, readOf, refused, serverWith, tokenWith, toolCall } from './callers.ts'

/** Names of members that every object inherits. */
const INHERITED = [
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  '__defineGetter__',
  'prototype',
]

/** Rules with this name as an own member, as `JSON.parse` makes it also of `__proto__`. */
const ruled = (name: string, rule: unknown) =>
  JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(rule)}}`) as PolicyRules

const naming = (name: string) => [
  toolCall(name),
  call('prompts/get', { name }),
  readOf(name),
  call(name),
  call('completion/complete', { ref: { type: 'ref/prompt', name } }),
]

const outcomes = (options: PolicyOptions, name: string, scope = '') => {
  const policy = createPolicy(options)
  const decided = naming(name).map((message) => policy.check(message, tokenWith(scope)))
  return Promise.all(decided.map(async (result) => (await result).outcome))
}

const everywhere = (rules: PolicyRules): PolicyOptions => ({
  tools: rules,
  prompts: rules,
  resources: rules,
  methods: rules,
})

describe('S1.6: names that every JavaScript object inherits', () => {
  it.each(INHERITED)('have no rule: %s', async (name) => {
    const options = everywhere({ known: 'allow' })
    expect(new Set(await outcomes(options, name))).toEqual(new Set(['denied']))
    const asks: PolicyOptions = { ...options, default: { scopes: ['s'] } }
    expect(new Set(await outcomes(asks, name))).toEqual(new Set(['scope_missing']))
  })

  it.each(INHERITED)('have the rule that the options give them: %s', async (name) => {
    const deny = { ...everywhere(ruled(name, 'deny')), default: 'allow' as const }
    expect(new Set(await outcomes(deny, name))).toEqual(new Set(['denied']))
    const asks = { ...everywhere(ruled(name, { scopes: ['s'] })), default: 'allow' as const }
    expect(new Set(await outcomes(asks, name))).toEqual(new Set(['scope_missing']))
    expect(new Set(await outcomes(asks, name, 's'))).toEqual(new Set(['allowed']))
  })

  it.each(INHERITED)(
    'are no scope or role of a token that does not list them: %s',
    async (name) => {
      const policy = createPolicy({
        tools: { scoped: { scopes: [name] }, roled: { roles: [name] } },
      })
      const token = tokenWith('', { roles: [] })
      expect(await policy.check(toolCall('scoped'), token)).toMatchObject({
        outcome: 'scope_missing',
      })
      expect(await policy.check(toolCall('roled'), token)).toMatchObject({ outcome: 'denied' })
      const holder = tokenWith(name, { roles: [name] })
      expect(await policy.check(toolCall('scoped'), holder)).toMatchObject({ outcome: 'allowed' })
      expect(await policy.check(toolCall('roled'), holder)).toMatchObject({ outcome: 'allowed' })
    },
  )

  it('rules that an options object inherits are ignored', async () => {
    const tools = Object.create({ act: 'allow' }) as PolicyRules
    const policy = createPolicy({ tools })
    const { outcome } = await policy.check(toolCall('act'), tokenWith())
    expect(outcome).toBe('denied')
  })
})

const LONGEST = 'x'.repeat(2048)

const NAMED: readonly [string, (name: unknown) => object][] = [
  ['tools/call', (name) => toolCall(name)],
  ['prompts/get', (name) => call('prompts/get', { name })],
  ['resources/read', (name) => readOf(name)],
  ['resources/subscribe', (uri) => call('resources/subscribe', { uri })],
  ['resources/unsubscribe', (uri) => call('resources/unsubscribe', { uri })],
  [
    'prompt completion',
    (name) => call('completion/complete', { ref: { type: 'ref/prompt', name } }),
  ],
  ['URI completion', (uri) => call('completion/complete', { ref: { type: 'ref/resource', uri } })],
]

describe('S1.6: a call that names no target is refused, even when everything is allowed', () => {
  const server = serverWith({ default: 'allow' })

  for (const [what, make] of NAMED) {
    it.each([
      ['an empty name', ''],
      ['one that is too long', `${LONGEST}x`],
      ['no name', undefined],
      ['null', null],
      ['a number', 5],
      ['a list', ['act']],
      ['an object', { toString: 'act' }],
    ])(`${what}: %s`, async (_name, name) => {
      const decision = await ask(server, { message: make(name) })
      expect(decision).toMatchObject(refused(400, 'body_malformed', -32602, 1))
    })

    it(`${what}: a name of 2048 characters is accepted`, async () => {
      expect(await ask(server, { message: make(LONGEST) })).toMatchObject({ outcome: 'allowed' })
    })
  }

  it.each([
    ['no parameters', call('tools/call')],
    ['no reference', call('completion/complete', {})],
    ['a reference that is a text', call('completion/complete', { ref: 'ref/prompt' })],
    ['a reference that is a list', call('completion/complete', { ref: [{ type: 'ref/prompt' }] })],
    ['a reference that is null', call('completion/complete', { ref: null })],
    ['the name in another place', call('tools/call', { tool: 'act', uri: 'act' })],
    ['the URI in another place', call('resources/read', { name: 'docs:///a' })],
  ])('%s', async (_name, message) => {
    const decision = await ask(server, { message })
    expect(decision).toMatchObject(refused(400, 'body_malformed', -32602, 1))
  })

  const listening = (uris: unknown) =>
    call('subscriptions/listen', { notifications: { resourceSubscriptions: uris } })
  const uris = (count: number) => Array.from({ length: count }, (_, at) => `docs:///${at}`)

  it('S1.6: a subscription may name 100 resources; with more, no rule is checked', async () => {
    const asked: (string | undefined)[] = []
    const allow = (_token: VerifiedToken, { name }: Operation) => asked.push(name) > 0
    const rules = { resources: { 'docs:///{id}': { allow } }, default: 'allow' } as const
    const listened = serverWith(rules)
    expect(await ask(listened, { message: listening(uris(100)) })).toMatchObject({
      outcome: 'allowed',
    })
    expect(asked).toEqual(uris(100))
    asked.length = 0
    for (const tooMany of [uris(101), [...uris(100), 'docs:///x'], uris(100_000)]) {
      const decision = await ask(listened, { message: listening(tooMany) })
      expect(decision).toMatchObject(refused(400, 'body_malformed', -32602, 1))
    }
    expect(asked).toEqual([])
  })

  it('S1.6: a resource that a subscription names several times is checked once', async () => {
    const asked: (string | undefined)[] = []
    const allow = (_token: VerifiedToken, { name }: Operation) => asked.push(name) > 0
    const rules = { resources: { 'docs:///{id}': { allow } }, default: 'allow' } as const
    const repeated = [...uris(100), ...uris(100), ...uris(100)]
    const decision = await ask(serverWith(rules), { message: listening(repeated) })
    expect(decision).toMatchObject({ outcome: 'allowed' })
    expect(asked).toEqual(uris(100))
  })

  it.each([
    ['an empty one', ['docs:///a', '']],
    ['one that is too long', ['docs:///a', `${LONGEST}x`]],
    ['a number', ['docs:///a', 5]],
    ['a list', [['docs:///a']]],
    ['null', [null]],
    ['a text in place of the list', 'docs:///a'],
    ['an object in place of the list', { 0: 'docs:///a' }],
    ['null in place of the list', null],
    ['a number in place of the list', 5],
  ])('S1.6: a subscription that names %s is refused', async (_name, given) => {
    const decision = await ask(server, { message: listening(given) })
    expect(decision).toMatchObject(refused(400, 'body_malformed', -32602, 1))
  })

  it('S1.6: names are compared exactly: with blanks, letter case and Unicode form', async () => {
    const strict = serverWith({ tools: { 'caf\u00e9': 'allow' } })
    for (const name of ['cafe\u0301', 'Caf\u00e9', ' caf\u00e9', 'caf\u00e9 ', 'caf\u00e9\u0000']) {
      expect(await ask(strict, { message: toolCall(name) })).toMatchObject({ status: 403 })
    }
    expect(await ask(strict, { message: toolCall('caf\u00e9') })).toMatchObject({
      outcome: 'allowed',
    })
  })
})
