import { describe, expect, it } from 'vitest'
import { mergeRules } from '../../../../src/mcp/policy/collected-rules.ts'
import type { PolicyRules } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import { ResourceRules } from '../../../../src/mcp/policy/resource-rules.ts'
import { compileRule, DENY } from '../../../../src/mcp/policy/rule.ts'
import { call, readOf, tokenWith } from './callers.ts'

/** A rule that requires one scope, so that the decision shows which rules were found. */
const asks = (scope: string) => ({ scopes: [scope] })

async function rulesFor(resources: PolicyRules, message: ReturnType<typeof call>): Promise<string> {
  const policy = createPolicy({ resources, default: asks('default') })
  const result = await policy.check(message, tokenWith())
  return 'scopes' in result ? [...result.scopes].sort().join(' ') : result.outcome
}

const completion = (uri: string) =>
  call('completion/complete', { ref: { type: 'ref/resource', uri } })

describe('the rule of a URI', () => {
  const two = { 'docs:///a': asks('lower'), 'docs:///A': asks('upper') }
  const web = { 'https://h.example/a': asks('web') }
  const fragment = { 'docs:///a#f': asks('one'), 'docs:///{x}#f': asks('each') }
  const escaped = { 'docs:///{x}': asks('each'), 'docs:///%7Bx%7D': asks('braces') }
  const file = { 'docs:///a': asks('one'), 'docs:///a/b': asks('two') }
  it.each<[string, PolicyRules, string, string]>([
    ['its own spelling', two, 'docs:///a', 'lower'],
    ['its own spelling, of two', two, 'docs:///A', 'upper'],
    [
      'an escape: every rule that a file system may mean',
      two,
      'docs:///%61',
      'default lower upper',
    ],
    ['a host, another case', web, 'https://h.example/A', 'default web'],
    ['a host, an escape', web, 'https://h.example/%61', 'default web'],
    ['a host, a slash', web, 'https://h.example/a/', 'default web'],
    ['another host', web, 'https://x.example/a', 'default'],
    ['a URI without a host is not meant by one with a host', web, 'docs:///a', 'default'],
    ['an invented host', two, 'docs://h/a', 'default lower upper'],
    ['a fragment, an empty query', fragment, 'docs:///a?', 'default'],
    ['a fragment', fragment, 'docs:///a#f', 'one'],
    ['a fragment of another', fragment, 'docs:///b#f', 'each'],
    ['escaped braces', escaped, 'docs:///%7Bx%7D', 'braces'],
    ['a value that is no brace', escaped, 'docs:///x', 'each'],
    ['an escaped slash', file, 'docs:///a%2Fb', 'default two'],
    ['a query', file, 'docs:///a?b', 'one'],
    ['a fragment that has no rule', file, 'docs:///a#b', 'one'],
  ])(
    'S1.6: is found by every text that a handler could take for the URI: %s',
    async (_name, rules, uri, found) => {
      expect(await rulesFor(rules, readOf(uri))).toBe(found)
      const reversed = Object.fromEntries(Object.entries(rules).reverse())
      expect(await rulesFor(reversed, readOf(uri))).toBe(found)
    },
  )
})

describe('a rule with several query parameters', () => {
  const template = { 'docs:///f?a={x}&b={y}': asks('both') }
  const literal = { 'docs:///f?a=1&b=2': asks('both') }
  const host = { 'https://h.example/f?a={x}&b={+y}': asks('both') }
  const fragment = { 'docs:///f?a={x}&b={y}#{z}': asks('both') }
  it.each<[string, PolicyRules, string, string]>([
    ['as written', template, 'docs:///f?a=1&b=2', 'both'],
    ['in another order', template, 'docs:///f?b=2&a=1', 'both default'],
    ['with another between them', template, 'docs:///f?a=1&c=3&b=2', 'both default'],
    ['only the first', template, 'docs:///f?a=1', 'default'],
    ['only the second', template, 'docs:///f?b=2', 'default'],
    ['only others', template, 'docs:///f?c=3&d=4', 'default'],
    ['none', template, 'docs:///f', 'default'],
    ['another path', template, 'docs:///g?b=2&a=1', 'default'],
    ['another case', template, 'docs:///F?B=2&A=1', 'both default'],
    ['an escape', template, 'docs:///f?b=2&%61=1', 'both default'],
    ['without expressions: as written', literal, 'docs:///f?a=1&b=2', 'both'],
    ['without expressions: in another order', literal, 'docs:///f?b=2&a=1', 'both default'],
    ['without expressions: one', literal, 'docs:///f?a=1', 'default'],
    ['without expressions: another value', literal, 'docs:///f?b=2&a=3', 'default'],
    ['with a host', host, 'https://h.example/f?b=2/3&a=1', 'both default'],
    ['with another host', host, 'https://x.example/f?b=2&a=1', 'default'],
    ['with a fragment', fragment, 'docs:///f?b=2&a=1#z', 'both default'],
  ])(
    'S1.6: applies to each order of its parameters, and only if all are there: %s',
    async (_name, rules, uri, found) => {
      expect(await rulesFor(rules, readOf(uri))).toBe(found)
    },
  )
})

describe('a completion', () => {
  const index = { 'docs:///index': asks('index'), 'docs:///{+path}': asks('path') }
  const odd = { 'https:{+any}': asks('odd') }
  const doubled = { 'docs:///a//{x}': asks('doubled') }
  const query = { 'docs:///f?a=1&b=2': asks('both'), 'docs:///{+path}': asks('path') }
  it.each<[string, PolicyRules, string, string]>([
    ['a URI with a rule: that rule', index, 'docs:///index', 'index'],
    ['a URI with several parameters and a rule', query, 'docs:///f?a=1&b=2', 'both'],
    ['a URI without a rule', index, 'docs:///other', 'path'],
    ['a template with a rule, whose URIs are rewritten', odd, 'https:{+any}', 'odd'],
    ['another such template', odd, 'https:{+other}', 'denied'],
    ['a template with a rule, whose URIs have two slashes', doubled, 'docs:///a//{x}', 'doubled'],
    ['another name for such a template', doubled, 'docs:///a//{y}', 'denied'],
  ])(
    'S1.6: of a template that no caller may read needs its own rule: %s',
    async (_name, rules, uri, found) => {
      expect(await rulesFor(rules, completion(uri))).toBe(found)
    },
  )

  it('S1.6: says why a template or URI is denied', async () => {
    for (const [uri, why] of [
      ['docs:///{a', 'it contains braces'],
      ['docs:///{{a}}', 'it contains braces'],
      ['docs:///a//{y}', 'it contains two slashes in a row'],
      ['https:{+other}', 'new URL() would rewrite it'],
    ] as const) {
      const policy = createPolicy({ resources: { 'docs:///{+p}': 'allow' }, default: 'allow' })
      const decision = await policy.check(completion(uri), tokenWith())
      const detail = `completion/complete "${uri}": its URI is not plain: ${why}`
      expect(decision).toEqual({ outcome: 'denied', detail })
    }
  })
})

describe('two rules for one resource', () => {
  const URIS = ['docs:///a b', 'docs:///a%20b'] as const
  const TEMPLATES = ['docs:///{a}', 'docs:///{b}'] as const
  const at = (place: string, name: string) =>
    ({ table: 'resources', name, rule: 'deny', place }) as const
  const collect = (...rules: readonly ReturnType<typeof at>[]) => mergeRules('', {}, rules)

  it.each([
    ['URI', URIS, ', as two spellings of docs:///a%20b'],
    ['template', TEMPLATES, ''],
  ] as const)(
    'S1.6: are a TypeError that says where they are: the same %s',
    (what, names, more) => {
      const [one, other] = names
      const twice = `createPolicy: option \`resources\` contains the same ${what} twice${more}`
      const make = (options: object) => () => createPolicy(options)
      const table = { resources: { [one]: 'allow', [other]: 'deny' } }
      expect(make(table)).toThrow(`${twice}; got "${other}"`)
      const both = collect(at('/a.ts:1:1', one), at('', other))
      expect(make(both)).toThrow(`${twice}, in withRule at /a.ts:1:1 and withRule; got "${other}"`)
      for (const [first, second] of [
        [one, other],
        [other, one],
      ] as const) {
        const mixed = mergeRules('', { resources: { [first]: 'allow' } }, [at('/b.ts:2:2', second)])
        expect(make(mixed)).toThrow(
          `${twice}, in policy.resources["${first}"] and withRule at /b.ts:2:2; got "${second}"`,
        )
        const late = mergeRules('', {}, [at('/b.ts:2:2', first)])
        const table = { ...late.resources, [second]: 'allow' }
        expect(make({ resources: table })).toThrow(`${twice}; got "${second}"`)
      }
    },
  )

  it('S1.6: are described in the order of the rules, wherever they come from', () => {
    const rules = new Map([
      [URIS[0], compileRule('deny', URIS[0], '/a.ts:1:1')],
      [URIS[1], compileRule('deny', URIS[1])],
    ])
    expect(() => new ResourceRules('createPolicy', 'resources', rules, DENY)).toThrow(
      `, in withRule at /a.ts:1:1 and policy.resources["${URIS[1]}"]; got`,
    )
  })

  it('S1.6: may be a URI as written and a template, or templates that differ', () => {
    for (const resources of [
      { 'docs:///{x}': 'deny', 'docs:///%7Bx%7D': 'allow' },
      { 'docs:///{x}': 'deny', 'docs:///{+x}': 'allow' },
      { 'docs:///{x}?a=1&b=2': 'deny', 'docs:///{x}?b=2&a=1': 'allow' },
    ] as const) {
      expect(() => createPolicy({ resources })).not.toThrow()
    }
  })

  it('a template that cannot be matched is a TypeError that says where it is', () => {
    const name = 'docs:///{path*}'
    expect(() => createPolicy({ resources: { [name]: 'deny' } })).toThrow(
      /contains a template that cannot be matched: its expressions must be \{name\}.*\{\?query\}; got/,
    )
    expect(() => createPolicy(collect(at('/a.ts:1:1', name)))).toThrow(
      /cannot be matched: its expressions must be .*\{\?query\} \(withRule at \/a\.ts:1:1\); got/,
    )
    expect(() => createPolicy(collect(at('/a.ts:1:1', 'docs:///a/{x}/../b')))).toThrow(
      /cannot be matched: new URL\(\) rewrites the text .* \(withRule at \/a\.ts:1:1\); got/,
    )
  })
})
