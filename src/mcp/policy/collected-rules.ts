import type { PolicyOptions, PolicyRule, PolicyRules } from './options.ts'
import { compileRule, isSameRule } from './rule.ts'
import { describePlace, describeRegistered, type RegisteredTable } from './rule-place.ts'

/** A rule that was given beside a registration of an MCP server. @internal */
export interface CollectedRule {
  readonly table: RegisteredTable
  /** The name of the tool or prompt, or the URI or template of the resource. */
  readonly name: string
  readonly rule: PolicyRule
  /** Where the rule was given. */
  readonly place: string
}

/** The places of collected rules by name, by the table that {@link mergeRules} made. */
const placesByTable = new WeakMap<PolicyRules, ReadonlyMap<string, string>>()

const NO_PLACES: ReadonlyMap<string, string> = new Map()

/** The places of the collected rules in a table. The other rules of the table have no place. @internal */
export function placesOf(rules: PolicyRules): ReadonlyMap<string, string> {
  return placesByTable.get(rules) ?? NO_PLACES
}

/**
 * Adds collected rules to the tables of a policy.
 *
 * @throws {TypeError} when a name has a rule in the table and another one beside a registration, or two
 * different rules beside registrations. It names both places.
 * @internal
 */
export function mergeRules(
  where: string,
  options: PolicyOptions,
  collected: readonly CollectedRule[],
): PolicyOptions {
  const merged = (table: RegisteredTable): PolicyRules | undefined => {
    const inTable = options[table] ?? {}
    const places = placesOf(inTable)
    const beside = new Map<string, CollectedRule>()
    for (const one of collected) {
      if (one.table !== table) continue
      const { name, rule } = one
      const other = beside.get(name)
      if (Object.hasOwn(inTable, name)) throw twoRules(where, one, places.get(name))
      if (other === undefined) beside.set(name, one)
      else if (!isSameRule(compileRule(other.rule, name), compileRule(rule, name))) {
        throw twoRules(where, one, other.place)
      }
    }
    if (beside.size === 0) return options[table]
    const besides = [...beside.values()].map(({ name, rule }) => [name, rule] as const)
    const rules: PolicyRules = Object.fromEntries([...Object.entries(inTable), ...besides])
    placesByTable.set(
      rules,
      new Map([...places, ...[...beside].map(([name, { place }]) => [name, place] as const)]),
    )
    return rules
  }
  const [tools, resources, prompts] = [merged('tools'), merged('resources'), merged('prompts')]
  return {
    ...options,
    ...(tools && { tools }),
    ...(resources && { resources }),
    ...(prompts && { prompts }),
  }
}

/** @param otherPlace `undefined` if the other rule is in a table that the operator has written */
function twoRules(
  where: string,
  { table, name, place }: CollectedRule,
  otherPlace: string | undefined,
): TypeError {
  const [one, other] = [otherPlace, place].map((each) => describePlace(each, table, name))
  return new TypeError(
    `${where}: ${describeRegistered(table, name)} has two rules: ${one}, and ${other}; remove one of them`,
  )
}
