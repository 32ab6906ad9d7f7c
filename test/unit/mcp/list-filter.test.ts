import { describe, expect, it } from 'vitest'
import type { PolicyOptions } from '../../../src/mcp/policy/options.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { adapterFor } from '../../support/adapter.ts'
import { throwing } from '../../support/throwing.ts'
import { testResourceServer } from '../../support/tokens.ts'
import { serverWith, tokenWith } from './policy/callers.ts'

const rules = {
  free: 'allow',
  closed: 'deny',
  scoped: { scopes: ['s'] },
  either: { scopes: { anyOf: ['s', 't'] } },
  roled: { roles: ['r'] },
  both: { scopes: ['s'], roles: ['r'] },
  mine: { allow: ({ subject }: VerifiedToken) => subject === 'alice' },
  later: { allow: async ({ subject }: VerifiedToken) => subject === 'bob' },
} as const

const NAMES = [...Object.keys(rules), 'unknown']

type List = readonly [
  method: string,
  member: string,
  key: string,
  table: 'tools' | 'prompts' | 'resources',
]

const LISTS: readonly List[] = [
  ['tools/list', 'tools', 'name', 'tools'],
  ['prompts/list', 'prompts', 'name', 'prompts'],
  ['resources/list', 'resources', 'uri', 'resources'],
  ['resources/templates/list', 'resourceTemplates', 'uriTemplate', 'resources'],
]

type Result = Record<string, unknown>

const filterList = (
  server: ResourceServer,
  ...of: Parameters<ReturnType<typeof adapterFor>['messages']['filterList']>
) => adapterFor(server).messages.filterList(...of)

const show = async (
  options: PolicyOptions,
  [method, member, key]: List,
  token: VerifiedToken | undefined,
) => {
  const items = NAMES.map((name) => ({ [key]: name, description: `about ${name}` }))
  const result = { [member]: items, nextCursor: 'more', _meta: { a: 1 } }
  const frozen = JSON.stringify(result)
  const shown = (await filterList(serverWith(options), method, result, token)) as Result
  expect(JSON.stringify(result)).toBe(frozen)
  const left = shown[member] as Result[]
  // Items that stay are the same objects in the same order.
  expect(items.filter((item) => left.includes(item))).toEqual(left)
  expect(shown).toEqual({ ...result, [member]: left, cacheScope: 'private' })
  return left.map((item) => item[key])
}

/** The names that are shown. Functions are not called for templates, so items with only a function stay. */
const expected = ([, , key]: List, token: VerifiedToken | undefined, names: string[]) => {
  if (key !== 'uriTemplate' || token === undefined) return names
  return NAMES.filter((name) => names.includes(name) || name === 'mine' || name === 'later')
}

const roled = (scope: string) => tokenWith(scope, { roles: ['r'] })

describe.each(LISTS)('MCP-25 S1.6: %s', (...list) => {
  const options: PolicyOptions = { showStepUp: false, [list[3]]: rules }

  it.each<[string, VerifiedToken | undefined, string[]]>([
    ['no token', undefined, []],
    ['a good token', tokenWith(), ['free', 'mine']],
    ['a scope', tokenWith('s'), ['free', 'scoped', 'either', 'mine']],
    ['another scope', tokenWith('t'), ['free', 'either', 'mine']],
    ['a role', roled(''), ['free', 'roled', 'mine']],
    ['scope and role', roled('s'), ['free', 'scoped', 'either', 'roled', 'both', 'mine']],
    ['another subject', { ...tokenWith(), subject: 'bob' }, ['free', 'later']],
  ])('shows what the caller may use: %s', async (_name, token, names) => {
    expect(await show(options, list, token)).toEqual(expected(list, token, names))
  })

  it('by default also shows items for which only a scope is missing', async () => {
    const stepUp: PolicyOptions = { [list[3]]: rules }
    const said = { ...stepUp, showStepUp: true }
    expect(await show(stepUp, list, tokenWith())).toEqual(await show(said, list, tokenWith()))
    const some = ['free', 'scoped', 'either', 'mine']
    expect(await show(stepUp, list, tokenWith())).toEqual(expected(list, tokenWith(), some))
    const all = ['free', 'scoped', 'either', 'roled', 'both', 'mine']
    expect(await show(stepUp, list, roled(''))).toEqual(expected(list, roled(''), all))
    expect(await show(stepUp, list, undefined)).toEqual([])
  })

  it.each([true, false])(
    'MCP-28: hides what needs a bound token from bearer callers, with showStepUp: %s',
    async (showStepUp) => {
      const proved: PolicyOptions = {
        showStepUp,
        [list[3]]: { free: { dpop: true }, scoped: { dpop: true, scopes: ['s'] }, mine: 'allow' },
      }
      const bearer = tokenWith('s')
      const bound = { ...bearer, confirmation: { jkt: 'thumbprint' } }
      expect(await show(proved, list, bearer)).toEqual(['mine'])
      expect(await show(proved, list, bound)).toEqual(['free', 'scoped', 'mine'])
    },
  )

  it('uses the default rule for items without a rule', async () => {
    expect(await show({ ...options, default: 'allow' }, list, tokenWith())).toContain('unknown')
    const asks: PolicyOptions = { ...options, default: { scopes: ['all'] } }
    expect(await show(asks, list, tokenWith())).not.toContain('unknown')
    expect(await show(asks, list, tokenWith('all'))).toContain('unknown')
  })

  it('uses the rule of the method that uses an item', async () => {
    const use = { tools: 'tools/call', prompts: 'prompts/get', resources: 'resources/read' }
    const method = use[list[3]]
    expect(await show({ ...options, methods: { [method]: 'deny' } }, list, tokenWith('s'))).toEqual(
      [],
    )
    const asks: PolicyOptions = { ...options, methods: { [method]: { scopes: ['m'] } } }
    const token = tokenWith('m')
    expect(await show(asks, list, token)).toEqual(expected(list, token, ['free', 'mine']))
  })

  it('marks an empty list as private too', async () => {
    const result = await filterList(serverWith(options), list[0], { [list[1]]: [] }, tokenWith())
    expect(result).toEqual({ [list[1]]: [], cacheScope: 'private' })
  })

  it('replaces the server’s own cacheScope', async () => {
    const result = { [list[1]]: [], cacheScope: 'public', ttlMs: 60_000 }
    const shown = await filterList(serverWith(options), list[0], result, tokenWith())
    expect(shown).toEqual({ [list[1]]: [], cacheScope: 'private', ttlMs: 60_000 })
  })

  it('hides items without a name', async () => {
    const items = [{ [list[2]]: 5 }, {}, null, 'free', ['free'], { [list[2]]: null }]
    const server = serverWith({ default: 'allow' })
    const shown = await filterList(server, list[0], { [list[1]]: items }, tokenWith())
    expect(shown).toEqual({ [list[1]]: [], cacheScope: 'private' })
  })

  it.each([
    undefined,
    null,
    'text',
    [],
    {},
    { [list[1]]: null },
    { [list[1]]: { 0: 'free' } },
    { [list[1]]: 'free' },
    { error: 'x' },
  ])('does not change a result without a list: %j', async (result) => {
    const server = serverWith(options)
    expect(await filterList(server, list[0], result, tokenWith())).toBe(result)
    expect(await filterList(server, list[0], result, undefined)).toBe(result)
  })

  it.each<[string, () => unknown]>([
    ['throws', throwing(new Error('x'))],
    ['rejects', async () => Promise.reject(new Error('x'))],
    ['gives no answer', () => undefined],
    ['gives no answer later', async () => 'yes'],
  ])('hides an item whose function %s, and shows the rest', async (_n, allow) => {
    const failing = { [list[3]]: { bad: { allow: allow as () => boolean }, free: 'allow' } }
    const result = { [list[1]]: [{ [list[2]]: 'bad' }, { [list[2]]: 'free' }] }
    for (const showStepUp of [false, true]) {
      const server = serverWith({ ...failing, showStepUp })
      const shown = (await filterList(server, list[0], result, tokenWith())) as Result
      const names = (shown[list[1]] as Result[]).map((item) => item[list[2]])
      // Functions are not called for templates.
      expect(names).toEqual(list[2] === 'uriTemplate' ? ['bad', 'free'] : ['free'])
      expect(shown.cacheScope).toBe('private')
    }
  })

  it('hides every item that needs a role when the roles cannot be read', async () => {
    const rolesOf = throwing(new Error('x'))
    expect(await show({ ...options, rolesOf }, list, tokenWith('s'))).toEqual([])
  })
})

describe('the list filter', () => {
  it('MCP-25: does nothing without a policy', async () => {
    const result = { tools: [{ name: 'act' }] }
    const open = testResourceServer()
    expect(await filterList(open, 'tools/list', result, undefined)).toBe(result)
    expect(await filterList(open, 'tools/list', result, tokenWith())).toBe(result)
  })

  it.each(['tools/call', 'resources/read', 'roots/list', 'toString', '__proto__', 'Tools/List'])(
    'MCP-25: does not change the result of %s',
    async (method) => {
      const result = { tools: [{ name: 'act' }] }
      expect(await filterList(serverWith({}), method, result, tokenWith())).toBe(result)
    },
  )

  it('MCP-25: calls a function as for a call, without parameters', async () => {
    const asked: unknown[] = []
    const allow = (_token: VerifiedToken, operation: object) => asked.push(operation) > 0
    const server = serverWith({ default: { allow } })
    const token = tokenWith()
    await filterList(server, 'tools/list', { tools: [{ name: 'act' }] }, token)
    await filterList(server, 'prompts/list', { prompts: [{ name: 'greet' }] }, token)
    await filterList(server, 'resources/list', { resources: [{ uri: 'docs:///a' }] }, token)
    expect(asked).toEqual([
      { method: 'tools/call', name: 'act', params: undefined },
      { method: 'prompts/get', name: 'greet', params: undefined },
      { method: 'resources/read', name: 'docs:///a', params: undefined },
    ])
  })

  it('MCP-25: checks the scopes and roles of a template’s rule, not its function', async () => {
    const asked: unknown[] = []
    const allow = () => asked.push(1) < 0
    const resources = {
      'a:///{id}': { allow },
      'b:///{id}': { allow, scopes: ['s'] },
      'c:///{id}': { allow, roles: ['r'] },
      'd:///{id}': 'deny',
    } as const
    const uriTemplates = Object.keys(resources).map((uriTemplate) => ({ uriTemplate }))
    const shown = async (token: VerifiedToken) => {
      const result = { resourceTemplates: uriTemplates }
      const server = serverWith({ resources, showStepUp: false })
      const left = await filterList(server, 'resources/templates/list', result, token)
      return (left as typeof result).resourceTemplates.map(({ uriTemplate }) => uriTemplate[0])
    }
    expect(await shown(tokenWith())).toEqual(['a'])
    expect(await shown(tokenWith('s'))).toEqual(['a', 'b'])
    expect(await shown(roled('s'))).toEqual(['a', 'b', 'c'])
    expect(asked).toEqual([])
  })

  it('MCP-25: checks all rules of resources and templates', async () => {
    const resources = { 'docs:///closed/{+path}': 'deny', 'docs:///open/{id}': 'allow' } as const
    const server = serverWith({ resources })
    const uris = ['docs:///a', 'docs:///open/a', 'docs:///open/a/b', 'docs:///open/../a']
    const listed = { resources: uris.map((uri) => ({ uri })) }
    expect(await filterList(server, 'resources/list', listed, tokenWith())).toMatchObject({
      resources: [{ uri: 'docs:///open/a' }],
    })
    const texts = ['docs:///{+path}', 'docs:///open/{id}', 'docs:///open/{other}', 'docs:///{x}']
    const templates = { resourceTemplates: texts.map((uriTemplate) => ({ uriTemplate })) }
    const shown = await filterList(server, 'resources/templates/list', templates, tokenWith())
    expect(shown).toMatchObject({
      resourceTemplates: [
        { uriTemplate: 'docs:///open/{id}' },
        { uriTemplate: 'docs:///open/{other}' },
      ],
    })
  })

  it('MCP-11: counts the scopes that a wider scope includes', async () => {
    const more = { scopeHierarchy: { admin: ['s'] } }
    const server = serverWith({ tools: rules }, more)
    const result = { tools: [{ name: 'scoped' }] }
    expect(await filterList(server, 'tools/list', result, tokenWith('admin'))).toMatchObject(result)
  })
})
