import { optionError } from '../options/check-options.ts'
import type { OperationRules, OperationsOptions } from '../options/operations-options.ts'
import type { Target } from './operation.ts'
import { compileRule, type Rule } from './rule.ts'
import { ambiguityOf, bareOf, loosened, normalized, portless, portOf } from './uri-spelling.ts'
import {
  isUriTemplate,
  oneOf,
  parseUriTemplate,
  respelled,
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

interface RuledTemplate {
  readonly template: UriTemplate
  readonly rule: Rule
}

const ALLOW: Rule = compileRule('allow')
const DENY: Rule = compileRule('deny')

/** Finds the rules for an operation. @internal */
export class RuleBook {
  readonly tools: ReadonlyMap<string, Rule>
  readonly resources: ReadonlyMap<string, Rule>
  readonly prompts: ReadonlyMap<string, Rule>
  readonly methods: ReadonlyMap<string, Rule>
  readonly fallback: Rule
  readonly #uris = new Map<string, Rule>()
  readonly #templates: readonly RuledTemplate[]
  /** The same as {@link loosened}, where several may be one. */
  readonly #looseUris = new Map<string, Rule[]>()
  readonly #looseTemplates: readonly RuledTemplate[]
  /** Of rules that name one. */
  readonly #ports: ReadonlySet<string | undefined>

  /** @throws {TypeError} when a resource's rule stands under what cannot be matched */
  constructor(where: string, path: string, options: OperationsOptions) {
    this.tools = compile(options.tools)
    this.resources = compile(options.resources)
    this.prompts = compile(options.prompts)
    this.methods = compile(options.methods)
    this.fallback = compileRule(options.default ?? 'deny', true)
    const templates: RuledTemplate[] = []
    const looseTemplates: RuledTemplate[] = []
    const shapes = new Set<string>()
    for (const [uri, rule] of this.resources) {
      if (!isUriTemplate(uri)) {
        this.#setUri(where, path, uri, rule)
        continue
      }
      // A template's own text is a name too: lists and completions go by it.
      this.#uris.set(uri, rule)
      // First as it was written, so that an error quotes that.
      templateOf(where, path, uri)
      const plain = respelled(uri, normalized)
      templates.push({ template: templateOf(where, path, plain), rule })
      const shape = shapeOf(plain)
      if (shapes.has(shape)) throw optionError(where, path, 'holds one template twice', uri)
      shapes.add(shape)
      looseTemplates.push({
        template: templateOf(where, path, respelled(plain, loosened), ''),
        rule,
      })
    }
    this.#templates = mostLiteralFirst(templates)
    this.#looseTemplates = mostLiteralFirst(looseTemplates)
    const uris = [...this.resources.keys()]
    this.#ports = new Set(uris.map((uri) => portOf(loosened(normalized(uri)))))
  }

  #setUri(where: string, path: string, uri: string, rule: Rule): void {
    const href = normalized(uri)
    for (const spelling of new Set([uri, href])) {
      if (this.#uris.has(spelling)) {
        throw optionError(where, path, `holds two spellings of ${href}`, uri)
      }
      this.#uris.set(spelling, rule)
    }
    const loose = loosened(href)
    this.#looseUris.set(loose, [...(this.#looseUris.get(loose) ?? []), rule])
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
   * A URI that a rule names stands for itself. Of others, those that could be read in two ways are for
   * nobody; and one that handlers may take for what has another rule needs the rights of both.
   */
  #rulesForUri(uri: string): readonly NamedRule[] {
    const exact = this.#uris.get(uri)
    if (exact !== undefined) return [{ rule: exact, name: uri }]
    // Of a template that no rule names, lists and completions are for whoever may use what it gives.
    const one = oneOf(uri)
    if (one !== undefined) {
      const likeOne = this.#rulesForUri(one).map(({ rule }) => rule)
      const rules = new Set([...likeOne, ...this.#looseRules(loosened(uri))])
      return [...rules].map((rule) => ({ rule, name: uri }))
    }
    const ambiguity = ambiguityOf(uri)
    if (ambiguity !== undefined) {
      return [{ rule: { ...DENY, denied: `its URI is not plain: ${ambiguity}` }, name: uri }]
    }
    const bare = bareOf(uri)
    const named = this.#templateFor(this.#templates, uri)
    const rules = new Set(named === undefined ? this.#rulesForBare(bare) : [named])
    const loose = loosened(uri)
    // Without a rule for its query, it is the resource that counts, whatever is asked of it.
    const names = named !== undefined && bare !== uri ? [loose] : [loose, loosened(bareOf(loose))]
    // A handler may look at the host alone, unless its port is one that rules tell apart.
    if (!this.#ports.has(portOf(loose))) names.push(...names.map(portless))
    for (const name of names) for (const rule of this.#looseRules(name)) rules.add(rule)
    if (rules.size === 0) rules.add(this.fallback)
    return [...rules].map((rule) => ({ rule, name: uri }))
  }

  #rulesForBare(bare: string): readonly Rule[] {
    const rule = this.#uris.get(bare) ?? this.#templateFor(this.#templates, bare)
    return rule === undefined ? [] : [rule]
  }

  #looseRules(name: string): readonly Rule[] {
    const exact = this.#looseUris.get(name)
    if (exact !== undefined) return exact
    const found = this.#templateFor(this.#looseTemplates, name)
    return found === undefined ? [] : [found]
  }

  #templateFor(templates: readonly RuledTemplate[], uri: string): Rule | undefined {
    return templates.find(({ template }) => template.matches(uri))?.rule
  }
}

/** What the expressions are called does not matter. */
function shapeOf(template: string): string {
  return template.replace(/\{(\+?)[^}]*\}/g, '{$1}')
}

/** Of equals the one that was written first. */
function mostLiteralFirst(templates: readonly RuledTemplate[]): readonly RuledTemplate[] {
  return [...templates].sort((a, b) => b.template.literalLength - a.template.literalLength)
}

function compile(rules: OperationRules = {}): ReadonlyMap<string, Rule> {
  return new Map(Object.entries(rules).map(([name, rule]) => [name, compileRule(rule)]))
}

function templateOf(where: string, path: string, text: string, stops?: string): UriTemplate {
  try {
    return parseUriTemplate(text, stops)
  } catch (error) {
    const wants = `can be matched only where ${error instanceof Error ? error.message : ''}`
    throw optionError(where, path, wants, text)
  }
}

function isProtocol(method: string): boolean {
  return PROTOCOL.has(method) || method.startsWith('notifications/')
}
