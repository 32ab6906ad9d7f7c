import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../../src/errors/unavailable-error.ts'
import { CompiledPolicy } from '../../../../src/mcp/policy/compiled-policy.ts'
import type { PolicyOptions } from '../../../../src/mcp/policy/options.ts'
import { policySchema } from '../../../../src/mcp/policy/options-schema.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import type { VerifiedToken } from '../../../../src/token/verified-token.ts'
import { throwing } from '../../../support/throwing.ts'
import { ask, call, serverWith, tokenWith, toolCall } from './callers.ts'

const compile = (
  options: PolicyOptions,
  expand: (scopes: readonly string[]) => readonly string[] = (scopes) => scopes,
  rolesByDefault?: (token: VerifiedToken) => readonly string[],
) => new CompiledPolicy('createPolicy', '', policySchema.parse(options), expand, rolesByDefault)

const boundTo = (confirmation: Record<string, string>, scope = ''): VerifiedToken => ({
  ...tokenWith(scope),
  confirmation,
})

const dpop = (...scopes: string[]) => ({ outcome: 'dpop_required', scopes })
const allowed = (...scopes: string[]) => ({ outcome: 'allowed', scopes })
const missing = (...scopes: string[]) => ({ outcome: 'scope_missing', scopes })

describe('S3: a rule that needs a token that is bound to a DPoP key', () => {
  const policy = createPolicy({
    tools: {
      bound: { dpop: true },
      both: { dpop: true, scopes: ['s', 't'] },
      free: { scopes: ['s'] },
      closed: { dpop: true, roles: ['r'] },
    },
  })
  it.each<[string, string, VerifiedToken, object]>([
    ['no binding', 'bound', tokenWith(), dpop()],
    ['a binding to a certificate only', 'bound', boundTo({ 'x5t#S256': 'a' }), dpop()],
    ['a binding to a key', 'bound', boundTo({ jkt: 'a' }), allowed()],
    ['no binding and no scope', 'both', tokenWith(), dpop('s', 't')],
    ['no binding and all scopes', 'both', tokenWith('s t'), dpop('s', 't')],
    ['a binding and one scope', 'both', boundTo({ jkt: 'a' }, 's'), missing('s', 't')],
    ['a binding and all scopes', 'both', boundTo({ jkt: 'a' }, 's t'), allowed('s', 't')],
    ['no binding, for a rule without dpop', 'free', tokenWith('s'), allowed('s')],
  ])('decides by the confirmation of the token: %s', async (_name, tool, token, decision) => {
    expect(await policy.check(toolCall(tool), token)).toEqual(decision)
  })

  it('MCP-10: denies first what no binding would change', async () => {
    expect((await policy.check(toolCall('closed'), tokenWith())).outcome).toBe('denied')
  })

  it('is described, alone and with other requirements', () => {
    expect(policy.describe().split('\n').slice(0, 4)).toEqual([
      'tool bound     a token bound to a DPoP key',
      'tool both      scopes all of s t, a token bound to a DPoP key',
      'tool free      scope s',
      'tool closed    role r, a token bound to a DPoP key',
    ])
  })

  it('is an error of createResourceServer() where DPoP is off, and the error names the rule', () => {
    const off = (policy: PolicyOptions) => () => serverWith(policy, { dpop: { mode: 'off' } })
    expect(off({ tools: { a: 'allow', b: { dpop: true } } })).toThrow('the rule "b"')
    expect(off({ tools: { a: 'allow' }, default: { dpop: true } })).toThrow('the default rule')
    expect(off({ tools: { a: 'allow' } })).not.toThrow()
  })
})

describe('S3: a request that uses a tool whose rule needs a bound token', () => {
  const server = serverWith({
    tools: { free: 'allow', bound: { dpop: true }, too: { dpop: true } },
  })
  const told = 'the rule needs a token that is bound to a DPoP key'
  it.each<[string, object, string | undefined]>([
    ['one call', toolCall('bound'), `tools/call "bound": ${told}`],
    ['another rule', toolCall('free'), undefined],
    [
      'a batch: all calls that need it are named',
      [toolCall('bound', 1), toolCall('free', 2), toolCall('too', 3)],
      `tools/call "bound", tools/call "too": ${told}`,
    ],
  ])('is challenged if the token is not bound: %s', async (_name, message, detail) => {
    const decision = await ask(server, { message })
    expect(decision).toMatchObject(
      detail === undefined ? { outcome: 'allowed' } : { outcome: 'challenged', detail },
    )
  })
})

describe('the reason of a denial', () => {
  const roles = (...names: unknown[]) => tokenWith('', { roles: names })
  const many = Array.from({ length: 25 }, (_, at) => `r${at}`)
  const options: PolicyOptions = {
    tools: {
      both: { roles: ['r', 's'] },
      any: { roles: { anyOf: ['r', 's'] } },
      no: { allow: () => false },
    },
    default: { roles: ['admin'] },
  }
  it.each<[string, object, VerifiedToken, string]>([
    [
      'no role',
      toolCall('both'),
      tokenWith(),
      'tools/call "both": the rule "both" requires the roles r s; the token has none',
    ],
    [
      'one of two roles',
      toolCall('both'),
      roles('q', 'r'),
      'tools/call "both": the rule "both" requires the roles r s; the token has q r',
    ],
    [
      'no role of two',
      toolCall('any'),
      roles('q'),
      'tools/call "any": the rule "any" requires the roles r s; the token has q',
    ],
    [
      'more roles than are listed',
      toolCall('any'),
      roles(...many.map((name) => `x${name}`)),
      `tools/call "any": the rule "any" requires the roles r s; the token has ${many
        .slice(0, 20)
        .map((name) => `x${name}`)
        .join(' ')}`,
    ],
    [
      'the default rule',
      toolCall('other'),
      roles('user'),
      'tools/call "other": the default rule requires the roles admin; the token has user',
    ],
    [
      'a function',
      toolCall('no'),
      tokenWith(),
      'tools/call "no": the function of the rule "no" returned false',
    ],
  ])('S1.13: names the rule, for the operator: %s', async (_name, message, token, detail) => {
    const policy = createPolicy(options)
    expect(await policy.check(message as never, token)).toEqual({ outcome: 'denied', detail })
  })

  it.each<[string, PolicyOptions, object, object]>([
    ['no rule for a method', {}, call('vendor/x'), { unknownMethod: true }],
    ['no rule, a name beside', {}, call('vendor/x', { name: 'x' }), { unknownMethod: true }],
    ['a rule for the method', { methods: { 'vendor/x': 'deny' } }, call('vendor/x'), {}],
    ['no rule for a tool', {}, toolCall('act'), {}],
    ['a rule for the tool', { tools: { act: 'deny' } }, toolCall('act'), {}],
    ['a rule for tools/call', { methods: { 'tools/call': 'deny' } }, toolCall('act'), {}],
    ['roles of the default rule', { default: { roles: ['r'] } }, call('vendor/x'), {}],
  ])('says whether the method is unknown: %s', async (_name, options, message, more) => {
    const decision = await createPolicy(options).check(message as never, tokenWith())
    expect(decision).toEqual({ outcome: 'denied', detail: expect.any(String), ...more })
  })
})

describe('a decision', () => {
  const later = { allow: async () => true }
  const token = tokenWith('s')

  it('is made at once when no function waits', () => {
    const policy = compile({ tools: { act: { scopes: ['s'], allow: () => true }, later } })
    const act = { id: 1, method: 'tools/call', params: { name: 'act' } }
    expect(policy.checkCall(act, token)).toEqual(allowed('s'))
    expect(policy.checkCall({ ...act, params: { name: 'none' } }, token)).toMatchObject({
      outcome: 'denied',
    })
    expect(policy.checkCall({ ...act, params: { name: 'later' } }, token)).toBeInstanceOf(Promise)
  })

  it('S1.6: is the denial of any function, whichever answers first', async () => {
    const answers = [true, false]
    for (const tool of answers) {
      for (const method of answers) {
        const policy = compile({
          tools: { act: { scopes: ['s'], allow: async () => tool } },
          methods: { 'tools/call': { allow: async () => method } },
        })
        const { outcome } = await policy.check(toolCall('act'), token)
        expect(outcome).toBe(tool && method ? 'allowed' : 'denied')
      }
    }
  })

  it('reads the scopes and roles of a token once, and its roles only for a rule with roles', async () => {
    const seen: string[] = []
    const expand = (scopes: readonly string[]) => {
      seen.push(`scopes ${scopes.join(' ')}`)
      return [...scopes, 'wider']
    }
    const rolesOf = ({ claims }: VerifiedToken) => {
      seen.push('roles')
      return claims.roles as string[]
    }
    const tools = { act: { scopes: ['wider'] } }
    const without = compile({ tools }, expand, throwing(new Error('asked')))
    for (const _twice of [1, 2]) {
      expect(await without.check(toolCall('act'), token)).toEqual(allowed('wider'))
    }
    expect(seen).toEqual(['scopes s'])
    seen.length = 0
    const both = { act: { scopes: ['wider'], roles: ['r'] } }
    const policy = compile({ tools: both }, expand, rolesOf)
    const holder = tokenWith('s', { roles: ['r'] })
    for (const _twice of [1, 2]) {
      expect(await policy.check(toolCall('act'), holder)).toEqual(allowed('wider'))
    }
    expect(seen.sort()).toEqual(['roles', 'scopes s'])
    // Another token object has other rights.
    const other = tokenWith('s', { roles: [] })
    expect((await policy.check(toolCall('act'), other)).outcome).toBe('denied')
  })
})

describe('S1.6: the error when a function of the policy fails', () => {
  const failure = new RangeError('secret')
  const at = (options: PolicyOptions) => createPolicy(options).check(toolCall('act'), tokenWith())

  it.each<[string, PolicyOptions, string, unknown]>([
    [
      'rolesOf throws',
      { tools: { act: { roles: ['r'] } }, rolesOf: throwing(failure) },
      'rolesOf threw',
      failure,
    ],
    [
      'rolesOf gives no list',
      { tools: { act: { roles: ['r'] } }, rolesOf: () => 'r' as never },
      'rolesOf did not return a list',
      undefined,
    ],
    [
      'allow throws an error',
      { tools: { act: { allow: throwing(failure) } } },
      'tools/call "act": the function failed with RangeError',
      failure,
    ],
    [
      'allow throws a text',
      { tools: { act: { allow: throwing('secret') } } },
      'tools/call "act": the function failed with string',
      'secret',
    ],
    [
      'allow rejects',
      { tools: { act: { allow: () => Promise.reject(failure) } } },
      'tools/call "act": the function failed with RangeError',
      failure,
    ],
    [
      'allow gives no answer',
      { tools: { act: { allow: () => undefined as never } } },
      'tools/call "act": the function returned neither true nor false',
      undefined,
    ],
  ])('says what failed, and keeps the cause: %s', async (_name, options, message, cause) => {
    const error: unknown = await at(options).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error).toMatchObject({ reason: 'policy_failed' })
    expect((error as Error).message).toContain(message)
    expect((error as Error).cause).toBe(cause)
  })
})

describe('S1.6: a request without a body', () => {
  it('needs the scopes of every request, and no others', async () => {
    const policy: PolicyOptions = { default: { scopes: ['all'] }, tools: { a: { dpop: true } } }
    const server = serverWith(policy, { requiredScopes: ['mcp:base'] })
    const get = { method: 'GET' }
    expect(await ask(server, { ...get, scope: 'mcp:base' })).toMatchObject({ outcome: 'allowed' })
    expect(await ask(server, { ...get, scope: '' })).toMatchObject({
      status: 403,
      reason: 'scope_missing',
      requiredScopes: ['mcp:base'],
    })
  })
})
