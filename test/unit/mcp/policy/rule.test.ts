import { describe, expect, it } from 'vitest'
import { createPolicy, type PolicyRule } from '../../../../src/mcp/policy/policy.ts'
import type { VerifiedToken } from '../../../../src/token/verified-token.ts'
import { ask, serverWith, tokenWith, toolCall } from './callers.ts'

const check = (rule: PolicyRule, token: VerifiedToken) =>
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
  ])('MCP-10 S1.6: %s', async (_name, rule, token, decision) => {
    expect(await check(rule, token)).toEqual(decision)
  })
})

const yesOrNo = [true, false]
const truthTable = yesOrNo.flatMap((scope) =>
  yesOrNo.flatMap((role) =>
    yesOrNo.flatMap((answer) => yesOrNo.map((later) => ({ scope, role, answer, later }))),
  ),
)

describe('MCP-10: a missing right that no scope gives is reported before a missing scope', () => {
  it.each(truthTable)(
    'scope $scope, role $role, function $answer, asynchronous $later',
    async ({ scope, role, answer, later }) => {
      const allow = () => (later ? Promise.resolve(answer) : answer)
      const token = tokenWith(scope ? 's' : '', { roles: role ? ['r'] : [] })
      const decision = await check({ scopes: ['s'], roles: ['r'], allow }, token)
      const expected = role && answer ? (scope ? allowed('s') : missing('s')) : denied
      expect(decision).toEqual(expected)
    },
  )

  it.each<[string, PolicyRule]>([
    ['deny', 'deny'],
    ['a role', { roles: ['r'] }],
    ['a function', { allow: () => false }],
    ['an asynchronous function', { allow: async () => false }],
  ])(
    'also when the method lacks the right and the tool lacks the scope: %s',
    async (_name, rule) => {
      const policy = createPolicy({
        tools: { act: { scopes: ['s'] } },
        methods: { 'tools/call': rule },
      })
      expect(await policy.check(toolCall('act'), tokenWith())).toMatchObject({ outcome: 'denied' })
    },
  )

  it('so no user is asked for a consent that would not help', async () => {
    const server = serverWith({ tools: { act: { scopes: ['s'], roles: ['r'] } } })
    const noRole = await ask(server, { message: toolCall('act') })
    expect(noRole).toMatchObject({ status: 403, reason: 'operation_denied' })
    expect(JSON.stringify(noRole.headers)).not.toMatch(/www-authenticate/i)
    const noScope = await ask(server, { message: toolCall('act'), claims: { roles: ['r'] } })
    expect(noScope).toMatchObject({ status: 403, reason: 'scope_missing', requiredScopes: ['s'] })
  })
})
