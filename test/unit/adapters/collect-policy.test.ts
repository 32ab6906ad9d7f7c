import { Server as ServerV1 } from '@modelcontextprotocol/sdk/server/index.js'
import { describe, expect, it } from 'vitest'
import { type CollectableServer, collectPolicy } from '../../../src/adapters/collect-policy.ts'
import { withRule } from '../../../src/adapters/with-rule.ts'
import type { PolicyOptions, PolicyRule } from '../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../src/mcp/policy/policy.ts'
import { MAJOR_NAMES, MAJORS, register, ruledServer } from '../../support/ruled-servers.ts'
import { testResourceServer } from '../../support/tokens.ts'

const RULES = {
  tools: { list: 'allow', erase: { scopes: ['data:write'], roles: ['steward'] } },
  prompts: { explain: { scopes: { anyOf: ['data:read', 'data:write'] } } },
  resources: {
    'docs:///index': 'allow',
    'docs:///notes/{owner}': {
      allow: ({ subject }, { name }) => name?.endsWith(`/${subject}`) === true,
    },
    'docs:///old/{+path}': 'deny',
  },
} satisfies PolicyOptions

const HERE = 'collect-policy\\.test\\.ts:\\d+:\\d+'

describe.each(MAJOR_NAMES)('the rules beside the registrations of a server of %s', (major) => {
  it('are collected for tools, prompts, resources and templates', () => {
    expect(collectPolicy(ruledServer(major, RULES))).toEqual(RULES)
    expect(collectPolicy(MAJORS[major]().server)).toEqual({})
  })

  it('join the table: its rules, the default rule, methods and the other options', () => {
    const table = {
      tools: { other: 'allow' },
      prompts: { greet: 'deny' },
      methods: { 'tasks/get': 'allow' },
      default: { roles: ['admin'] },
      showStepUp: false,
      rolesOf: () => ['steward'],
    } satisfies PolicyOptions
    expect(collectPolicy(ruledServer(major, RULES), table)).toEqual({
      ...table,
      ...RULES,
      tools: { ...table.tools, ...RULES.tools },
      prompts: { ...table.prompts, ...RULES.prompts },
    })
    expect(table.tools).toEqual({ other: 'allow' })
  })

  it('are found by the present name, also of what is disabled, and not of what is removed', () => {
    const on = MAJORS[major]()
    const tool = withRule('allow', on.registerTool('old'))
    tool.update({ name: 'new' })
    withRule('deny', on.registerTool('off')).disable()
    withRule('allow', on.registerTool('gone')).remove()
    withRule('allow', on.registerPrompt('old')).update({ name: 'new' })
    withRule('allow', on.registerResource('docs:///old')).update({ uri: 'docs:///new' })
    const template = withRule('allow', on.registerResource('docs:///old/{x}'))
    template.update({ template: on.template('docs:///new/{x}') })
    expect(collectPolicy(on.server)).toEqual({
      tools: { new: 'allow', off: 'deny' },
      prompts: { new: 'allow' },
      resources: { 'docs:///new': 'allow', 'docs:///new/{x}': 'allow' },
    })
  })

  it('are collected of several servers, which may have the same rule', () => {
    const one = ruledServer(major, RULES)
    const more = { tools: { ...RULES.tools, add: 'allow' } } satisfies PolicyOptions
    expect(collectPolicy([one, ruledServer(major, more), ruledServer(major, RULES)])).toEqual({
      ...RULES,
      ...more,
    })
    expect(collectPolicy([], RULES)).toEqual(RULES)
  })

  it.each(['tools', 'prompts', 'resources'] as const)(
    'S1.6: must be the only rule for a name in %s, and the error names both places',
    (table) => {
      const name = table === 'resources' ? 'docs:///{x}' : 'act'
      const server = (rule: PolicyRule) => ruledServer(major, { [table]: { [name]: rule } })
      const both = (error: string) =>
        new RegExp(`^collectPolicy: the \\w+ ".*" has two rules: ${error}`)
      const beside = 'withRule at \\S+/ruled-servers\\.ts:\\d+:\\d+'
      for (const rule of ['allow', 'deny'] as const) {
        expect(() => collectPolicy(server('allow'), { [table]: { [name]: rule } })).toThrow(
          both(`policy\\.${table}\\["${name.replace(/[{}]/g, '\\$&')}"\\], and ${beside}; `),
        )
      }
      const rules: PolicyRule[] = [
        'allow',
        'deny',
        { scopes: ['a', 'b'] },
        { scopes: { anyOf: ['a', 'b'] } },
        { scopes: ['a'] },
        { roles: ['a'] },
        { scopes: ['a'], dpop: true },
        { scopes: ['a'], roles: ['a'] },
        { allow: () => true },
        { allow: () => false },
      ]
      rules.forEach((first, at) => {
        rules.forEach((second, place) => {
          const collect = () => collectPolicy([server(first), server(second)])
          if (at === place) expect(collect).not.toThrow()
          else expect(collect).toThrow(both(`${beside}, and ${beside}; remove one of them`))
        })
      })
    },
  )

  it('S1.6: a bound function is the same as itself only, because it has no source text', () => {
    const isOwner = function (
      this: string,
      { subject }: { readonly subject?: string | undefined },
    ) {
      return subject === this
    }
    const [alice, bob] = ['alice', 'bob'].map((owner) => ({ allow: isOwner.bind(owner) }))
    const server = (rule: PolicyRule | undefined = 'deny') =>
      ruledServer(major, { tools: { act: rule } })
    expect(() => collectPolicy([server(alice), server(alice)])).not.toThrow()
    expect(() => collectPolicy([server(alice), server(bob)])).toThrow('has two rules')
  })

  it('S1.6: are found behind proxies of the server and of the registration', () => {
    const on = MAJORS[major]()
    withRule('deny', new Proxy(on.registerTool('act'), {}))
    expect(collectPolicy(new Proxy(on.server, {}))).toEqual({ tools: { act: 'deny' } })
  })

  it.each([
    ['docs:///a b', 'docs:///a%20b'],
    ['docs:///{a}', 'docs:///{b}'],
  ])('S1.6: %s and %s are one name', (one, other) => {
    const on = MAJORS[major]()
    withRule('allow', on.registerResource(one))
    expect(() => createPolicy(collectPolicy(on.server))).not.toThrow()
    const escaped = other.replace(/[{}]/g, '\\$&')
    expect(() =>
      createPolicy(collectPolicy(on.server, { resources: { [other]: 'deny' } })),
    ).toThrow(
      new RegExp(
        `twice.*, in policy\\.resources\\["${escaped}"\\] and withRule at \\S+/${HERE}; got`,
      ),
    )
    withRule('deny', on.registerResource(other))
    expect(() => createPolicy(collectPolicy(on.server))).toThrow(
      new RegExp(`twice.*, in withRule at \\S+/${HERE} and withRule at \\S+/${HERE}; got`),
    )
  })

  it('must be for a template that a policy can match, and the error names the place', () => {
    const on = MAJORS[major]()
    withRule('allow', on.registerResource('docs://{/path*}'))
    expect(() => createPolicy(collectPolicy(on.server))).toThrow(
      new RegExp(`cannot be matched: .* \\(withRule at \\S+/${HERE}\\); got "docs://`),
    )
  })
})

describe('a policy with collected rules', () => {
  const described = (policy: PolicyOptions) =>
    createPolicy(policy)
      .describe()
      .split('\n')
      .map((line) => line.split(/ {2,}/))

  it('prints one table, and says which rules are beside a registration', () => {
    const on = MAJORS['SDK v2']()
    withRule({ scopes: ['data:write'] }, on.registerTool('erase'))
    withRule('allow', on.registerResource('docs:///{x}'))
    const lines = described(collectPolicy(on.server, { tools: { list: 'allow' } }))
    expect(lines).toContainEqual(['tool list', 'allow'])
    expect(lines).toContainEqual([
      'tool erase',
      'scope data:write (withRule in collect-policy.test.ts)',
    ])
    expect(lines).toContainEqual([
      'resource docs:///{x}',
      'allow (withRule in collect-policy.test.ts)',
    ])
    expect(lines.at(-1)).toEqual(['anything else', 'deny'])
  })

  it('keeps the places of rules that were collected before', () => {
    const before = collectPolicy(ruledServer('SDK v1', { tools: { list: 'allow' } }))
    const on = MAJORS['SDK v2']()
    withRule('deny', on.registerTool('erase'))
    const lines = described(collectPolicy(on.server, before))
    expect(lines).toContainEqual(['tool list', 'allow (withRule in ruled-servers.ts)'])
    expect(lines).toContainEqual(['tool erase', 'deny (withRule in collect-policy.test.ts)'])
    withRule('allow', on.registerTool('list'))
    expect(() => collectPolicy(on.server, before)).toThrow(
      new RegExp(
        `has two rules: withRule at \\S+ruled-servers.ts:\\S+, and withRule at \\S+/${HERE}`,
      ),
    )
  })

  it('is compiled, printed and enforced by a resource server', () => {
    const policy = collectPolicy(ruledServer('SDK v1', RULES))
    const resourceServer = testResourceServer({ policy })
    expect(resourceServer.policy?.describe()).toContain('(withRule in ruled-servers.ts)')
    expect(resourceServer.policy?.scopes).toEqual(['data:write', 'data:read'])
  })

  it('S1.6: misses no tool that was renamed to __proto__', () => {
    for (const make of Object.values(MAJORS)) {
      const on = make()
      withRule('deny', on.registerTool('act')).update({ name: '__proto__' })
      expect(() => collectPolicy(on.server)).toThrow('collectPolicy: this version of the MCP SDK')
    }
  })
})

describe('collectPolicy', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'option `tools.act` must be "allow", "deny" or an object'],
    ['another word', 'yes', 'option `tools.act` must be "allow", "deny" or an object'],
    ['a rule that requires nothing', {}, 'option `tools.act` must require something'],
    ['no list', { scopes: 'data:write' }, 'option `tools.act.scopes` must be a list of scopes'],
    ['a misspelt member', { scope: ['a'] }, 'did you mean `tools.act.scopes`?'],
  ])('refuses %s as a rule, and names the place', (_what, rule, message) => {
    const on = MAJORS['SDK v2']()
    withRule(rule as PolicyRule, on.registerTool('act'))
    expect(() => collectPolicy(on.server)).toThrow(message)
    expect(() => collectPolicy(on.server)).toThrow(
      new RegExp(`^collectPolicy: .* \\(withRule at \\S+/${HERE}\\)$`),
    )
  })

  it.each<[string, unknown, string]>([
    ['a factory', () => MAJORS['SDK v1']().server, 'got a function; call it'],
    ['a promise', Promise.resolve(MAJORS['SDK v1']().server), 'got a promise; await it'],
    ['a low-level server', new ServerV1({ name: 'a', version: '1' }), 'into the table'],
    ['nothing', undefined, 'needs an McpServer'],
    ['something else', { server: {} }, 'this version of the MCP SDK keeps its templates'],
    [
      'other registrations',
      { server: {}, _registeredTools: new Map() },
      'keeps its templates elsewhere',
    ],
  ])('refuses %s', (_what, server, message) => {
    expect(() => collectPolicy(server as CollectableServer)).toThrow(message)
    expect(() => collectPolicy([server] as CollectableServer[])).toThrow(TypeError)
  })

  it('refuses a wrong table', () => {
    const { server } = MAJORS['SDK v1']()
    expect(() => collectPolicy(server, { tols: {} } as object)).toThrow('did you mean `tools`?')
    expect(() => collectPolicy(server, { tools: { a: 'yes' } } as object)).toThrow(
      'collectPolicy: option `tools.a` must be "allow"',
    )
  })
})

describe('withRule', () => {
  it('returns the registration, and adds nothing that a copy of it would have', () => {
    for (const make of Object.values(MAJORS)) {
      for (const table of ['tools', 'prompts', 'resources'] as const) {
        const registered = register(make(), table, table === 'resources' ? 'docs:///a' : 'act')
        const keys = Reflect.ownKeys({ ...registered })
        expect(withRule('allow', registered)).toBe(registered)
        expect(Reflect.ownKeys({ ...registered })).toEqual(keys)
      }
    }
  })

  it('refuses what is no registration', () => {
    for (const other of [undefined, null, 'erase', () => {}, {}, MAJORS['SDK v1']().server]) {
      expect(() => withRule('allow', other as never)).toThrow('must be what registerTool')
    }
  })

  it('S1.6: refuses a second rule, also the same one, and names both places', () => {
    const tool = withRule('allow', MAJORS['SDK v1']().registerTool('act'))
    expect(() => withRule('allow', tool)).toThrow(
      new RegExp(
        `^withRule: this registration has two rules: at \\S+/${HERE}, and at \\S+/${HERE}; `,
      ),
    )
  })
})
