import { placesOf } from './collected-rules.ts'
import type { NamedTarget, Target, UriTarget } from './operation.ts'
import type { PolicyRules } from './options.ts'
import type { PolicySettings } from './options-schema.ts'
import { ResourceRules } from './resource-rules.ts'
import { ALLOW, type AppliedRule, compileRule, type Rule } from './rule.ts'

/**
 * Methods of the protocol itself, which are always allowed. List methods are among them, because the
 * results of lists are filtered.
 */
const PROTOCOL: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'resources/list',
  'resources/templates/list',
  'prompts/list',
  'logging/setLevel',
  'subscriptions/listen',
])

/** All rules of a policy, by table and name. Finds the rules that apply to an operation. @internal */
export class RuleBook {
  readonly tools: ReadonlyMap<string, Rule>
  readonly resources: ReadonlyMap<string, Rule>
  readonly prompts: ReadonlyMap<string, Rule>
  readonly methods: ReadonlyMap<string, Rule>
  /** The default rule. */
  readonly fallback: Rule
  readonly #resources: ResourceRules

  /** @throws {TypeError} when the name of a resource rule is not a URI or template that can be matched */
  constructor(where: string, path: string, options: PolicySettings) {
    this.tools = compileTable(options.tools)
    this.resources = compileTable(options.resources)
    this.prompts = compileTable(options.prompts)
    this.methods = compileTable(options.methods)
    this.fallback = compileRule(options.default, undefined)
    this.#resources = new ResourceRules(where, path, this.resources, this.fallback)
  }

  /** All rules of the policy. The default rule is the last. */
  all(): readonly Rule[] {
    const tables = [this.tools, this.resources, this.prompts, this.methods]
    return [...tables.flatMap((table) => [...table.values()]), this.fallback]
  }

  /** Finds the rules for one target of a call. All of them must allow the call. */
  rulesFor(
    method: string,
    target: Target,
    params?: Readonly<Record<string, unknown>> | undefined,
  ): readonly AppliedRule[] {
    const byMethod = this.methods.get(method)
    if (target.table === 'methods') {
      const rule = byMethod ?? (isProtocol(method) ? ALLOW : this.fallback)
      return [{ rule, operation: { method, name: undefined, params } }]
    }
    const name = this.#checkedName(target)
    const operation = { method, name, params }
    const byName = this.#byName(target, name).map((rule) => ({ rule, operation }))
    return byMethod === undefined ? byName : [...byName, { rule: byMethod, operation }]
  }

  /** The name in the spelling in which it is checked. Functions of the policy get it in this spelling. */
  #checkedName(target: NamedTarget | UriTarget): string {
    if (target.table !== 'resources' || this.resources.has(target.name)) return target.name
    return target.escapedUri
  }

  #byName({ table, name: sent }: NamedTarget | UriTarget, name: string): readonly Rule[] {
    if (table === 'resources') return this.#resources.forUri(name, sent)
    if (table === 'templates') return this.#resources.forTemplate(name)
    return [this[table].get(name) ?? this.fallback]
  }
}

function compileTable(rules: PolicyRules = {}): ReadonlyMap<string, Rule> {
  const places = placesOf(rules)
  return new Map(
    Object.entries(rules).map(([name, rule]) => [name, compileRule(rule, name, places.get(name))]),
  )
}

function isProtocol(method: string): boolean {
  return PROTOCOL.has(method) || method.startsWith('notifications/')
}
