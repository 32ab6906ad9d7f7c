import { describe, expect, it } from 'vitest'
import { canBeAsked, readScopeList, readScopes, stillGranted } from '../../../src/token/scope.ts'
import { challengesOf } from '../../support/challenges.ts'
import {
  ALLOWED,
  answerOf,
  bearer,
  CHALLENGES,
  invalidToken,
  judge,
  METADATA_URL,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const INSUFFICIENT = {
  status: 403,
  challenge: CHALLENGES.insufficient_scope,
  reason: 'scope_missing',
}
const withScope = (scope: unknown) => signToken({ claims: { scope } })

describe('the scope of a token', () => {
  it.each([
    ['the one', 'mcp:tools'],
    ['one of several', 'openid mcp:tools email'],
    ['the one, with blanks', '  mcp:tools   '],
    ['the one, twice', 'mcp:tools mcp:tools'],
    ['the one, in a list', ['mcp:tools']],
    ['one of a list', ['openid', 'mcp:tools']],
  ])('RFC9700-1: %s is enough', async (_name, scope) => {
    expect(await judge(await withScope(scope))).toEqual(ALLOWED)
  })

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['an empty list', []],
    ['another', 'mcp:resources'],
    ['one that begins like it', 'mcp:tools:read'],
    ['a prefix of it', 'mcp'],
    ['another case', 'MCP:TOOLS'],
    ['everything', '*'],
    ['a comma between two', 'openid,mcp:tools'],
    ['a tab between two', 'openid\tmcp:tools'],
    ['a newline between two', 'openid\nmcp:tools'],
    ['a no-break space behind it', 'mcp:tools\u00a0'],
    ['two in one entry of a list', ['openid mcp:tools']],
    ['a scope by another name', undefined],
  ])('MCP-9 RFC6750-3: %s is not', async (_name, scope) => {
    const token = await signToken({ claims: { scope, scp: ['mcp:tools'], scopes: 'mcp:tools' } })
    expect(await judge(token)).toEqual(INSUFFICIENT)
  })

  it.each([
    ['a number', 5],
    ['null', null],
    ['true', true],
    ['an object', { 'mcp:tools': true }],
    ['a list with a number', ['mcp:tools', 5]],
    ['a list in a list', [['mcp:tools']]],
  ])('MCP-7: %s is malformed', async (_name, scope) => {
    expect(await judge(await withScope(scope))).toEqual(invalidToken('claim_malformed'))
  })

  it('MCP-12: a token with fewer scopes than are offered is fine where they suffice', async () => {
    const server = testResourceServer({ initialScopes: ['mcp:tools', 'mcp:admin'] })
    expect(await judge(await withScope('mcp:tools'), server)).toEqual(ALLOWED)
  })

  it('RFC9700-1: is read without repetitions, in order', () => {
    expect(readScopes({ scope: 'b a  b c' }, ['scope'])).toEqual(['b', 'a', 'c'])
    expect(readScopes({ scope: ['b', 'a', 'b', ''] }, ['scope'])).toEqual(['b', 'a'])
    expect(readScopes({}, ['scope'])).toBeUndefined()
    expect(() => readScopeList(7)).toThrow('"scope" is neither a string nor a list of strings')
  })
})

describe('scopes and an introspection answer', () => {
  it('MCP-12: an answer can remove scopes, and cannot add any', () => {
    expect(stillGranted(['a', 'b'], { scope: 'b c' }, ['scope'])).toEqual(['b'])
    expect(stillGranted(['a', 'b'], { scope: '' }, ['scope'])).toEqual([])
    expect(stillGranted(['a', 'b'], {}, ['scope'])).toEqual(['a', 'b'])
    expect(() => stillGranted(['a'], { scope: 7 }, ['scope'])).toThrow('"scope"')
  })

  it('have the prefix of the profile, in the token and in the answer that confirms it', () => {
    expect(readScopes({ scp: 'a b' }, ['scp'], 'api://x/')).toEqual(['api://x/a', 'api://x/b'])
    expect(readScopes({}, ['scp'], 'api://x/')).toBeUndefined()
    const granted = ['api://x/a', 'api://x/b']
    expect(stillGranted(granted, { scope: 'b' }, ['scope'], 'api://x/')).toEqual(['api://x/b'])
  })
})

describe('scopes that a challenge may name', () => {
  it.each(['mcp:tools', '!', '#[]~', 'https://x.example/scope?a=b'])('RFC6750-3: %s', (scope) => {
    expect(canBeAsked(scope)).toBe(true)
  })

  it.each(['', 'a b', 'a"b', 'a\\b', 'ä', 'a\n', 'offline_access'])('MCP-4: not %j', (scope) => {
    expect(canBeAsked(scope)).toBe(false)
  })
})

describe('the scopes that a request needs', () => {
  it('RFC9700-1: are checked at every request with the same token', async () => {
    const server = testResourceServer()
    const asked = bearer(await withScope('mcp:tools'))
    expect((await server.authenticate(asked)).outcome).toBe('allowed')
    expect(await server.authenticate(asked, { requiredScopes: ['mcp:admin'] })).toMatchObject({
      status: 403,
      reason: 'scope_missing',
    })
    expect((await server.authenticate(asked)).outcome).toBe('allowed')
  })

  it('MCP-8: with requiredScopes [] any good token is allowed, and the challenge has no scope', async () => {
    const server = testResourceServer({ requiredScopes: [] })
    expect(await judge(await withScope(undefined), server)).toEqual(ALLOWED)
    const none = await server.authenticate({ method: 'GET', url: '/', headers: {} })
    expect(answerOf(none).challenge).toBe(challengesOf({ metadataUrl: METADATA_URL }))
  })

  it('RFC9700-1: are checked by verify() too', async () => {
    const server = testResourceServer()
    await expect(server.verify(await withScope('other'))).rejects.toMatchObject({
      reason: 'scope_missing',
      status: 403,
      requiredScopes: ['mcp:tools'],
    })
    expect((await server.verify(await withScope('mcp:tools'))).scopes).toEqual(['mcp:tools'])
  })

  it.each<[string[], string, string | undefined]>([
    [['a', 'b'], 'a b', undefined],
    [['a', 'b'], 'b c a', undefined],
    [['a', 'b'], 'a c', 'b'],
    [['a', 'b'], 'b', 'a'],
    [['a', 'b', 'c'], 'a b', 'c'],
    [['a', 'b'], '', 'a'],
    [['a'], 'b', 'a'],
    [[], '', undefined],
  ])(
    'RFC9700-1: each required scope must be granted: %j of "%s"',
    async (scopes, granted, lacked) => {
      const server = testResourceServer({ requiredScopes: scopes })
      const decision = await server.authenticate(bearer(await withScope(granted)))
      const refused = {
        ...{ outcome: 'challenged', status: 403, reason: 'scope_missing', requiredScopes: scopes },
        detail: `the token has too few scopes: every request needs "${lacked}"`,
      }
      expect(decision).toMatchObject(lacked === undefined ? { outcome: 'allowed' } : refused)
    },
  )
})
