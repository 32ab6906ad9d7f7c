import { describe, expect, it } from 'vitest'
import { ChallengeError, UnavailableError } from '../../../../src/errors.ts'
import {
  createPolicy,
  type Operation,
  type PolicyOptions,
  type PolicyRule,
} from '../../../../src/mcp/policy/policy.ts'
import type { VerifiedToken } from '../../../../src/token/verified-token.ts'
import { ask, call, readOf, serverWith, tokenWith, toolCall } from './callers.ts'

const judge = (rule: PolicyRule, token: VerifiedToken) =>
  createPolicy({ tools: { act: rule } }).check(toolCall('act'), token)

const allowed = (...scopes: string[]) => ({ outcome: 'allowed', scopes })
const missing = (...scopes: string[]) => ({ outcome: 'scope_missing', scopes })
const denied = { outcome: 'denied', detail: expect.stringMatching(/^tools\/call "act": /) }
const withRoles = (...roles: unknown[]) => tokenWith('', { roles })

describe('a rule', () => {
  it.each<[string, PolicyRule, VerifiedToken, object]>([
    ['allow: any good token', 'allow', tokenWith(), allowed()],
    ['deny: none, whatever it holds', 'deny', tokenWith('a b', { roles: ['r'] }), denied],
    ['all scopes, held', { scopes: ['a', 'b'] }, tokenWith('c b a'), allowed('a', 'b')],
    ['all scopes, one lacking', { scopes: ['a', 'b'] }, tokenWith('a'), missing('a', 'b')],
    ['all scopes, none held', { scopes: ['a', 'b'] }, tokenWith(), missing('a', 'b')],
    ['a scope, another case', { scopes: ['a'] }, tokenWith('A'), missing('a')],
    ['a scope, a longer one held', { scopes: ['a'] }, tokenWith('a:b ab'), missing('a')],
    ['any scope, the first held', { scopes: { anyOf: ['a', 'b'] } }, tokenWith('a'), allowed('a')],
    ['any scope, the last held', { scopes: { anyOf: ['a', 'b'] } }, tokenWith('b'), allowed('b')],
    ['any scope, all held', { scopes: { anyOf: ['a', 'b'] } }, tokenWith('b a'), allowed('a')],
    ['any scope, none held', { scopes: { anyOf: ['a', 'b'] } }, tokenWith('c'), missing('a')],
    ['all roles, held', { roles: ['r', 's'] }, withRoles('s', 'r'), allowed()],
    ['all roles, one lacking', { roles: ['r', 's'] }, withRoles('r'), denied],
    ['any role, one held', { roles: { anyOf: ['r', 's'] } }, withRoles('s'), allowed()],
    ['any role, none held', { roles: { anyOf: ['r', 's'] } }, withRoles('t'), denied],
    ['a role, a scope by its name', { roles: ['r'] }, tokenWith('r'), denied],
    ['a scope, a role by its name', { scopes: ['r'] }, withRoles('r'), missing('r')],
  ])('MCP-10 S1.6: %s', async (_name, rule, token, judgement) => {
    expect(await judge(rule, token)).toEqual(judgement)
  })

  it('S1.6: a function is asked about the token and the operation', async () => {
    const asked: [VerifiedToken, Operation][] = []
    const token = tokenWith('a')
    const allow = (...both: [VerifiedToken, Operation]) => asked.push(both) > 0
    const params = { name: 'act', arguments: { x: 1 } }
    const policy = createPolicy({ tools: { act: { allow } } })
    await policy.check({ method: 'tools/call', params }, token)
    expect(asked).toEqual([[token, { method: 'tools/call', name: 'act', params }]])
    expect(asked[0]?.[0]).toBe(token)
  })
})

const yesOrNo = [true, false]
const truthTable = yesOrNo.flatMap((scope) =>
  yesOrNo.flatMap((role) =>
    yesOrNo.flatMap((answer) => yesOrNo.map((later) => ({ scope, role, answer, later }))),
  ),
)

describe('MCP-10: a right that no scope gives goes before a missing scope', () => {
  it.each(truthTable)(
    'scope $scope, role $role, function $answer, asynchronous $later',
    async ({ scope, role, answer, later }) => {
      const allow = () => (later ? Promise.resolve(answer) : answer)
      const token = tokenWith(scope ? 's' : '', { roles: role ? ['r'] : [] })
      const judgement = await judge({ scopes: ['s'], roles: ['r'], allow }, token)
      const expected = role && answer ? (scope ? allowed('s') : missing('s')) : denied
      expect(judgement).toEqual(expected)
    },
  )

  it.each<[string, PolicyRule]>([
    ['deny', 'deny'],
    ['a role', { roles: ['r'] }],
    ['a function', { allow: () => false }],
    ['an asynchronous function', { allow: async () => false }],
  ])('also where the method has it and the tool lacks the scope: %s', async (_name, rule) => {
    const policy = createPolicy({
      tools: { act: { scopes: ['s'] } },
      methods: { 'tools/call': rule },
    })
    expect(await policy.check(toolCall('act'), tokenWith())).toMatchObject({ outcome: 'denied' })
  })

  it('so nobody is asked for a consent in vain', async () => {
    const server = serverWith({ tools: { act: { scopes: ['s'], roles: ['r'] } } })
    const noRole = await ask(server, { message: toolCall('act') })
    expect(noRole).toMatchObject({ status: 403, reason: 'operation_denied' })
    expect(JSON.stringify(noRole.headers)).not.toMatch(/www-authenticate/i)
    const noScope = await ask(server, { message: toolCall('act'), claims: { roles: ['r'] } })
    expect(noScope).toMatchObject({ status: 403, reason: 'scope_missing', requiredScopes: ['s'] })
  })
})

const garbage = [undefined, null, 0, 1, '', 'true', 'allow', [], {}, Number.NaN, { allow: true }]
const broken = async (allow: () => unknown, more: object = {}) => {
  const rule = { allow: allow as () => boolean, ...more }
  const server = serverWith({ tools: { act: rule } })
  const alone = judge(rule, tokenWith())
  await expect(alone).rejects.toBeInstanceOf(UnavailableError)
  await expect(alone).rejects.toMatchObject({ reason: 'policy_failed', status: 503 })
  return ask(server, { message: toolCall('act') })
}
const policyFailed = {
  outcome: 'unavailable',
  status: 503,
  reason: 'policy_failed',
  body: { error: 'temporarily_unavailable' },
}

describe('S1.6 S1.13: a function that does not answer makes the request unavailable', () => {
  it.each(garbage)('by giving %j', async (value) => {
    expect(await broken(() => value)).toMatchObject(policyFailed)
  })

  it.each(garbage)('by giving %j later', async (value) => {
    expect(await broken(async () => value)).toMatchObject(policyFailed)
  })

  it.each([
    new Error('secret'),
    new ChallengeError('token_revoked', 'secret'),
    'secret',
    undefined,
  ])('by throwing %s, now or later, and its message stays inside', async (thrown) => {
    const now = await broken(() => {
      throw thrown
    })
    const later = await broken(async () => {
      throw thrown
    })
    for (const decision of [now, later]) {
      expect(decision).toMatchObject(policyFailed)
      expect(JSON.stringify(decision)).not.toContain('secret')
    }
  })

  it('also where a scope is missing: a challenge could be in vain', async () => {
    expect(await broken(() => undefined, { scopes: ['s'] })).toMatchObject(policyFailed)
  })

  it('with the wait that it wants', async () => {
    const allow = () => {
      throw new UnavailableError('overloaded', 'full', { retryAfter: 17 })
    }
    const server = serverWith({ tools: { act: { allow } } })
    expect(await ask(server, { message: toolCall('act') })).toMatchObject({
      status: 503,
      reason: 'overloaded',
      headers: { 'Retry-After': '17' },
    })
  })
})

/** What is no promise, and can be waited for all the same. */
const eventually = (settle: (yes: (value: unknown) => void, no: (why: unknown) => void) => void) =>
  ({
    // biome-ignore lint/suspicious/noThenProperty: it is what makes it one
    then: (yes: (value: unknown) => void, no: (why: unknown) => void) => settle(yes, no),
  }) as unknown as Promise<boolean>

describe('S1.6: a function whose answer can be waited for, though it is no promise', () => {
  it('is waited for', async () => {
    const token = tokenWith()
    expect(await judge({ allow: () => eventually((yes) => yes(true)) }, token)).toEqual(allowed())
    expect(await judge({ allow: () => eventually((yes) => yes(false)) }, token)).toEqual(denied)
    const late = () => eventually((yes) => void setTimeout(yes, 1, false))
    expect(await judge({ allow: late }, token)).toEqual(denied)
  })

  it('makes the request unavailable where it fails, or gives neither', async () => {
    for (const settle of [
      (_yes: unknown, no: (why: unknown) => void) => no(new Error('secret')),
      (yes: (value: unknown) => void) => yes('yes'),
      () => {
        throw new Error('secret')
      },
    ]) {
      const decision = await broken(() => eventually(settle))
      expect(decision).toMatchObject(policyFailed)
      expect(JSON.stringify(decision)).not.toContain('secret')
    }
  })

  it('is no way past a rule by having a `then` that is no function', async () => {
    // biome-ignore lint/suspicious/noThenProperty: it is what is tried
    expect(await broken(() => ({ then: true }))).toMatchObject(policyFailed)
  })
})

const listen = (resourceSubscriptions: unknown) =>
  call('subscriptions/listen', { notifications: { resourceSubscriptions } })

describe('a function that fails when the verdict no longer waits for it', () => {
  /** Rejections that nobody handled: they end a Node process. */
  async function unhandled(act: () => Promise<unknown>): Promise<unknown[]> {
    const seen: unknown[] = []
    const listener = (reason: unknown) => void seen.push(reason)
    const others = process.rawListeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', listener)
    try {
      await act()
      for (let turn = 0; turn < 5; turn += 1) await new Promise((go) => setImmediate(go))
    } finally {
      process.removeListener('unhandledRejection', listener)
      for (const other of others) process.on('unhandledRejection', other as () => void)
    }
    return seen
  }

  const allow = async () => {
    throw new Error('no such file')
  }

  it('S1.6: does not end the process: a second rule that denies', async () => {
    const server = serverWith({ resources: { 'docs:///public/{+path}': { allow } } })
    let decision: unknown
    const lost = await unhandled(async () => {
      decision = await ask(server, { message: readOf('docs:///public/../secret') })
    })
    expect(decision).toMatchObject({ status: 403, reason: 'operation_denied' })
    expect(lost).toEqual([])
  })

  it.each<[string, PolicyOptions, object, number]>([
    [
      'the rule of the method, after the tool’s',
      { tools: { act: { allow } }, methods: { 'tools/call': 'deny' } },
      toolCall('act'),
      403,
    ],
    [
      'the rule of the tool, before the method’s that lacks a role',
      { tools: { act: { allow } }, methods: { 'tools/call': { roles: ['r'] } } },
      toolCall('act'),
      403,
    ],
    [
      'a resource that is listened to, beside one that is closed',
      { resources: { 'docs:///a': { allow }, 'docs:///b': 'deny' } },
      listen(['docs:///a', 'docs:///b']),
      403,
    ],
    [
      'a listener’s own rule, before one that is closed',
      { resources: { 'docs:///b': 'deny' }, methods: { 'subscriptions/listen': { allow } } },
      listen(['docs:///b']),
      403,
    ],
    [
      'two that fail at once',
      { resources: { 'docs:///a': { allow }, 'docs:///b': { allow } } },
      listen(['docs:///a', 'docs:///b']),
      503,
    ],
    [
      'an odd spelling’s rule, beside one that is closed',
      { resources: { 'docs:///{+a}': { allow }, 'docs:///b': 'deny' } },
      readOf('docs:///%62'),
      403,
    ],
    [
      'a batch with a closed tool',
      { tools: { act: { allow } } },
      [toolCall('act'), toolCall('none')],
      503,
    ],
  ])('S1.6: does not end the process: %s', async (_name, options, message, status) => {
    const server = serverWith(options)
    let decision: unknown
    const lost = await unhandled(async () => {
      decision = await ask(server, { message })
    })
    expect(decision).toMatchObject({ status })
    expect(lost).toEqual([])
  })

  it.each([
    ['a call without a name', toolCall(undefined), 400],
    ['a call whose function throws', toolCall('throws'), 503],
    ['a call whose function rejects', toolCall('rejects', 2), 503],
  ])('S1.6: does not end the process: %s in the same batch', async (_name, second, status) => {
    const throws = () => {
      throw new Error('now')
    }
    const server = serverWith({ tools: { rejects: { allow }, throws: { allow: throws } } })
    let decision: unknown
    const lost = await unhandled(async () => {
      decision = await ask(server, { message: [toolCall('rejects'), second] })
    })
    expect(decision).toMatchObject({ status })
    expect(lost).toEqual([])
  })
})
