import { describe, expect, it, vi } from 'vitest'
import { type CollectedRule, mergeRules } from '../../../../src/mcp/policy/collected-rules.ts'
import type { PolicyOptions, PolicyRule } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'

const TABLES = ['tools', 'resources', 'prompts'] as const
type Table = (typeof TABLES)[number]

const beside = (
  table: Table,
  name: string,
  rule: PolicyRule,
  place = '/srv/app/server.ts:12:3',
): CollectedRule => ({ table, name, rule, place })

const merge = (options: PolicyOptions, ...collected: readonly CollectedRule[]) =>
  mergeRules('collectPolicy', options, collected)

const messageOf = (act: () => unknown): string | undefined => {
  try {
    act()
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
}

const NOUNS = { tools: 'tool', resources: 'resource', prompts: 'prompt' }

describe('rules that were given beside registrations', () => {
  it('leave the options as they are when there are none', () => {
    const options: PolicyOptions = { tools: { act: 'allow' }, default: 'deny' }
    const merged = merge(options)
    expect(merged).toEqual(options)
    expect(Object.keys(merged)).toEqual(['tools', 'default'])
    expect(merged.tools).toBe(options.tools)
    expect(Object.keys(merge({}))).toEqual([])
  })

  it.each(TABLES)('join the rules of their own table, and no other: %s', (table) => {
    const others = Object.fromEntries(TABLES.map((each) => [each, { 'x:old': 'deny' } as const]))
    for (const options of [{}, others, { [table]: {} }] as PolicyOptions[]) {
      const given = structuredClone(options)
      const merged = merge(options, beside(table, 'x:new', 'allow'))
      expect(merged).toEqual({ ...given, [table]: { ...given[table], 'x:new': 'allow' } })
      expect(Object.keys(merged).sort()).toEqual(
        [...new Set([...Object.keys(given), table])].sort(),
      )
      // The operator's own tables are not changed.
      expect(options).toEqual(given)
    }
  })

  it('keep a name that every object inherits', () => {
    const merged = merge(
      {},
      beside('tools', '__proto__', 'deny'),
      beside('tools', 'toString', 'deny'),
    )
    expect(Object.entries(merged.tools ?? {})).toEqual([
      ['__proto__', 'deny'],
      ['toString', 'deny'],
    ])
    expect(createPolicy(merged).describe()).toContain('tool __proto__  deny')
  })

  it.each(TABLES)(
    'S1.6: must be the only rule for a name, and the error names both places: %s',
    (table) => {
      const named = `collectPolicy: the ${NOUNS[table]} "x:a" has two rules`
      const one = beside(table, 'x:a', 'deny', '/a.ts:1:1')
      const two = beside(table, 'x:a', 'allow', '/b.ts:2:2')
      const three = beside(table, 'x:a', 'allow', '')
      for (const rule of ['allow', 'deny'] as const) {
        expect(messageOf(() => merge({ [table]: { 'x:a': rule } }, one))).toBe(
          `${named}: policy.${table}["x:a"], and withRule at /a.ts:1:1; remove one of them`,
        )
      }
      expect(messageOf(() => merge({}, one, two))).toBe(
        `${named}: withRule at /a.ts:1:1, and withRule at /b.ts:2:2; remove one of them`,
      )
      expect(messageOf(() => merge({}, one, three))).toBe(
        `${named}: withRule at /a.ts:1:1, and withRule; remove one of them`,
      )
      // Rules that were collected before have a place, too.
      const merged = merge({}, one)
      expect(messageOf(() => merge(merged, two))).toBe(
        `${named}: withRule at /a.ts:1:1, and withRule at /b.ts:2:2; remove one of them`,
      )
      const again = merge(merged, beside(table, 'x:b', 'deny'))
      expect(messageOf(() => merge(again, two))).toBe(
        `${named}: withRule at /a.ts:1:1, and withRule at /b.ts:2:2; remove one of them`,
      )
    },
  )

  it.each(TABLES)(
    'may be repeated, and may have the name of a rule in another table: %s',
    (table) => {
      const rule = { scopes: ['s'] }
      const same = [beside(table, 'x:a', rule), beside(table, 'x:a', { scopes: ['s'] })]
      expect(merge({}, ...same)).toEqual({ [table]: { 'x:a': rule } })
      for (const other of TABLES.filter((each) => each !== table)) {
        expect(merge({ [other]: { 'x:a': 'deny' } }, ...same)).toEqual({
          [other]: { 'x:a': 'deny' },
          [table]: { 'x:a': rule },
        })
        expect(merge({}, ...same, beside(other, 'x:a', 'deny'))).toEqual({
          [other]: { 'x:a': 'deny' },
          [table]: { 'x:a': rule },
        })
      }
    },
  )

  it.each<[string, PolicyRule, PolicyRule]>([
    ['allow and deny', 'allow', 'deny'],
    ['other scopes', { scopes: ['a'] }, { scopes: ['b'] }],
    ['all scopes and any scope', { scopes: ['a', 'b'] }, { scopes: { anyOf: ['a', 'b'] } }],
    ['scopes and roles', { scopes: ['a'] }, { roles: ['a'] }],
    ['dpop', { scopes: ['a'] }, { scopes: ['a'], dpop: true }],
    ['other functions', { allow: () => true }, { allow: () => false }],
    ['a function and none', { scopes: ['a'], allow: () => true }, { scopes: ['a'] }],
    ['bound functions', { allow: allowAll.bind(1) }, { allow: allowAll.bind(2) }],
    ['a bound function and its source', { allow: allowAll.bind(1) }, { allow: allowAll }],
  ])('S1.6: of one name must be the same rule: %s', (_name, one, other) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const both = [beside('tools', 'a', first), beside('tools', 'a', second)]
      expect(messageOf(() => merge({}, ...both))).toContain('the tool "a" has two rules')
      expect(messageOf(() => merge({}, ...both.slice(0, 1), ...both.slice(0, 1)))).toBeUndefined()
    }
  })

  it('are described with the file in which they were given', () => {
    const places = {
      '/srv/app/a.ts:12:3': ' (withRule in a.ts)',
      'C:\\srv\\app\\b.ts:12:3': ' (withRule in b.ts)',
      'file:///srv/c.ts:1:2:3:4': ' (withRule in c.ts)',
      'file:///srv/d.ts': ' (withRule in d.ts)',
      'e.ts:1': ' (withRule in e.ts)',
      'at:1:2/f:3:4.ts:5:6': ' (withRule in f:3:4.ts)',
      'g.ts:100:200': ' (withRule in g.ts)',
      '': ' (withRule)',
    }
    const rules = Object.keys(places).map((place, at) => beside('tools', `t${at}`, 'deny', place))
    const table = merge({ tools: { own: 'deny' } }, ...rules)
    const lines = createPolicy(table).describe().split('\n')
    expect(lines.slice(0, -2).map((line) => line.replace(/^tool \w+ +/, ''))).toEqual([
      'deny',
      ...Object.values(places).map((where) => `deny${where}`),
    ])
  })
})

function allowAll(this: number): boolean {
  return this > 0
}

describe('S1.6: functions of one name', () => {
  const give = (allow: () => boolean) => beside('tools', 'a', { allow })
  const hasTwoRules = (make: () => () => boolean) =>
    messageOf(() => merge({}, give(make()), give(make())))?.includes('has two rules') === true

  it('are the same rule if their source text is the same, whatever it says', () => {
    expect(hasTwoRules(() => () => true)).toBe(false)
    expect(hasTwoRules(() => () => ['{ [native code] }'].length > 0)).toBe(false)
  })

  it.each([
    'function () { [native code] }',
    'function () {\n    [native code]\n}',
    'function allow() {[native code]}',
  ])('are not the same if the engine shows no source text: %j', (shown) => {
    const shows = vi.spyOn(Function.prototype, 'toString').mockReturnValue(shown)
    const differ = hasTwoRules(() => () => true)
    const [same] = [() => true]
    const differsFromItself = messageOf(() => merge({}, give(same), give(same)))
    shows.mockRestore()
    expect([differ, differsFromItself]).toEqual([true, undefined])
  })
})
