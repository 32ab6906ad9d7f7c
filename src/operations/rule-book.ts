import { optionError } from '../options/check-options.ts'
import type { OperationRules, OperationsOptions } from '../options/operations-options.ts'
import type { Target } from './operation.ts'
import { compileRule, type Rule } from './rule.ts'
import { isUriTemplate, parseUriTemplate, type UriTemplate } from './uri-template.ts'

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

const ALLOW: Rule = compileRule('allow')

/** Finds the rules for an operation. @internal */
export class RuleBook {
  readonly tools: ReadonlyMap<string, Rule>
  readonly resources: ReadonlyMap<string, Rule>
  readonly prompts: ReadonlyMap<string, Rule>
  readonly methods: ReadonlyMap<string, Rule>
  readonly fallback: Rule
  readonly #uris = new Map<string, Rule>()
  readonly #templates: readonly { readonly template: UriTemplate; readonly rule: Rule }[]

  /** @throws {TypeError} when a resource's rule stands under what cannot be matched */
  constructor(where: string, options: OperationsOptions) {
    this.tools = compile(options.tools)
    this.resources = compile(options.resources)
    this.prompts = compile(options.prompts)
    this.methods = compile(options.methods)
    this.fallback = compileRule(options.default ?? 'deny', true)
    const templates = []
    for (const [uri, rule] of this.resources) {
      // A template's own text is a name too: lists and completions go by it.
      this.#uris.set(uri, rule)
      if (isUriTemplate(uri)) templates.push({ template: templateOf(where, uri), rule })
      else this.#uris.set(normalized(uri), rule)
    }
    // A stable sort: of equals the one that was written first.
    this.#templates = templates.sort((a, b) => b.template.literalLength - a.template.literalLength)
  }

  /** Every rule there is. */
  all(): readonly Rule[] {
    const tables = [this.tools, this.resources, this.prompts, this.methods]
    return [...tables.flatMap((table) => [...table.values()]), this.fallback]
  }

  /** All of them must hold. */
  rulesFor(method: string, { table, name }: Target): readonly Rule[] {
    const byMethod = this.methods.get(method)
    if (name === undefined || table === 'methods') {
      return [byMethod ?? (isProtocol(method) ? ALLOW : this.fallback)]
    }
    const byName = table === 'resources' ? this.#rulesForUri(name) : [this.#named(table, name)]
    return byMethod === undefined ? byName : [...byName, byMethod]
  }

  #named(table: 'tools' | 'prompts', name: string): Rule {
    return this[table].get(name) ?? this.fallback
  }

  /**
   * The MCP SDKs look a resource up by `new URL(uri).href`, so `docs:///public/../secret` reads the
   * secret. What is asked for in one spelling and read in another needs the rights of both.
   */
  #rulesForUri(uri: string): readonly Rule[] {
    const asSent = this.#ruleForUri(uri)
    if (isUriTemplate(uri) && this.#uris.has(uri)) return [asSent]
    const asRead = this.#ruleForUri(normalized(uri))
    return asSent === asRead ? [asSent] : [asSent, asRead]
  }

  #ruleForUri(uri: string): Rule {
    return (
      this.#uris.get(uri) ??
      this.#templates.find(({ template }) => template.matches(uri))?.rule ??
      this.fallback
    )
  }
}

function compile(rules: OperationRules = {}): ReadonlyMap<string, Rule> {
  return new Map(Object.entries(rules).map(([name, rule]) => [name, compileRule(rule)]))
}

function templateOf(where: string, text: string): UriTemplate {
  try {
    return parseUriTemplate(text)
  } catch (error) {
    const wants = `can be matched only where ${error instanceof Error ? error.message : ''}`
    throw optionError(where, 'resources', wants, text)
  }
}

function isProtocol(method: string): boolean {
  return PROTOCOL.has(method) || method.startsWith('notifications/')
}

function normalized(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).href : uri
}
