import { describe, expect, it } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { RequestRefusedError } from '../../../src/errors/request-refused-error.ts'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import { type ExplainedRule, Explanation } from '../../../src/token/explanation.ts'
import { throwing } from '../../support/throwing.ts'

const TOKEN = 'a-token-that-no-result-may-quote'

const rule = (name: string, more: Partial<ExplainedRule<unknown>> = {}) => ({
  ...{ rule: name, check: () => 'found', seen: (found: unknown) => `saw ${found}` },
  ...more,
})
const broken = (name: string, more: Partial<ExplainedRule<unknown>> = {}) =>
  rule(name, { check: throwing(new ChallengeError('claim_missing', 'no claim')), ...more })

async function explain(
  rules: readonly ExplainedRule<unknown>[],
  explanation = new Explanation(TOKEN, false),
): Promise<Explanation> {
  for (const one of rules) await explanation.check(one)
  return explanation
}

const lines = ({ results }: Explanation) =>
  results.map(({ rule: name, outcome, reason, detail }) => [name, outcome, reason, detail])

describe('an explanation of a token', () => {
  it('begins with no result', () => {
    expect(new Explanation(TOKEN, true).results).toEqual([])
  })

  it('says what a rule that holds has seen, and gives back what was found', async () => {
    const explanation = new Explanation(TOKEN, false)
    expect(await explanation.check(rule('a'))).toBe('found')
    expect(lines(explanation)).toEqual([['a', 'holds', undefined, 'saw found']])
    expect(explanation.results.every(Object.isFrozen)).toBe(true)
  })

  it('goes on after a broken rule, whose result says why', async () => {
    const explanation = await explain([broken('a'), rule('b')])
    expect(lines(explanation)).toEqual([
      ['a', 'broken', 'claim_missing', 'no claim'],
      ['b', 'holds', undefined, 'saw found'],
    ])
    expect(await explanation.check(broken('c'))).toBeUndefined()
  })

  it('knows which rules hold, and which rules have a result', async () => {
    const explanation = await explain([rule('a'), broken('b')])
    expect(['a', 'b', 'c'].map((name) => explanation.holds(name))).toEqual([true, false, false])
    expect(['a', 'b', 'c'].map((name) => explanation.has(name))).toEqual([true, true, false])
  })

  it('does not check a rule whose needs do not hold', async () => {
    const check = () => {
      throw new Error('checked')
    }
    const explanation = await explain([
      rule('a'),
      broken('b'),
      rule('c', { needs: ['a', 'b'], check }),
      rule('d', { needs: 'all', check }),
      rule('e', { needs: ['a'] }),
    ])
    expect(lines(explanation).slice(2)).toEqual([
      ['c', 'unchecked', undefined, 'not checked, because it needs the rule b'],
      ['d', 'unchecked', undefined, 'not checked, because it needs the rule b'],
      ['e', 'holds', undefined, 'saw found'],
    ])
    expect(await explanation.check(rule('f', { needs: 'all', check }))).toBeUndefined()
  })

  it('checks a rule that needs all others, if all of them hold', async () => {
    expect((await explain([rule('a'), rule('b', { needs: 'all' })])).holds('b')).toBe(true)
  })

  it.each([
    [false, 'no keys are given', 'unchecked', 'no keys are given'],
    [true, 'no keys are given', 'holds', 'saw found'],
    [false, undefined, 'holds', 'saw found'],
    [true, undefined, 'holds', 'saw found'],
  ])('online: %s; without a network: %s: the rule is %s', async (online, offline, ...expected) => {
    const explanation = await explain([rule('a', { offline })], new Explanation(TOKEN, online))
    expect(explanation.results).toMatchObject([{ outcome: expected[0], detail: expected[1] }])
    const found = await explanation.check(rule('b', { offline }))
    expect(found).toBe(expected[0] === 'holds' ? 'found' : undefined)
  })

  it('does not say that a rule is broken if its check failed for another reason (503)', async () => {
    const check = throwing(new UnavailableError('key_set_unavailable', 'no answer'))
    expect(lines(await explain([rule('a', { check })]))).toEqual([
      ['a', 'unchecked', 'key_set_unavailable', 'no answer'],
    ])
  })

  it('says what decides instead, where a failure decides nothing', async () => {
    const undecided = (reason: string) =>
      reason === 'claim_missing' ? 'introspection decides' : undefined
    const check = throwing(new ChallengeError('token_expired', 'too late'))
    const explanation = await explain([broken('a', { undecided }), rule('b', { undecided, check })])
    expect(lines(explanation)).toEqual([
      ['a', 'unchecked', 'claim_missing', 'introspection decides'],
      ['b', 'broken', 'token_expired', 'too late'],
    ])
  })

  it('tells a refused request by its own reason', async () => {
    const check = throwing(new RequestRefusedError('origin_refused', 'a foreign origin'))
    expect(lines(await explain([rule('a', { check })]))).toEqual([
      ['a', 'broken', 'origin_refused', 'a foreign origin'],
    ])
  })

  it('adds what the rule knows, and at the first broken rule the hint of the profile', async () => {
    const explanation = new Explanation(TOKEN, false)
    explanation.hintAt = (reason) => `a hint at ${reason}`
    const unavailable = throwing(new UnavailableError('key_set_unavailable', 'no answer'))
    await explain(
      [
        rule('a', { check: unavailable }),
        rule('b'),
        broken('c', { more: () => 'more of it' }),
        broken('d', { more: () => undefined }),
        broken('e', { more: () => 'more of it' }),
      ],
      explanation,
    )
    expect(explanation.results.map(({ detail }) => detail)).toEqual([
      'no answer',
      'saw found',
      'no claim; more of it; a hint at claim_missing',
      'no claim',
      'no claim; more of it',
    ])
  })

  it('leaves out a hint that the profile does not have', async () => {
    const explanation = new Explanation(TOKEN, false)
    explanation.hintAt = () => undefined
    expect((await explain([broken('a')], explanation)).results[0]?.detail).toBe('no claim')
  })

  it('quotes neither the token nor what a terminal would obey', async () => {
    const seen = () => `the token is ${TOKEN}\u001b[2J`
    const check = throwing(new RequestRefusedError('origin_refused', seen()))
    const failing = throwing(new Error(seen()))
    const rules = [rule('a', { seen }), rule('b', { check }), rule('c', { check: failing })]
    for (const { detail } of (await explain(rules)).results) {
      expect(detail).toContain('the token is [token]?[2J')
    }
  })
})
