import { describe, expect, it } from 'vitest'
import { policySchema } from '../../../../src/mcp/policy/options-schema.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'

const { parse } = JSON

/** Expects that an option is wrong, with this message after `createPolicy: option `. */
function expectMessage(options: unknown, message: string, context: unknown = {}): void {
  const make = () => createPolicy(options as never, context as never)
  expect(make).toThrow(new TypeError(`createPolicy: ${message}`))
}

const RULE = 'must be "allow", "deny" or an object with scopes, roles, allow or dpop'
const ONE_SCOPE = 'must be one scope, without spaces, quotes and backslashes (RFC 6749 §3.3)'
const SCOPES = 'must be a list of scopes, or { anyOf: [...] }'
const ROLES = 'must be a list of roles, or { anyOf: [...] }'
const NOTHING =
  'must require something; "allow" is the rule for every caller with a good token; got an object'
const HIERARCHY = 'must be an object with lists of scopes by the scope that includes them'
const BYTES = 'must be a whole number of bytes from 1024 to 1073741824'
const MESSAGES = 'must be a whole number of messages from 1 to 10000'

describe('the message for a wrong rule', () => {
  it.each<[unknown, string, string]>([
    ['permit', '', `${RULE}; got "permit"`],
    [5, '', `${RULE}; got 5`],
    [null, '', `${RULE}; got null`],
    [{}, '', NOTHING],
    [{ scopes: undefined, dpop: undefined }, '', NOTHING],
    [{ scopes: [] }, '.scopes', 'must name at least one scope; got a list'],
    [{ scopes: { anyOf: [] } }, '.scopes.anyOf', 'must name at least one scope; got a list'],
    [{ scopes: 5 }, '.scopes', `${SCOPES}; got 5`],
    [{ scopes: ['a b'] }, '.scopes.0', `${ONE_SCOPE}; got "a b"`],
    [{ roles: [] }, '.roles', 'must name at least one role; got a list'],
    [{ roles: { anyOf: [] } }, '.roles.anyOf', 'must name at least one role; got a list'],
    [{ roles: 'r' }, '.roles', `${ROLES}; got "r"`],
    [{ roles: ['r', 5] }, '.roles.1', 'must be a list of strings; got 5'],
    [{ allow: 5 }, '.allow', 'must be a function; got 5'],
    [{ dpop: false }, '.dpop', 'must be true or left out; got false'],
  ])('S1.6: says what was found and what was expected: %j', (rule, path, message) => {
    for (const table of ['tools', 'resources', 'prompts', 'methods']) {
      for (const name of ['act', '__proto__']) {
        const rules = Object.fromEntries([
          ['good', 'deny'],
          [name, rule],
        ])
        expectMessage({ [table]: rules }, `option \`${table}.${name}${path}\` ${message}`)
      }
    }
    expectMessage({ default: rule }, `option \`default${path}\` ${message}`)
  })

  it('S1.6: names a member that does not exist', () => {
    const rules = { act: { scopes: ['a'], deny: true } }
    expectMessage({ tools: rules }, 'there is no option `tools.act.deny`')
  })

  it('S1.6: says that names are literal, and where patterns are possible', () => {
    const pattern = (table: string, name: string) =>
      expectMessage(
        { [table]: { good: 'deny', [name]: 'deny' } },
        `option \`${table}\` has a rule with \`*\` in its name, but names are literal; write a rule for ` +
          `each name, and for resources a template such as docs:///{+path}; got "${name}"`,
      )
    for (const name of ['*', 'a*', '*a', 'a*b', 'x:{a}*', 'x:*{a}', 'x:{a}*{b}', '{*']) {
      pattern('tools', name)
      pattern('resources', name)
    }
    // A `*` in an expression is the mistake of a template.
    for (const name of ['x:{a*}', '{a*}x{b*}', '{*}']) {
      expectMessageOf(
        { resources: { [name]: 'deny' } },
        /contains a template that cannot be matched/,
      )
      expect(() => createPolicy({ tools: { [name]: 'deny' } })).not.toThrow()
    }
  })
})

function expectMessageOf(options: object, message: RegExp): void {
  expect(() => createPolicy(options)).toThrow(message)
}

describe('the message for a wrong option', () => {
  it.each<[unknown, string]>([
    [5, 'option `options` must be an object with tools, resources, prompts or methods; got 5'],
    [{ tools: 5 }, 'option `tools` must be an object of rules by name; got 5'],
    [{ tools: [] }, 'option `tools` must be an object of rules by name; got a list'],
    [{ methods: null }, 'option `methods` must be an object of rules by name; got null'],
    [{ maxBodySize: 1023 }, `option \`maxBodySize\` ${BYTES}; got 1023`],
    [{ maxBodySize: 1_073_741_825 }, `option \`maxBodySize\` ${BYTES}; got 1073741825`],
    [{ maxBatchSize: 0 }, `option \`maxBatchSize\` ${MESSAGES}; got 0`],
    [{ maxBatchSize: 10_001 }, `option \`maxBatchSize\` ${MESSAGES}; got 10001`],
    [{ rolesOf: 5 }, 'option `rolesOf` must be a function; got 5'],
    [{ showStepUp: 5 }, 'option `showStepUp` must be true or false; got 5'],
  ])('S1.6: says what was found and what was expected: %j', (options, message) => {
    expectMessage(options, message)
  })

  it.each<[unknown, string]>([
    [5, `option \`scopeHierarchy\` ${HIERARCHY}; got 5`],
    [[], `option \`scopeHierarchy\` ${HIERARCHY}; got a list`],
    [{ 'a b': ['c'] }, `option \`scopeHierarchy.a b\` ${HIERARCHY}; got "a b"`],
    [{ a: 'b' }, 'option `scopeHierarchy.a` must be a list of scopes; got "b"'],
    [{ a: ['b c'] }, `option \`scopeHierarchy.a.0\` ${ONE_SCOPE}; got "b c"`],
    [
      parse('{"__proto__": 5}'),
      'option `scopeHierarchy.__proto__` must be a list of scopes; got 5',
    ],
    [
      parse('{"__proto__": ["b c"]}'),
      `option \`scopeHierarchy.__proto__.0\` ${ONE_SCOPE}; got "b c"`,
    ],
  ])('MCP-11: says what is wrong in a scope hierarchy: %j', (scopeHierarchy, message) => {
    expectMessage({}, message, { scopeHierarchy })
  })

  it('says what the second argument of createPolicy() is', () => {
    expectMessage({}, 'option `options` must be an object with scopeHierarchy; got 5', 5)
    expectMessage({}, 'there is no option `scopes`', { scopes: {} })
  })
})

describe('the options of a policy', () => {
  it('S1.6: have defaults that deny, and that bound a request', () => {
    expect(policySchema.parse({})).toEqual({
      default: 'deny',
      showStepUp: true,
      maxBodySize: 4 * 1024 * 1024,
      maxBatchSize: 100,
    })
  })

  it('S1.6: are passed on as they were given', () => {
    const rule = { scopes: ['a'], roles: { anyOf: ['r'] }, allow: () => true, dpop: true } as const
    const given = { tools: { act: rule }, default: rule, showStepUp: false, rolesOf: () => [] }
    const { tools, default: fallback, showStepUp, rolesOf } = policySchema.parse(given)
    expect(tools).toBe(given.tools)
    expect(fallback).toBe(rule)
    expect(showStepUp).toBe(false)
    expect(rolesOf).toBe(given.rolesOf)
  })
})
