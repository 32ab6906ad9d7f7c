import { optionError } from '../options/check-options.ts'
import type { OperationRules, OperationsOptions } from '../options/operations-options.ts'
import type { Target } from './operation.ts'
import { compileRule, type Rule } from './rule.ts'
import { looseSpellings, normalized } from './uri-spelling.ts'
import {
  isUriTemplate,
  normalizedTemplate,
  parseUriTemplate,
  type UriTemplate,
} from './uri-template.ts'

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

/** A rule, and the name under which it is asked. @internal */
export interface NamedRule {
  readonly rule: Rule
  readonly name: string | undefined
}

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
  constructor(where: string, path: string, options: OperationsOptions) {
    this.tools = compile(options.tools)
    this.resources = compile(options.resources)
    this.prompts = compile(options.prompts)
    this.methods = compile(options.methods)
    this.fallback = compileRule(options.default ?? 'deny', true)
    const templates = []
    for (const [uri, rule] of this.resources) {
      // A template's own text is a name too: lists and completions go by it.
      this.#uris.set(uri, rule)
      for (const spelling of new Set([uri, isUriTemplate(uri) ? normalizedTemplate(uri) : uri])) {
        if (isUriTemplate(uri))
          templates.push({ template: templateOf(where, path, spelling), rule })
      }
      if (!isUriTemplate(uri)) this.#setNormalized(where, path, uri, rule)
    }
    // A stable sort: of equals the one that was written first.
    this.#templates = templates.sort((a, b) => b.template.literalLength - a.template.literalLength)
  }

  #setNormalized(where: string, path: string, uri: string, rule: Rule): void {
    const href = normalized(uri)
    const other = this.#uris.get(href)
    if (other !== undefined && other !== rule) {
      throw optionError(where, path, `holds two spellings of ${href}`, uri)
    }
    this.#uris.set(href, rule)
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
    const byName =
      table === 'resources'
        ? this.#rulesForUri(name)
        : [{ rule: this[table].get(name) ?? this.fallback, name }]
    return byMethod === undefined ? byName : [...byName, { rule: byMethod, name }]
  }

  /**
   * What is asked for in one spelling and read in another needs the rights of both. The MCP SDKs look
   * a resource up by `new URL(uri).href`, so `docs:///public/../secret` reads the secret. And what
   * handlers do to a URI (decode it, drop its query) may lead them to what has a rule of its own.
   */
  #rulesForUri(uri: string): readonly NamedRule[] {
    const asSent: NamedRule = { rule: this.#ruleForUri(uri) ?? this.fallback, name: uri }
    if (isUriTemplate(uri) && this.#uris.has(uri)) return [asSent]
    const href = normalized(uri)
    const found = [asSent]
    if (href !== uri) found.push({ rule: this.#ruleForUri(href) ?? this.fallback, name: href })
    for (const name of looseSpellings(href)) {
      const rule = this.#ruleForUri(name)
      if (rule !== undefined && found.every((other) => other.rule !== rule)) {
        found.push({ rule, name })
      }
    }
    return found
  }

  #ruleForUri(uri: string): Rule | undefined {
    return (
      this.#uris.get(uri) ?? this.#templates.find(({ template }) => template.matches(uri))?.rule
    )
  }
}

function compile(rules: OperationRules = {}): ReadonlyMap<string, Rule> {
  return new Map(Object.entries(rules).map(([name, rule]) => [name, compileRule(rule)]))
}

function templateOf(where: string, path: string, text: string): UriTemplate {
  try {
    return parseUriTemplate(text)
  } catch (error) {
    const wants = `can be matched only where ${error instanceof Error ? error.message : ''}`
    throw optionError(where, path, wants, text)
  }
}

function isProtocol(method: string): boolean {
  return PROTOCOL.has(method) || method.startsWith('notifications/')
}
