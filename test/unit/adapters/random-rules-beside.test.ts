import { expect, it } from 'vitest'
import { collectPolicy } from '../../../src/adapters/collect-policy.ts'
import type { PolicyOptions, PolicyRule } from '../../../src/mcp/policy/options.ts'
import { createPolicy, type PolicyDecision } from '../../../src/mcp/policy/policy.ts'
import {
  type Random,
  randomFrom,
  template,
  times,
  uriFor,
} from '../../support/differential/random-uris.ts'
import { MAJOR_NAMES, ruledServer } from '../../support/ruled-servers.ts'
import { words } from '../../support/words.ts'
import { tokenWith } from '../mcp/policy/callers.ts'

const NAMES = words`a b c d e f`
const SCOPES = words`read write admin`
const ROLES = words`steward analyst`

const some = (random: Random, list: readonly string[]): string[] =>
  list.filter(() => random() < 0.4)

function names(random: Random, list: readonly string[]) {
  const chosen = some(random, list)
  if (chosen.length === 0) return undefined
  return random() < 0.5 ? chosen : { anyOf: chosen }
}

function rule(random: Random): PolicyRule {
  const kind = random()
  if (kind < 0.2) return 'allow'
  if (kind < 0.3) return 'deny'
  const [scopes, roles] = [names(random, SCOPES), names(random, ROLES)]
  const requirement: PolicyRule = {
    ...(scopes && { scopes }),
    ...(roles && random() < 0.4 && { roles }),
    ...(random() < 0.2 && { allow: ({ scopes }, { name }) => name !== 'b' && scopes.length !== 1 }),
    ...(random() < 0.1 && { dpop: true as const }),
  }
  return Object.keys(requirement).length === 0 ? 'allow' : requirement
}

const table = (random: Random, list: readonly string[]): Record<string, PolicyRule> =>
  Object.fromEntries(list.filter(() => random() < 0.6).map((name) => [name, rule(random)]))

/** Rules for resources that a policy accepts: no two spellings of one URI. */
function resourceTable(random: Random): Record<string, PolicyRule> {
  const rules: Record<string, PolicyRule> = {}
  for (const uri of times(4, () => template(random))) {
    const more = { ...rules, [uri]: rule(random) }
    try {
      createPolicy({ resources: more })
      Object.assign(rules, more)
    } catch {}
  }
  return rules
}

const TOKENS = ['', 'read', 'write', 'read write admin'].flatMap((scope) =>
  [[], ['steward'], ROLES].map((roles) => tokenWith(scope, { roles })),
)

/** A decision without the order of its scopes, which is the order of the rules. */
const summary = (decision: PolicyDecision): string =>
  [decision.outcome, ...('scopes' in decision ? [...decision.scopes].sort() : [])].join(' ')

it('S1.6: rules in a table and rules beside registrations decide alike, for random policies and calls', async () => {
  const random = randomFrom(13)
  const outcomes = new Map<string, number>()
  const differences: object[] = []
  for (let round = 0; round < 20; round += 1) {
    const inTable: PolicyOptions = {
      tools: table(random, NAMES),
      prompts: table(random, NAMES),
      resources: resourceTable(random),
    }
    const rest: PolicyOptions = {
      methods: table(random, words`tools/call tasks/get resources/read`),
      ...(random() < 0.5 && { default: rule(random) }),
    }
    const whole = createPolicy({ ...inTable, ...rest })
    // Some of the rules stay in the table.
    const stay = (rules: PolicyOptions['tools'] = {}) =>
      Object.entries(rules).map((entry) => [entry, random() < 0.3] as const)
    const split = Object.entries(inTable).map(
      ([name, rules]) => [name, stay(rules as PolicyOptions['tools'])] as const,
    )
    const part = (kept: boolean): PolicyOptions =>
      Object.fromEntries(
        split.map(([name, entries]) => [
          name,
          Object.fromEntries(entries.filter(([, stays]) => stays === kept).map(([entry]) => entry)),
        ]),
      )
    const besides = MAJOR_NAMES.map((major) =>
      createPolicy(collectPolicy(ruledServer(major, part(false)), { ...rest, ...part(true) })),
    )
    const uris = Object.keys(inTable.resources ?? {})
    const calls = [
      ...NAMES.map((name) => ({ method: 'tools/call', params: { name } })),
      ...NAMES.map((name) => ({ method: 'prompts/get', params: { name } })),
      ...times(12, () => uriFor(random, uris.length > 0 ? uris : ['docs:///a'])).map((uri) => ({
        method: 'resources/read',
        params: { uri },
      })),
      ...uris.map((uri) => ({
        method: 'completion/complete',
        params: { ref: { type: 'ref/resource', uri }, argument: { name: 'x', value: '' } },
      })),
      { method: 'tasks/get', params: { taskId: '1' } },
    ]
    for (const call of calls) {
      for (const token of TOKENS) {
        const expected = await whole.check(call, token)
        outcomes.set(expected.outcome, (outcomes.get(expected.outcome) ?? 0) + 1)
        for (const beside of besides) {
          const found = await beside.check(call, token)
          if (summary(found) !== summary(expected)) differences.push({ call, found, expected })
        }
      }
    }
    for (const beside of besides)
      expect([...beside.scopes].sort()).toEqual([...whole.scopes].sort())
  }
  expect(differences).toEqual([])
  // Every outcome is compared often.
  for (const outcome of ['allowed', 'denied', 'scope_missing', 'dpop_required']) {
    expect(outcomes.get(outcome)).toBeGreaterThan(50)
  }
})
