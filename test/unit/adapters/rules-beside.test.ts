import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { describe, expect, it } from 'vitest'
import { collectPolicy } from '../../../src/adapters/collect-policy.ts'
import { protectServer } from '../../../src/adapters/protected-server.ts'
import { withRule } from '../../../src/adapters/with-rule.ts'
import type { PolicyOptions, PolicyRule } from '../../../src/mcp/policy/options.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { authInfoOf, type Send, sendV1, sendV2 } from '../../support/mcp-requests.ts'
import {
  MAJOR_NAMES,
  MAJORS,
  type MajorName,
  type Registered,
  register,
  ruledServer,
  type TestServer,
} from '../../support/ruled-servers.ts'
import { testResourceServer } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const warnings = collectWarnings()

const WRITE: PolicyRule = { scopes: ['data:write'] }

/** What is registered, and how it is renamed, looked up and used. */
const KINDS = {
  tool: {
    table: 'tools',
    name: 'erase',
    other: 'destroy',
    rename: (name: string) => ({ name }),
    use: (name: string) => ['tools/call', { name }] as const,
  },
  prompt: {
    table: 'prompts',
    name: 'erase',
    other: 'destroy',
    rename: (name: string) => ({ name }),
    use: (name: string) => ['prompts/get', { name }] as const,
  },
  resource: {
    table: 'resources',
    name: 'docs:///erase',
    other: 'docs:///destroy',
    rename: (uri: string) => ({ uri }),
    use: (uri: string) => ['resources/read', { uri }] as const,
  },
  template: {
    table: 'resources',
    name: 'docs:///erase/{x}',
    other: 'docs:///destroy/{x}',
    rename: (text: string, on: TestServer) => ({ template: on.template(text) }),
    use: (text: string) => ['resources/read', { uri: text.replace('{x}', '1') }] as const,
  },
} as const

const SENDS: readonly (readonly [MajorName, Send])[] = [
  ['SDK v1', sendV1],
  ['SDK v2', sendV2('2025-11-25')],
]
const CASES = SENDS.flatMap(([major, send]) =>
  Object.entries(KINDS).map(([kind, one]) => ({ major, send, kind, ...one })),
)

describe.each(CASES)(
  'a rule beside a $kind of $major',
  ({ major, send, table, name, other, ...kind }) => {
    const serverFor = (policy: PolicyOptions | undefined): ResourceServer =>
      testResourceServer(policy === undefined ? {} : { policy })
    /** A server that is protected before or after the registration. */
    const make = (
      policy: PolicyOptions | undefined,
      rule: PolicyRule,
      order: 'before' | 'after',
      as: string = name,
    ) => {
      const on = MAJORS[major]()
      const resourceServer = serverFor(policy)
      if (order === 'before') protectServer(resourceServer, on.server)
      const registered = withRule(rule, register(on, table, as))
      if (order === 'after') protectServer(resourceServer, on.server)
      return { on, registered, resourceServer }
    }
    const known = (rule: PolicyRule, more: PolicyOptions = {}): PolicyOptions =>
      collectPolicy(ruledServer(major, { [table]: { [name]: rule } }), more)
    const outcomeOf = async (
      on: TestServer,
      resourceServer: ResourceServer,
      as: string,
      scope: string,
    ) => {
      const authInfo = await authInfoOf(resourceServer, { scope: `mcp:tools ${scope}` })
      const { result, error } = await send(on.server, ...withAuth(kind.use(as), authInfo))
      return result === undefined ? error?.code : 'served'
    }
    const orders = ['before', 'after'] as const

    it.each(orders)('is the rule that is enforced; protected %s it was given', async (order) => {
      const made = () => make(known(WRITE), WRITE, order)
      const one = made()
      expect(await outcomeOf(one.on, one.resourceServer, name, 'data:write')).toBe('served')
      const two = made()
      expect(await outcomeOf(two.on, two.resourceServer, name, '')).toBe(403)
      expect(warnings).toEqual([])
    })

    it('S1.6: may be given again whenever a server is made, functions included', () => {
      const rules: (() => PolicyRule)[] = [
        () => 'allow',
        () => 'deny',
        () => ({ scopes: { anyOf: ['a', 'b'] }, roles: ['r'], dpop: true }),
        () => ({ allow: ({ subject }, { name: called }) => called === subject }),
      ]
      for (const rule of rules) {
        for (const order of orders) {
          expect(() => make(known(rule()), rule(), order)).not.toThrow()
        }
      }
      expect(warnings).toEqual([])
    })

    it.each(orders)('S1.6: must not differ from the rule of the gate; protected %s', (order) => {
      const places =
        /the gate enforces withRule at \S+ruled-servers\.ts:\S+, and the MCP server has withRule at \S+rules-beside\.test\.ts:/
      for (const rule of [
        'allow',
        'deny',
        { scopes: ['data:read'] },
        { ...WRITE, dpop: true },
      ] as const) {
        expect(() => make(known(WRITE), rule, order)).toThrow(places)
        const inTable = { [table]: { [name]: WRITE } }
        expect(() => make(inTable, rule, order)).toThrow(`the gate enforces policy.${table}[`)
      }
      expect(() => make(known({ allow: () => true }), { allow: () => false }, order)).toThrow(
        places,
      )
    })

    it.each(orders)('S1.6: denies where it was not collected; protected %s', async (order) => {
      const { on, resourceServer } = make({}, WRITE, order)
      expect(await outcomeOf(on, resourceServer, name, 'data:write')).toBe(403)
      const codes = warnings.map(([, code]) => code)
      expect(codes.at(-1)).toBe('MCP_RULE_NOT_COLLECTED')
      expect(warnings.at(-1)?.[0]).toMatch(
        /does not have the rule of the \w+ ".*" \(withRule at \S+:\d+\)/,
      )
      expect(warnings.at(-1)?.[0]).toContain('so nobody may use it; give collectPolicy()')
    })

    it.each(orders)(
      'S1.6: is an error where it was not collected and could be open; protected %s',
      (order) => {
        const lost =
          /protectServer: the policy does not have the rule of .*, and other rules may allow its use/
        expect(() => make({ default: 'allow' }, WRITE, order)).toThrow(lost)
        expect(() => make({ default: { scopes: ['data:read'] } }, 'deny', order)).toThrow(lost)
        expect(() => make(undefined, WRITE, order)).toThrow(
          'and there is no policy; give collectPolicy()',
        )
        if (table !== 'resources') return
        expect(() => make({ resources: { 'docs:///{+all}': 'allow' } }, WRITE, order)).toThrow(lost)
      },
    )

    it('S1.6: that is refused leaves nothing that could be called', async () => {
      const resourceServer = serverFor({ default: 'allow' })
      const on = MAJORS[major]()
      // So that the server answers this method at all.
      register(on, table, other)
      protectServer(resourceServer, on.server)
      expect(() => withRule(WRITE, register(on, table, name))).toThrow(TypeError)
      // SDK v1 answers the call of an unknown tool with a result.
      const authInfo = await authInfoOf(resourceServer)
      const answer = await send(on.server, ...withAuth(kind.use(name), authInfo))
      expect(JSON.stringify(answer)).not.toMatch(/"called"|"read"|"got"/)
      expect(JSON.stringify(answer)).toContain('not found')
    })

    it.each(orders)('S1.6: is not shed by another name; protected %s', async (order) => {
      const { on, registered, resourceServer } = make(known(WRITE), WRITE, order)
      const rename = (to: string): void => registered.update(kind.rename(to, on))
      if (table === 'resources') {
        expect(() => rename(other)).toThrow('other rules may allow its use')
        expect(await outcomeOf(on, resourceServer, name, 'data:write')).toBe('served')
        return
      }
      rename(other)
      expect(warnings.map(([, code]) => code)).toEqual(['MCP_RULE_NOT_COLLECTED'])
      expect(await outcomeOf(on, resourceServer, other, 'data:write')).toBe(403)
    })

    it.each(orders)('S1.6: cannot get a name that others may use; protected %s', async (order) => {
      const open: PolicyOptions[] = [{ default: 'allow' }, { [table]: { [other]: 'allow' } }]
      for (const more of open) {
        const { on, registered, resourceServer } = make(known(WRITE, more), WRITE, order)
        expect(() => registered.update(kind.rename(other, on))).toThrow(TypeError)
        expect(await outcomeOf(on, resourceServer, name, '')).toBe(403)
      }
    })

    it.each(orders)('follows to a name that has the same rule; protected %s', async (order) => {
      const both = known(WRITE, { [table]: { [other]: WRITE }, default: 'allow' })
      const { on, registered, resourceServer } = make(both, WRITE, order)
      registered.update(kind.rename(other, on))
      expect(await outcomeOf(on, resourceServer, other, '')).toBe(403)
      expect(warnings).toEqual([])
    })

    it('S1.6: given after a change of the name is for the new name', () => {
      const on = MAJORS[major]()
      protectServer(serverFor(known(WRITE, { default: 'allow' })), on.server)
      const registered = register(on, table, name)
      registered.update(kind.rename(other, on))
      expect(() => withRule(WRITE, registered)).toThrow(
        `rule of the ${table.slice(0, -1)} "${other}"`,
      )
    })

    it('stays through disable, enable and update, and a removal needs no rule', async () => {
      const use = async (change: (registered: Registered) => void) => {
        const { on, registered, resourceServer } = make(known(WRITE), WRITE, 'before')
        change(registered)
        return outcomeOf(on, resourceServer, name, '')
      }
      expect(await use((one) => one.update({ title: 'Erase' }))).toBe(403)
      expect(await use((one) => one.disable())).toBe(403)
      expect(await use((one) => one.enable())).toBe(403)
      expect(await use((one) => one.remove())).toBe(403)
      expect(warnings).toEqual([])
    })

    it('leaves no trace in what clients see', async () => {
      const policy = known({ ...WRITE, roles: ['steward-of-data'], allow: () => true })
      const [collected] = Object.values(policy)
      const rule = Object.values(collected as object)[0] as PolicyRule
      const list = async (given: PolicyRule | undefined) => {
        const on = MAJORS[major]()
        const resourceServer = testResourceServer({
          policy: { ...policy, rolesOf: () => ['steward-of-data'] },
        })
        const registered = register(on, table, name)
        if (given !== undefined) withRule(given, registered)
        protectServer(resourceServer, on.server)
        const authInfo = await authInfoOf(resourceServer, { scope: 'mcp:tools data:write' })
        const method = name.includes('{') ? 'resources/templates/list' : `${table}/list`
        return JSON.stringify(await send(on.server, method, authInfo))
      }
      const shown = await list(rule)
      expect(shown).toContain(name)
      expect(shown).toBe(await list(undefined))
      expect(shown).not.toMatch(/data:write|steward|rule|_meta/i)
    })
  },
)

function withAuth(
  [method, params]: readonly [string, object],
  authInfo: Awaited<ReturnType<typeof authInfoOf>>,
) {
  return [method, authInfo, params] as const
}

describe('protectServer', () => {
  it('S1.6: checks the new name of a resource also if it is a URL', () => {
    for (const major of MAJOR_NAMES) {
      const on = MAJORS[major]()
      const registered = register(on, 'resources', 'docs:///erase')
      const policy = collectPolicy(ruledServer(major, { resources: { 'docs:///erase': WRITE } }), {
        default: 'allow',
      })
      protectServer(testResourceServer({ policy }), on.server)
      withRule(WRITE, registered)
      expect(() => registered.update({ uri: new URL('docs:///destroy') })).toThrow(
        'rule of the resource "docs:///destroy"',
      )
    }
  })

  it('S1.6: checks every name of a prompt that the SDK keeps twice', () => {
    for (const major of MAJOR_NAMES) {
      const on = MAJORS[major]()
      const registered = withRule(WRITE, on.registerPrompt('a'))
      registered.update({ name: 'b' })
      registered.update({ name: 'c' })
      const names = Object.keys(collectPolicy(on.server).prompts ?? {})
      expect(names).toContain('c')
      for (const name of names) {
        const policy: PolicyOptions = { default: 'allow', prompts: { [name]: WRITE } }
        const protect = () => protectServer(testResourceServer({ policy }), on.server)
        if (names.length === 1) expect(protect).not.toThrow()
        else expect(protect).toThrow('does not have the rule of the prompt')
      }
    }
  })

  it('S1.6: guards the registrations when it is called again after an error', async () => {
    const on = MAJORS['SDK v2']()
    withRule(WRITE, on.registerTool('erase'))
    const resourceServer = testResourceServer({ policy: { tools: { erase: 'allow' } } })
    expect(() => protectServer(resourceServer, on.server)).toThrow('two rules that differ')
    expect(() => protectServer(resourceServer, on.server)).toThrow('two rules that differ')
  })

  it('S1.6: sees the task tools of SDK v1', () => {
    const server = new McpServerV1({ name: 'tasks', version: '1.0.0' })
    const resourceServer = testResourceServer({ policy: { default: 'allow' } })
    protectServer(resourceServer, server)
    const handler = { createTask: () => {}, getTask: () => {}, getTaskResult: () => {} }
    const tasks = server.experimental.tasks
    const registered = tasks.registerToolTask('slow', {}, handler as never)
    expect(() => withRule(WRITE, registered)).toThrow('does not have the rule of the tool "slow"')
  })

  it('S1.6: checks the rule against each resource server that protects the server', () => {
    const withPolicy = (rule: PolicyRule) =>
      testResourceServer({ policy: { tools: { act: rule } } })
    for (const rules of [[WRITE, 'allow'] as const, ['allow', WRITE] as const]) {
      const on = MAJORS['SDK v1']()
      for (const rule of rules) protectServer(withPolicy(rule), on.server)
      expect(() => withRule(WRITE, on.registerTool('act'))).toThrow('two rules that differ')
    }
  })

  it('warns of a name without a rule, also after a change of the name', () => {
    const on = MAJORS['SDK v2']()
    protectServer(testResourceServer({ policy: { tools: { act: 'allow' } } }), on.server)
    on.registerTool('act').update({ name: 'acts' })
    expect(warnings.map(([message]) => /names the (tool "\w+")/.exec(message)?.[1])).toEqual([
      'tool "acts"',
    ])
  })
})
