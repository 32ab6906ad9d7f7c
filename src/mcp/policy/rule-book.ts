import { escaped } from '../resource-uri/uri-spelling.ts'
import type { Target } from './operation.ts'
import type { PolicyOptions, PolicyRules } from './options.ts'
import { ResourceRules } from './resource-rules.ts'
import { ALLOW, compileRule, type Rule } from './rule.ts'

/** What only keeps the protocol going. Lists are among it, for they are filtered. */
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

/** A rule, and the name that its function is told. @internal */
export interface NamedRule {
  readonly rule: Rule
  readonly name: string | undefined
}

/** Finds the rules for an operation. @internal */
export class RuleBook {
  readonly tools: ReadonlyMap<string, Rule>
  readonly resources: ReadonlyMap<string, Rule>
  readonly prompts: ReadonlyMap<string, Rule>
  readonly methods: ReadonlyMap<string, Rule>
  readonly fallback: Rule
  readonly #resources: ResourceRules

  /** @throws {TypeError} when a resource's rule stands under what cannot be matched */
  constructor(where: string, path: string, options: PolicyOptions) {
    this.tools = compile(options.tools)
    this.resources = compile(options.resources)
    this.prompts = compile(options.prompts)
    this.methods = compile(options.methods)
    this.fallback = compileRule(options.default ?? 'deny', undefined)
    this.#resources = new ResourceRules(where, path, this.resources, this.fallback)
  }

  /** Every rule there is. */
  all(): readonly Rule[] {
    const tables = [this.tools, this.resources, this.prompts, this.methods]
    return [...tables.flatMap((table) => [...table.values()]), this.fallback]
  }

  /** All of them must hold. */
  rulesFor(method: string, { table, name }: Target): readonly NamedRule[] {
    const byMethod = this.methods.get(method)
    if (name === undefined || table === 'methods') {
      return [{ rule: byMethod ?? (isProtocol(method) ? ALLOW : this.fallback), name }]
    }
    // Functions are told the spelling that is judged.
    const told = table === 'resources' && !this.resources.has(name) ? escaped(name) : name
    const byName = this.#byName(table, told, name).map((rule) => ({ rule, name: told }))
    return byMethod === undefined ? byName : [...byName, { rule: byMethod, name: told }]
  }

  #byName(table: Exclude<Target['table'], 'methods'>, name: string, sent: string): readonly Rule[] {
    if (table === 'resources') return this.#resources.forUri(name, sent)
    if (table === 'templates') return this.#resources.forTemplate(name)
    return [this[table].get(name) ?? this.fallback]
  }
}

function compile(rules: PolicyRules = {}): ReadonlyMap<string, Rule> {
  return new Map(Object.entries(rules).map(([name, rule]) => [name, compileRule(rule, name)]))
}

function isProtocol(method: string): boolean {
  return PROTOCOL.has(method) || method.startsWith('notifications/')
}
