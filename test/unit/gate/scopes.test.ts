import { describe, expect, it, vi } from 'vitest'
import type { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { checkScopes } from '../../../src/gate/scopes.ts'
import { VERIFIED } from '../../support/tokens.ts'

const demanding = (scopes: readonly string[], lacking: string | undefined) => ({
  message: undefined,
  scopes,
  lacking,
  unbound: undefined,
})

/** What comes of a token with these scopes, and which scopes are looked for in the earlier tokens. */
function check(
  granted: readonly string[],
  required: readonly string[],
  demand?: ReturnType<typeof demanding>,
  { includesGranted = false, lost = false, remembers = true } = {},
) {
  const hadOneOf = vi.fn((_scopes: readonly string[]) => lost)
  const token = { ...VERIFIED, scopes: granted }
  const gate = {
    expandScopes: (scopes: readonly string[]) => scopes,
    scopeClaimsOf: () => ['scope'],
    challengeIncludesGranted: includesGranted,
    ...(remembers && { rememberedScopes: { hadOneOf } }),
  }
  try {
    checkScopes(gate as never, token, required, demand)
    return undefined
  } catch (error) {
    const { reason, message, requiredScopes, nearMiss } = error as ChallengeError
    return { reason, message, requiredScopes, nearMiss, looked: hadOneOf.mock.calls[0]?.[0] }
  }
}

describe('the scopes that a request needs', () => {
  it.each([
    [['a'], ['a'], undefined],
    [['a', 'b'], ['a'], demanding(['b'], undefined)],
    [[], [], undefined],
  ])('MCP-10: are there: %j', (granted, required, demand) => {
    expect(check(granted, required, demand)).toBeUndefined()
  })

  it.each<
    [
      granted: string[],
      required: string[],
      demand: ReturnType<typeof demanding> | undefined,
      named: string[],
      looked: string[],
      text: string,
    ]
  >([
    [['x'], ['a', 'b'], undefined, ['a', 'b'], ['a'], 'every request needs "a"'],
    [['a'], ['a', 'b'], undefined, ['a', 'b'], ['b'], 'every request needs "b"'],
    [
      ['c'],
      ['a'],
      demanding(['b', 'c'], 'the tool'),
      ['a', 'b', 'c'],
      ['a', 'b'],
      'every request needs "a"',
    ],
    [
      ['a', 'c'],
      ['a'],
      demanding(['b', 'c', 'd'], 'the tool'),
      ['a', 'b', 'c', 'd'],
      ['b', 'd'],
      'the tool; it lacks "b" and "d"',
    ],
  ])('MCP-10: %j for %j: are named all together', (...row) => {
    const [granted, required, demand, named, looked, text] = row
    expect(check(granted, required, demand)).toEqual({
      reason: 'scope_missing',
      message: `the token has too few scopes: ${text}`,
      requiredScopes: named,
      nearMiss: undefined,
      looked,
    })
  })

  it('MCP-10: are named with those that the token has, if that is wanted', () => {
    const options = { includesGranted: true }
    expect(check(['x', 'offline_access'], ['a'], undefined, options)?.requiredScopes).toEqual([
      'a',
      'x',
    ])
  })

  it('S1.13: were there before', () => {
    expect(check(['x'], ['a'], undefined, { lost: true })?.nearMiss).toBe('scope_lost')
  })

  it('S1.13: are refused too where nobody remembers earlier tokens', () => {
    expect(check(['x'], ['a'], undefined, { remembers: false })).toMatchObject({
      reason: 'scope_missing',
      nearMiss: undefined,
    })
  })
})
