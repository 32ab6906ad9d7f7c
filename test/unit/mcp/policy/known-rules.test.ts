import { describe, expect, it } from 'vitest'
import { mergeRules } from '../../../../src/mcp/policy/collected-rules.ts'
import { assertKnownRule } from '../../../../src/mcp/policy/known-rules.ts'
import type { PolicyOptions, PolicyRule } from '../../../../src/mcp/policy/options.ts'
import { policySchema } from '../../../../src/mcp/policy/options-schema.ts'
import { RuleBook } from '../../../../src/mcp/policy/rule-book.ts'
import { collectWarnings } from '../../../support/warnings.ts'

const warnings = collectWarnings()

const TABLES = ['tools', 'resources', 'prompts'] as const
type Table = (typeof TABLES)[number]

const NOUNS = { tools: 'tool', resources: 'resource', prompts: 'prompt' }
const NAME = 'docs:///a'
const PLACE = '/srv/server.ts:9:9'
const FIX =
  'give collectPolicy() a server that registers it, disabled if need be, and give the result to ' +
  'createResourceServer as the option `policy`'

const bookOf = (options: PolicyOptions) =>
  new RuleBook('createPolicy', 'resources', policySchema.parse(options))

/** The message of the error; `undefined` if there is none. */
function tell(
  options: PolicyOptions | undefined,
  table: Table,
  rule: PolicyRule,
  about: object = {},
): string | undefined {
  const book = options && bookOf(options)
  try {
    assertKnownRule(about, book, table, NAME, rule, () => PLACE)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
}

describe.each(TABLES)('S1.6: a rule that a server gives beside one of its %s', (table) => {
  const what = `the ${NOUNS[table]} "${NAME}"`
  const lost = `the policy does not have the rule of ${what} (withRule at ${PLACE})`

  it('is accepted when the policy has the same rule, without a warning', () => {
    for (const rule of ['allow', 'deny', { scopes: ['s'] }] as PolicyRule[]) {
      for (const more of [{}, { default: 'allow' }] as PolicyOptions[]) {
        expect(tell({ [table]: { [NAME]: rule }, ...more }, table, rule)).toBeUndefined()
      }
    }
    expect(warnings).toEqual([])
  })

  it('is an error when the policy has another rule for the name', () => {
    const collected = { table, name: NAME, rule: 'deny', place: '/srv/first.ts:1:2' } as const
    for (const [options, enforced] of [
      [{ [table]: { [NAME]: 'deny' } }, `policy.${table}["${NAME}"]`],
      [mergeRules('', {}, [collected]), 'withRule at /srv/first.ts:1:2'],
    ] as const) {
      expect(tell(options, table, 'allow')).toBe(
        `protectServer: ${what} has two rules that differ: the gate enforces ${enforced}, and the MCP ` +
          `server has withRule at ${PLACE}; remove one of them, or give it the same rule whenever a ` +
          'server is made',
      )
    }
    expect(warnings).toEqual([])
  })

  it('is a warning, once, when the policy has no rule and denies what has none', () => {
    const about = {}
    const others = TABLES.filter((each) => each !== table).map((each) => [each, { [NAME]: 'deny' }])
    for (const options of [
      {},
      { default: 'deny' },
      { [table]: {} },
      Object.fromEntries(others),
    ] as PolicyOptions[]) {
      expect(tell(options, table, 'allow', about)).toBeUndefined()
    }
    expect(warnings).toEqual([
      [`protectServer: ${lost}, so nobody may use it; ${FIX}`, 'MCP_RULE_NOT_COLLECTED'],
    ])
    // Another server gets a warning of its own, and so does another name.
    tell({}, table, 'allow')
    assertKnownRule(about, bookOf({}), table, 'docs:///b', 'allow', () => PLACE)
    expect(warnings).toHaveLength(3)
  })

  it('is an error when something may allow what has no rule', () => {
    for (const fallback of ['allow', { scopes: ['s'] }, { roles: ['r'] }] as PolicyRule[]) {
      expect(tell({ default: fallback }, table, 'deny')).toBe(
        `protectServer: ${lost}, and other rules may allow its use; ${FIX}`,
      )
    }
    expect(tell(undefined, table, 'deny')).toBe(
      `protectServer: ${lost}, and there is no policy; ${FIX}`,
    )
    expect(warnings).toEqual([])
  })

  it('may be covered by another rule for resources only, because those can be templates', () => {
    const told = tell({ [table]: { 'docs:///other': 'deny' } }, table, 'deny')
    if (table === 'resources') expect(told).toContain('and other rules may allow its use')
    else expect(told).toBeUndefined()
    expect(warnings).toHaveLength(table === 'resources' ? 0 : 1)
  })
})

describe('S1.6: one server', () => {
  it('is warned of the same name in each of its tables', () => {
    const about = {}
    for (const table of TABLES) tell({}, table, 'allow', about)
    expect(warnings.map(([message]) => /the \w+ "/.exec(message)?.[0])).toEqual([
      'the tool "',
      'the resource "',
      'the prompt "',
    ])
  })
})
