import { describe, expect, it } from 'vitest'
import { createScopeHierarchy } from '../../../src/token/scope-hierarchy.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import { bearer, signToken, testResourceServer } from '../../support/tokens.ts'

const withScope = (scope: string) => signToken({ claims: { scope } })

describe('createScopeHierarchy()', () => {
  it.each<[string, Record<string, string[]>, string[], string[]]>([
    ['nothing granted', { admin: ['read'] }, [], []],
    ['a scope that includes none', { admin: ['read'] }, ['read'], ['read']],
    ['a scope that includes another', { admin: ['read'] }, ['admin'], ['admin', 'read']],
    ['one that includes several', { a: ['b', 'c'] }, ['x', 'a'], ['x', 'a', 'b', 'c']],
    ['by way of another', { a: ['b'], b: ['c'], c: ['d'] }, ['a'], ['a', 'b', 'c', 'd']],
    ['written in the other order', { c: ['d'], b: ['c'], a: ['b'] }, ['a'], ['a', 'b', 'c', 'd']],
    ['on two ways', { a: ['b', 'c'], b: ['d'], c: ['d'] }, ['a'], ['a', 'b', 'c', 'd']],
    ['a scope that includes itself', { a: ['a'] }, ['a'], ['a']],
    ['two that include each other', { a: ['b'], b: ['a'] }, ['b'], ['b', 'a']],
    ['a ring of three', { a: ['b'], b: ['c'], c: ['a'] }, ['c'], ['c', 'a', 'b']],
    ['a ring that is not entered', { a: ['b'], b: ['a'] }, ['c'], ['c']],
    ['one that includes nothing', { a: [] }, ['a'], ['a']],
    ['a prefix', { 'mcp:admin': ['read'] }, ['mcp', 'mcp:admin:x'], ['mcp', 'mcp:admin:x']],
    ['another case', { admin: ['read'] }, ['Admin'], ['Admin']],
    ['inherited names', { a: ['b'] }, ['constructor', '__proto__'], ['constructor', '__proto__']],
  ])('MCP-11: %s', (_name, includes, granted, all) => {
    expect(createScopeHierarchy(includes)(granted)).toEqual(all)
  })

  it('MCP-11: a rule may stand under a name that every object has', () => {
    const includes = JSON.parse('{"__proto__": ["read"], "constructor": ["write"]}')
    const expand = createScopeHierarchy(includes)
    expect(expand(['__proto__'])).toEqual(['__proto__', 'read'])
    expect(expand(['constructor'])).toEqual(['constructor', 'write'])
    expect(expand(['toString'])).toEqual(['toString'])
  })

  it('MCP-11: does not change the granted scopes', () => {
    const granted = Object.freeze(['a'])
    expect(createScopeHierarchy({ a: ['b'] })(granted)).toEqual(['a', 'b'])
    expect(granted).toEqual(['a'])
    expect(createScopeHierarchy(undefined)(granted)).toBe(granted)
  })

  it('MCP-11: a long chain comes to its end', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, at) => [`s${at}`, [`s${at + 1}`, 's0']]),
    )
    expect(createScopeHierarchy(chain)(['s0'])).toHaveLength(10_001)
  })
})

const scopeHierarchy = {
  'mcp:admin': ['mcp:write'],
  'mcp:write': ['mcp:read'],
  'mcp:read': ['mcp:tools'],
}

describe('a wider scope suffices', () => {
  const server = testResourceServer({ scopeHierarchy })
  const challenged = (scopes: string[]) => ({
    ...{ outcome: 'challenged', status: 403, reason: 'scope_missing', requiredScopes: scopes },
  })

  it.each(['mcp:tools', 'mcp:read', 'mcp:write', 'mcp:admin'])(
    'MCP-11: for what every request needs: %s',
    async (scope) => {
      expect((await server.authenticate(bearer(await withScope(scope)))).outcome).toBe('allowed')
      expect((await server.verify(await withScope(scope))).scopes).toEqual([scope])
    },
  )

  it('MCP-11: for what a route needs, and not the other way round', async () => {
    const scopes = ['mcp:write']
    const asking = async (scope: string) =>
      server.authenticate(bearer(await withScope(scope)), { requiredScopes: scopes })
    expect(await asking('mcp:admin')).toMatchObject({ outcome: 'allowed' })
    expect(await asking('mcp:write')).toMatchObject({ outcome: 'allowed' })
    expect(await asking('mcp:read')).toMatchObject(challenged(['mcp:tools', 'mcp:write']))
  })

  it('MCP-11: for what an operation needs, in a batch as well', async () => {
    const operations = {
      tools: { read: { scopes: ['mcp:read'] }, any: { scopes: { anyOf: ['x', 'mcp:write'] } } },
    }
    const judging = testResourceServer({ scopeHierarchy, policy: operations })
    const asking = async (scope: string, message: object) =>
      judging.authenticate({ ...bearer(await withScope(scope)), message })
    expect(await asking('mcp:admin', toolCall('read'))).toMatchObject({ outcome: 'allowed' })
    expect(await asking('mcp:admin', toolCall('any'))).toMatchObject({ outcome: 'allowed' })
    expect(await asking('mcp:admin', [toolCall('any'), toolCall('read')])).toMatchObject({
      outcome: 'allowed',
    })
    expect(await asking('mcp:tools', toolCall('read'))).toMatchObject(
      challenged(['mcp:tools', 'mcp:read']),
    )
    expect(await asking('mcp:read', toolCall('any'))).toMatchObject(challenged(['mcp:tools', 'x']))
  })

  it('MCP-11: without scopeHierarchy a wider scope includes no other', async () => {
    const plain = testResourceServer()
    const decision = await plain.authenticate(bearer(await withScope('mcp:admin')))
    expect(decision).toMatchObject(challenged(['mcp:tools']))
    await expect(plain.verify(await withScope('mcp:admin'))).rejects.toMatchObject({
      reason: 'scope_missing',
    })
  })

  it('MCP-10 MCP-11: a challenge names the required scopes and the granted ones', async () => {
    const repeating = testResourceServer({
      scopeHierarchy,
      challengeIncludesGranted: true,
    })
    const scopes = ['mcp:other']
    const decision = await repeating.authenticate(bearer(await withScope('mcp:write')), {
      requiredScopes: scopes,
    })
    expect(decision).toMatchObject(challenged(['mcp:tools', 'mcp:other', 'mcp:write']))
  })
})
