import { describe, expect, it } from 'vitest'
import type { PolicyOptions } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import type { ResourceServerOptions } from '../../../../src/resource-server/options.ts'
import { createResourceServer } from '../../../../src/resource-server/resource-server.ts'
import { ISSUER, RESOURCE } from '../../../support/tokens.ts'

/** The message of the TypeError that a construction throws; `undefined` when it throws none. */
function thrown(make: () => unknown): string | undefined {
  try {
    make()
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
}

const serverWith = (more: object) =>
  thrown(() =>
    createResourceServer({
      ...{ resource: RESOURCE, authorizationServer: ISSUER },
      ...more,
    } as ResourceServerOptions),
  )

/** Expects that createResourceServer() and createPolicy() name the same option as wrong. */
function expectNamed(operations: unknown, path: string): void {
  const named = (message: string | undefined) => /`([^`]*)`/.exec(message ?? '')?.[1]
  const server = serverWith({ policy: operations })
  const alone = thrown(() => createPolicy(operations as PolicyOptions))
  expect([server, alone]).toEqual([
    expect.stringMatching(/^createResourceServer: /),
    expect.stringMatching(/^createPolicy: /),
  ])
  expect([named(server), named(alone)]).toEqual([
    ['policy', path].join('.').replace(/\.$/, ''),
    path === '' ? 'options' : path,
  ])
}

const TABLES = ['tools', 'resources', 'prompts', 'methods']

const WRONG_RULES: readonly [string, unknown, string][] = [
  ['nothing', undefined, ''],
  ['null', null, ''],
  ['true', true, ''],
  ['a number', 1, ''],
  ['an empty text', '', ''],
  ['another word', 'permit', ''],
  ['another case', 'Allow', ''],
  ['a list', ['allow'], ''],
  ['a function', () => true, ''],
  ['an empty requirement', {}, ''],
  ['a requirement of nothing', { scopes: undefined, roles: undefined }, ''],
  ['a member too many', { scopes: ['s'], deny: true }, '.deny'],
  ['a member misspelt', { scope: ['s'] }, '.scope'],
  ['no scopes', { scopes: [] }, '.scopes'],
  ['a scope as text', { scopes: 's' }, '.scopes'],
  ['null for scopes', { scopes: null }, '.scopes'],
  ['a scope that is a number', { scopes: [5] }, '.scopes.0'],
  ['an empty scope', { scopes: [''] }, '.scopes.0'],
  ['two scopes in one', { scopes: ['a', 'b c'] }, '.scopes.1'],
  ['a quote in a scope', { scopes: ['a"'] }, '.scopes.0'],
  ['a line break in a scope', { scopes: ['a\n'] }, '.scopes.0'],
  ['offline_access', { scopes: ['s', 'offline_access'] }, '.scopes'],
  ['any of no scopes', { scopes: { anyOf: [] } }, '.scopes.anyOf'],
  ['any of offline_access', { scopes: { anyOf: ['offline_access'] } }, '.scopes.anyOf'],
  ['any of a scope as text', { scopes: { anyOf: 's' } }, '.scopes.anyOf'],
  ['any of two in one', { scopes: { anyOf: ['a b'] } }, '.scopes.anyOf.0'],
  ['any and all', { scopes: { anyOf: ['a'], allOf: ['b'] } }, '.scopes.allOf'],
  ['no roles', { roles: [] }, '.roles'],
  ['an empty role', { roles: [''] }, '.roles.0'],
  ['a role that is null', { roles: ['r', null] }, '.roles.1'],
  ['any of no roles', { roles: { anyOf: [] } }, '.roles.anyOf'],
  ['any of an empty role', { roles: { anyOf: [''] } }, '.roles.anyOf.0'],
  ['no function', { allow: true }, '.allow'],
  ['a function’s name', { allow: 'isOwner' }, '.allow'],
]

describe('a wrong rule is a TypeError that names it', () => {
  for (const table of TABLES) {
    it.each(WRONG_RULES)(`S1.6: ${table}: %s`, (_name, rule, path) => {
      expectNamed({ [table]: { good: 'allow', act: rule } }, `${table}.act${path}`)
    })
  }

  it.each(WRONG_RULES.filter(([, rule]) => rule !== undefined))(
    'S1.6: default: %s',
    (_name, rule, path) => {
      expectNamed({ default: rule }, `default${path}`)
    },
  )

  it.each(['__proto__', 'constructor', 'toString', ''])(
    'S1.6: also under a name that is no name for most: "%s"',
    (name) => {
      for (const rule of ['permit', 5, null, {}, { scope: ['s'] }]) {
        const rules = JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(rule)}}`)
        for (const table of TABLES) {
          const message = thrown(() => createPolicy({ [table]: rules }))
          expect([table, rule, message]).toEqual([
            ...[table, rule],
            expect.stringMatching(/^createPolicy: .*`\w+\./),
          ])
        }
      }
    },
  )
})

describe('a wrong option of a policy is a TypeError that names it', () => {
  it.each<[string, unknown[]]>([
    ...TABLES.map((table): [string, unknown[]] => [
      table,
      [null, 5, 'allow', ['act'], [], new Map([['act', 'allow']]), () => 'allow'],
    ]),
    ['rolesOf', ['roles', null, 5, {}, []]],
    ['showStepUp', ['true', 1, null, {}]],
    ['maxBodySize', ['4096', null, Number.NaN, Infinity, -1, 0, 1023, 1024.5, 2 ** 30 + 1]],
    ['maxBatchSize', ['10', null, Number.NaN, Infinity, -1, 0, 1.5, 10_001]],
    ['tool', [{}, undefined]],
    ['scopes', [['s']]],
  ])('S1.6: %s', (name, values) => {
    for (const value of values) expectNamed({ [name]: value }, name)
  })

  it.each([null, 5, 'allow', true, [], () => ({})])('S1.6: the policy itself: %j', (value) => {
    expectNamed(value, '')
  })

  it('S1.6: `policy` may be left out of a resource server; createPolicy() needs its options', () => {
    expect(serverWith({ policy: undefined })).toBeUndefined()
    const none = undefined as unknown as PolicyOptions
    expect(thrown(() => createPolicy(none))).toMatch(/^createPolicy: /)
  })

  it('S1.6: the smallest and largest values are accepted', () => {
    for (const operations of [
      {},
      { maxBodySize: 1024, maxBatchSize: 1 },
      { maxBodySize: 2 ** 30, maxBatchSize: 10_000 },
      { tools: {}, resources: {}, prompts: {}, methods: {} },
      { tools: { 'any name: \u00e9 "quoted"': { scopes: ['!~'], roles: ['any role'] } } },
      { tools: undefined, default: undefined, rolesOf: undefined },
    ]) {
      expect(serverWith({ policy: operations })).toBeUndefined()
    }
  })
})

describe('a wrong scopeHierarchy is a TypeError that names it', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'mcp:admin'],
    ['a list', [['mcp:admin', 'mcp:tools']]],
    ['a map', new Map([['a', ['b']]])],
    ['a scope as text', { a: 'b' }],
    ['null for scopes', { a: null }],
    ['a nested object', { a: { b: ['c'] } }],
    ['a scope that is none', { a: ['b c'] }],
    ['an empty scope', { a: [''] }],
    ['a number', { a: [5] }],
    ['a name that is none', { 'a b': ['c'] }],
    ['an empty name', { '': ['c'] }],
    ['a name with a quote', { 'a"': ['c'] }],
    ['offline_access', { a: ['offline_access'] }],
    ['a text under __proto__', JSON.parse('{"__proto__": "b"}')],
    ['a number under __proto__', JSON.parse('{"__proto__": 5}')],
  ])('MCP-11: %s', (_name, scopeHierarchy) => {
    const named = /^create\w+: (?:option|there is no option) `scopeHierarchy[.`]/
    expect(serverWith({ scopeHierarchy })).toMatch(named)
    const options = { scopeHierarchy } as { scopeHierarchy: Record<string, string[]> }
    expect(thrown(() => createPolicy({}, options))).toMatch(named)
  })

  it('MCP-11: right values are accepted', () => {
    for (const scopeHierarchy of [undefined, {}, { a: [] }, { a: ['b'], b: ['a'] }]) {
      expect(serverWith({ scopeHierarchy })).toBeUndefined()
      const options = scopeHierarchy === undefined ? {} : { scopeHierarchy }
      expect(thrown(() => createPolicy({}, options))).toBeUndefined()
    }
  })
})

describe('a name that looks like a pattern', () => {
  it.each([
    ['tools', 'admin_*'],
    ['prompts', '*'],
    ['methods', 'tasks/*'],
    ['resources', 'data:///secret/*'],
  ])('S1.6: is a TypeError, because names are literal: %s %s', (table, name) => {
    expect(() => createPolicy({ default: 'allow', [table]: { [name]: 'deny' } })).toThrow(
      `option \`${table}\` has a rule with \`*\` in its name, but names are literal`,
    )
  })

  it('S1.6: two templates for the same URIs are a TypeError, in any order', () => {
    for (const resources of [
      { 'data:///{x}': 'deny', 'data:///{y}': 'allow' },
      { 'data:///{y}': 'allow', 'data:///{x}': 'deny' },
    ] as const) {
      expect(() => createPolicy({ resources })).toThrow('contains the same template twice')
    }
  })
})
