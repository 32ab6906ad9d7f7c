import { describe, expect, it } from 'vitest'
import { ChallengeError } from '../../../../src/errors/challenge-error.ts'
import { UnavailableError } from '../../../../src/errors/unavailable-error.ts'
import {
  createPolicy,
  type Operation,
  type PolicyOptions,
  type PolicyRule,
} from '../../../../src/mcp/policy/policy.ts'
import type { VerifiedToken } from '../../../../src/token/verified-token.ts'
import { throwing } from '../../../support/throwing.ts'
import { ask, call, readOf, serverWith, tokenWith, toolCall } from './callers.ts'

const check = (rule: PolicyRule, token: VerifiedToken) =>
  createPolicy({ tools: { act: rule } }).check(toolCall('act'), token)

const allowed = { outcome: 'allowed', scopes: [] }
const denied = { outcome: 'denied', detail: expect.stringMatching(/^tools\/call "act": /) }

describe('the function of a rule', () => {
  it('S1.6: gets the token and the operation', async () => {
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

const garbage = [undefined, null, 0, 1, '', 'true', 'allow', [], {}, Number.NaN, { allow: true }]
const broken = async (allow: () => unknown, more: object = {}) => {
  const rule = { allow: allow as () => boolean, ...more }
  const server = serverWith({ tools: { act: rule } })
  const alone = check(rule, tokenWith())
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

describe('S1.6 S1.13: a function without a usable answer makes the request unavailable', () => {
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
  ])('by throwing %s, now or later, and nobody sees the error’s message', async (thrown) => {
    const now = await broken(throwing(thrown))
    const later = await broken(async () => {
      throw thrown
    })
    for (const decision of [now, later]) {
      expect(decision).toMatchObject(policyFailed)
      expect(JSON.stringify(decision)).not.toContain('secret')
    }
  })

  it('also when a scope is missing, because a challenge might not help', async () => {
    expect(await broken(() => undefined, { scopes: ['s'] })).toMatchObject(policyFailed)
  })

  it('with the Retry-After of its own UnavailableError', async () => {
    const allow = throwing(new UnavailableError('overloaded', 'full', { retryAfter: 17 }))
    const server = serverWith({ tools: { act: { allow } } })
    expect(await ask(server, { message: toolCall('act') })).toMatchObject({
      status: 503,
      reason: 'overloaded',
      headers: { 'Retry-After': '17' },
    })
  })
})

/** A thenable that is not a Promise. */
const eventually = (settle: (yes: (value: unknown) => void, no: (why: unknown) => void) => void) =>
  ({
    // biome-ignore lint/suspicious/noThenProperty: a thenable has one
    then: (yes: (value: unknown) => void, no: (why: unknown) => void) => settle(yes, no),
  }) as unknown as Promise<boolean>

describe('S1.6: a function that gives a thenable which is not a Promise', () => {
  it('is awaited', async () => {
    const token = tokenWith()
    expect(await check({ allow: () => eventually((yes) => yes(true)) }, token)).toEqual(allowed)
    expect(await check({ allow: () => eventually((yes) => yes(false)) }, token)).toEqual(denied)
    const late = () => eventually((yes) => void setTimeout(yes, 1, false))
    expect(await check({ allow: late }, token)).toEqual(denied)
  })

  it('makes the request unavailable when it rejects or does not give a boolean', async () => {
    for (const settle of [
      (_yes: unknown, no: (why: unknown) => void) => no(new Error('secret')),
      (yes: (value: unknown) => void) => yes('yes'),
      throwing(new Error('secret')),
    ]) {
      const decision = await broken(() => eventually(settle))
      expect(decision).toMatchObject(policyFailed)
      expect(JSON.stringify(decision)).not.toContain('secret')
    }
  })

  it('denies when `then` is not a function', async () => {
    // biome-ignore lint/suspicious/noThenProperty: the test is about it
    expect(await broken(() => ({ then: true }))).toMatchObject(policyFailed)
  })
})

const listen = (resourceSubscriptions: unknown) =>
  call('subscriptions/listen', { notifications: { resourceSubscriptions } })

describe('a function that rejects after the decision was made without it', () => {
  /** The unhandled rejections during some work. One of them would end a Node process. */
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
  const BATCH: PolicyOptions = {
    tools: { act: { allow }, throws: { allow: throwing(new Error('now')) } },
  }
  const beside = (second: object) => [toolCall('act'), second]

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
      'a batch, one denied',
      { tools: { act: { allow } } },
      [toolCall('act'), toolCall('none')],
      503,
    ],
    [
      'a second rule that denies',
      { resources: { 'docs:///public/{+path}': { allow } } },
      readOf('docs:///public/../secret'),
      403,
    ],
    ['a call without a name in the same batch', BATCH, beside(toolCall(undefined)), 400],
    ['a call whose function throws in the same batch', BATCH, beside(toolCall('throws')), 503],
    ['a call whose function rejects in the same batch', BATCH, beside(toolCall('act', 2)), 503],
  ])('S1.6: does not end the process: %s', async (_name, options, message, status) => {
    const server = serverWith(options)
    let decision: unknown
    const lost = await unhandled(async () => {
      decision = await ask(server, { message })
    })
    expect(decision).toMatchObject({ status })
    expect(lost).toEqual([])
  })
})
