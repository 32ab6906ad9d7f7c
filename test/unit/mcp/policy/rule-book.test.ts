import { describe, expect, it } from 'vitest'
import type { PolicyOptions } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import { ask, call, readOf, refused, serverWith, tokenWith, toolCall } from './callers.ts'

const outcome = async (options: PolicyOptions, message: ReturnType<typeof call>, scope = '') =>
  (await createPolicy(options).check(message, tokenWith(scope))).outcome

const UNRULED = [
  toolCall('other'),
  readOf('docs:///other'),
  call('resources/subscribe', { uri: 'docs:///other' }),
  call('resources/unsubscribe', { uri: 'docs:///other' }),
  call('prompts/get', { name: 'other' }),
  call('completion/complete', { ref: { type: 'ref/prompt', name: 'other' } }),
  call('completion/complete', { ref: { type: 'ref/resource', uri: 'docs:///other' } }),
  call('subscriptions/listen', { notifications: { resourceSubscriptions: ['docs:///other'] } }),
  call('tasks/get', { taskId: 't' }),
  call('tasks/list'),
  call('tasks/result', { taskId: 't' }),
  call('tasks/update', { taskId: 't' }),
  call('tasks/cancel', { taskId: 't' }),
  call('sampling/createMessage'),
  call('elicitation/create'),
  call('roots/list'),
  call('vendor/anything', { name: 'x' }),
  call('Tools/Call', { name: 'known' }),
  call('tools/call ', { name: 'known' }),
  call('tools/list/'),
  call('notifications'),
  call(''),
  call('rpc.discover'),
]

const RULED: PolicyOptions = {
  tools: { known: 'allow' },
  resources: { 'docs:///known': 'allow' },
  prompts: { known: 'allow' },
}

const PROTOCOL = [
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'resources/list',
  'resources/templates/list',
  'prompts/list',
  'logging/setLevel',
  'subscriptions/listen',
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/vendor',
]

describe('an operation without a rule', () => {
  it.each(UNRULED)(
    'S1.6: has the rule `default`, which is deny: $method $params',
    async (message) => {
      expect(await outcome(RULED, message)).toBe('denied')
      expect(await outcome({}, message)).toBe('denied')
      expect(await outcome({ ...RULED, default: 'allow' }, message)).toBe('allowed')
      expect(await outcome({ ...RULED, default: 'deny' }, message)).toBe('denied')
      const asks: PolicyOptions = { ...RULED, default: { scopes: ['mcp:all'] } }
      expect(await outcome(asks, message)).toBe('scope_missing')
      expect(await outcome(asks, message, 'mcp:all')).toBe('allowed')
      const roles: PolicyOptions = { ...RULED, default: { roles: ['admin'] } }
      expect(await outcome(roles, message)).toBe('denied')
    },
  )

  it('S1.6: `default` does not change an operation that has a rule', async () => {
    const options: PolicyOptions = { ...RULED, tools: { known: 'deny' }, default: 'allow' }
    expect(await outcome(options, toolCall('known'))).toBe('denied')
    expect(await outcome({ ...RULED, default: { scopes: ['x'] } }, toolCall('known'))).toBe(
      'allowed',
    )
  })

  it('S1.13: is refused like one that a rule denies; only the operator sees the difference', async () => {
    const server = serverWith({ tools: { known: 'deny' } })
    const ruled = await ask(server, { message: toolCall('known') })
    const unruled = await ask(server, { message: toolCall('other') })
    expect(ruled).toMatchObject({ detail: 'tools/call "known": the rule "known" says deny' })
    expect(unruled).toMatchObject({ detail: 'tools/call "other": no rule names it' })
    expect(ruled).toMatchObject({ body: (unruled as { body: object }).body })
  })
})

describe('a method that keeps the protocol going', () => {
  it.each(PROTOCOL)('S1.6: is allowed unless it has a rule: %s', async (method) => {
    const message = call(method)
    expect(await outcome({}, message)).toBe('allowed')
    expect(await outcome({ default: { scopes: ['s'] } }, message)).toBe('allowed')
    expect(await outcome({ methods: { [method]: 'deny' } }, message)).toBe('denied')
    const ruled: PolicyOptions = { methods: { [method]: { scopes: ['s'] } }, default: 'allow' }
    expect(await outcome(ruled, message)).toBe('scope_missing')
    expect(await outcome(ruled, message, 's')).toBe('allowed')
  })

  it('S1.6: does not include tasks, which need rules of their own', async () => {
    const methods = { 'tasks/get': 'allow', 'tasks/cancel': { scopes: ['s'] } } as const
    const params = { taskId: 't' }
    expect(await outcome({ methods }, call('tasks/get', params))).toBe('allowed')
    expect(await outcome({ methods }, call('tasks/cancel', params))).toBe('scope_missing')
    expect(await outcome({ methods }, call('tasks/result', params))).toBe('denied')
  })
})

describe('a rule for a method that also names a target', () => {
  const options: PolicyOptions = {
    ...RULED,
    methods: {
      'tools/call': { scopes: ['call'] },
      'resources/read': { scopes: ['read'] },
      'resources/subscribe': 'deny',
      'prompts/get': { scopes: ['get'] },
      'completion/complete': { scopes: ['complete'] },
      'subscriptions/listen': { scopes: ['listen'] },
    },
  }
  const known = 'docs:///known'

  it.each([
    ['call', toolCall('known'), toolCall('other')],
    ['read', readOf(known), readOf('docs:///other')],
    ['get', call('prompts/get', { name: 'known' }), call('prompts/get', { name: 'other' })],
    [
      'complete',
      call('completion/complete', { ref: { type: 'ref/prompt', name: 'known' } }),
      call('completion/complete', { ref: { type: 'ref/prompt', name: 'other' } }),
    ],
    [
      'listen',
      call('subscriptions/listen', { notifications: { resourceSubscriptions: [known] } }),
      call('subscriptions/listen', { notifications: { resourceSubscriptions: ['docs:///other'] } }),
    ],
  ])('S1.6: must hold as well as the rule of the target: %s', async (scope, ruled, unruled) => {
    expect(await outcome(options, ruled)).toBe('scope_missing')
    expect(await outcome(options, ruled, scope)).toBe('allowed')
    expect(await outcome(options, unruled, scope)).toBe('denied')
  })

  it('MCP-10: its scopes and those of the target are in one challenge', async () => {
    const both: PolicyOptions = {
      tools: { act: { scopes: ['act', 'both'] } },
      methods: { 'tools/call': { scopes: ['both', 'call'] } },
    }
    const result = await createPolicy(both).check(toolCall('act'), tokenWith('act'))
    expect(result).toEqual({ outcome: 'scope_missing', scopes: ['act', 'both', 'call'] })
  })

  it('S1.6: subscribing needs the right to read the resource, and its own', async () => {
    const subscribe = call('resources/subscribe', { uri: known })
    expect(await outcome(options, subscribe)).toBe('denied')
    expect(await outcome(RULED, subscribe)).toBe('allowed')
    expect(await outcome(RULED, call('resources/subscribe', { uri: 'docs:///x' }))).toBe('denied')
  })
})

describe('completions', () => {
  const options: PolicyOptions = {
    prompts: { greet: 'allow', 'docs:///a': 'allow' },
    resources: { 'docs:///{id}': 'allow', 'x:greet': 'allow' },
  }
  it.each<[string, unknown, string]>([
    ['of a prompt', { type: 'ref/prompt', name: 'greet' }, 'allowed'],
    ['of another prompt', { type: 'ref/prompt', name: 'other' }, 'denied'],
    ['of a template, by its text', { type: 'ref/resource', uri: 'docs:///{id}' }, 'allowed'],
    ['of another template', { type: 'ref/resource', uri: 'notes:///{id}' }, 'denied'],
    ['of a prompt, by a URI beside', { type: 'ref/prompt', name: 'x', uri: 'docs:///a' }, 'denied'],
    ['of a prompt, by a resource', { type: 'ref/prompt', name: 'x:greet' }, 'denied'],
    ['of a resource, by a prompt', { type: 'ref/resource', uri: 'greet' }, 'denied'],
    [
      'of a resource, by a name beside',
      { type: 'ref/resource', name: 'greet', uri: 'n:a' },
      'denied',
    ],
    ['of neither kind', { type: 'ref/tool', uri: 'greet' }, 'denied'],
  ])(
    'S1.6: need the rights of the prompt or template that they complete: %s',
    async (_name, ref, expected) => {
      const message = call('completion/complete', { ref, argument: { name: 'a', value: '' } })
      expect(await outcome(options, message)).toBe(expected)
    },
  )
})

describe('subscriptions/listen', () => {
  it('S1.6: is refused in a batch with other calls', async () => {
    const server = serverWith({ default: 'allow' })
    const listen = (id: number) => call('subscriptions/listen', { notifications: {} }, id)
    expect((await ask(server, { message: [listen(1)] })).outcome).toBe('allowed')
    for (const message of [
      [listen(1), listen(2)],
      [call('ping'), listen(2)],
      [listen(2), call('ping')],
    ]) {
      const decision = await ask(server, { message })
      expect(decision).toMatchObject(refused(400, 'body_malformed', -32600, expect.anything()))
    }
  })

  const options: PolicyOptions = {
    resources: { 'docs:///{id}': 'allow', 'notes:///{id}': { scopes: ['notes'] } },
  }
  const listen = (resourceSubscriptions?: unknown) =>
    call('subscriptions/listen', {
      notifications: { toolsListChanged: true, resourceSubscriptions },
    })

  it('S1.6: needs the rights of every resource that it names', async () => {
    expect(await outcome(options, call('subscriptions/listen'))).toBe('allowed')
    expect(await outcome(options, listen())).toBe('allowed')
    expect(await outcome(options, listen([]))).toBe('allowed')
    expect(await outcome(options, listen(['docs:///a', 'docs:///b']))).toBe('allowed')
    expect(await outcome(options, listen(['docs:///a', 'secret:///b']))).toBe('denied')
    expect(await outcome(options, listen(['notes:///a', 'docs:///b']))).toBe('scope_missing')
    expect(await outcome(options, listen(['notes:///a', 'docs:///b']), 'notes')).toBe('allowed')
  })
})

describe('the operation that a function of the policy gets', () => {
  it.each<[string, ReturnType<typeof call>, PolicyOptions, string | undefined]>([
    ['a method without a rule', call('vendor/x', { name: 'x' }), {}, undefined],
    ['a tool', toolCall('act'), {}, 'act'],
    ['a prompt', call('prompts/get', { name: 'p' }), {}, 'p'],
    ['a URI', readOf('docs:///a b'), {}, 'docs:///a%20b'],
    ['a URI with a rule', readOf('docs:///a b'), { resources: { 'docs:///a b': 'allow' } }, 'x'],
    [
      'a template',
      call('completion/complete', { ref: { type: 'ref/resource', uri: 'docs:///a/{x}' } }),
      {},
      'docs:///a/{x}',
    ],
  ])(
    'S1.6: has the method, the name and the parameters: %s',
    async (_what, message, more, name) => {
      const asked: unknown[] = []
      const allow = (_token: unknown, operation: unknown) => asked.push(operation) > 0
      const { method, params } = message
      const expected = { method, name: name === 'x' ? 'docs:///a b' : name, params }
      await createPolicy({ ...more, default: { allow } }).check(message, tokenWith())
      expect(asked).toEqual(name === 'x' ? [] : [expected])
      asked.length = 0
      const methods = { [method]: { allow } }
      await createPolicy({ ...more, methods, default: 'allow' }).check(message, tokenWith())
      expect(asked).toEqual([expected])
    },
  )

  it('S1.13: names the method and its parameter in the reason of a denial', async () => {
    for (const [message, detail] of [
      [call('vendor/x'), 'vendor/x: no rule names it'],
      [call('vendor/x', { name: 'y' }), 'vendor/x "y": no rule names it'],
      [call('vendor/x', { uri: 'docs:///a' }), 'vendor/x "docs:///a": no rule names it'],
      [call('vendor/x', { name: 5 }), 'vendor/x: no rule names it'],
    ] as const) {
      const decision = await createPolicy({}).check(message, tokenWith())
      expect(decision).toMatchObject({ outcome: 'denied', detail })
    }
  })
})
