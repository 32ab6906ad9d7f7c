import { optionError } from '../../options/check-options.ts'
import {
  ambiguityOf,
  bareOf,
  fixesAuthority,
  hostlessReadingsOf,
  isHostless,
  normalized,
  normalizedTemplate,
  parametersOf,
  readingsOf,
  spellingsOf,
  templateSpellingsOf,
} from '../resource-uri/uri-spelling.ts'
import {
  ESCAPED_SLASH,
  expandsTo,
  fits,
  hasBraces,
  parseUriTemplate,
  reducedTemplate,
  sampleOf,
  textOf,
  type UriTemplate,
} from '../resource-uri/uri-template.ts'
import { DENY, type Rule } from './rule.ts'

type Spellings = readonly UriTemplate[]

interface RuledTemplate {
  readonly rule: Rule
  readonly template: UriTemplate
  /** Forms of the template that are compared with the {@link readingsOf} a URI. */
  readonly spellings: Spellings
  /** The same for each parameter, where there are several: handlers look at them in any order. */
  readonly parameters: readonly Spellings[]
  readonly fixesAuthority: boolean
  readonly hostless: boolean
}

/**
 * Finds the rules of resources. A URI is granted strictly: by the rule that names it to the letter, by
 * the templates that RFC 6570 can expand to it, or by the default. It is restricted loosely: every rule
 * that handlers could take it for must hold as well.
 *
 * @internal
 */
export class ResourceRules {
  readonly #fallback: Rule
  readonly #rules: ReadonlyMap<string, Rule>
  /** Rules of URIs, as they are written and as the SDKs look them up. */
  readonly #uris = new Map<string, Rule>()
  readonly #templates: RuledTemplate[] = []
  /** Rules of URIs by spelling. Several URIs can share one. */
  readonly #spellings = new Map<string, Rule[]>()
  readonly #hostlessSpellings = new Map<string, Rule[]>()

  /** @throws {TypeError} when the name of a rule is no URI or template that can be matched */
  constructor(where: string, path: string, rules: ReadonlyMap<string, Rule>, fallback: Rule) {
    this.#rules = rules
    this.#fallback = fallback
    const shapes = new Set<string>()
    for (const [uri, rule] of rules) {
      const several = parametersOf(uri).length > 1
      if (!hasBraces(uri)) this.#addUri(where, path, uri, rule)
      if (!hasBraces(uri) && !several) continue
      const template = templateOf(where, path, uri)
      const shape = JSON.stringify(template)
      if (shapes.has(shape)) throw optionError(where, path, 'holds one template twice', uri)
      shapes.add(shape)
      const [head = ''] = template.literals
      this.#templates.push({
        rule,
        template,
        spellings: distinct(templateSpellingsOf(template)),
        parameters: several ? parametersOf(uri).map((one) => ofParameter(uri, one)) : [],
        fixesAuthority: fixesAuthority(template),
        hostless: isHostless(head),
      })
    }
  }

  #addUri(where: string, path: string, uri: string, rule: Rule): void {
    const href = normalized(uri)
    for (const spelling of new Set([uri, href])) {
      if (this.#uris.has(spelling)) {
        throw optionError(where, path, `holds two spellings of ${href}`, uri)
      }
      this.#uris.set(spelling, rule)
    }
    const tables = isHostless(href) ? [this.#spellings, this.#hostlessSpellings] : [this.#spellings]
    for (const spelling of new Set([href, ...spellingsOf(href)].map(slashed))) {
      for (const table of tables) table.set(spelling, [...(table.get(spelling) ?? []), rule])
    }
  }

  /** The rules of a resource; all of them must hold. @param sent the URI before its escapes were added */
  forUri(uri: string, sent = uri): readonly Rule[] {
    // The operator named this URI to the letter, and the caller chose nothing. A template is no URI.
    const exact = hasBraces(sent) ? undefined : this.#rules.get(sent)
    if (exact !== undefined) return [exact]
    const ambiguity = ambiguityOf(uri)
    return ambiguity === undefined ? this.#judged(uri) : [notPlain(ambiguity)]
  }

  /** The rules of all resources that a template can expand to. Lists and completions name templates. */
  forTemplate(text: string): readonly Rule[] {
    if (!hasBraces(text)) return this.forUri(text)
    const own = this.#templates.find(({ rule }) => rule.name === text)
    const reduced = reducedTemplate(own === undefined ? text : textOf(own.template))
    if (reduced === undefined) return [notPlain('it holds braces')]
    const ambiguity = own === undefined ? ambiguityOf(sampleOf(reduced)) : undefined
    return ambiguity === undefined ? this.#judged(reduced) : [notPlain(ambiguity)]
  }

  #judged(uri: string): readonly Rule[] {
    const whole = this.#granting(uri)
    // Where no rule grants the URI with its query, the rules for the URI without the query grant it.
    const granting = whole.length > 0 ? whole : this.#granting(bareOf(uri))
    const stands = granting.some(({ authority }) => authority)
    const rules = new Set(granting.map(({ rule }) => rule))
    if (granting.length === 0) rules.add(this.#fallback)
    const readings = readingsOf(uri, stands)
    const hostless = stands ? [] : hostlessReadingsOf(uri)
    for (const [table, texts] of [
      [this.#spellings, readings],
      [this.#hostlessSpellings, hostless],
    ] as const) {
      for (const text of texts) {
        for (const rule of table.get(slashed(text)) ?? []) rules.add(rule)
      }
    }
    for (const template of this.#templates) {
      if (rules.has(template.rule)) continue
      const taken = mayBe(template, readings) || (template.hostless && mayBe(template, hostless))
      if (taken) rules.add(template.rule)
    }
    return [...rules]
  }

  #granting(uri: string): readonly { rule: Rule; authority: boolean }[] {
    const exact = this.#uris.get(uri)
    if (exact !== undefined) return [{ rule: exact, authority: true }]
    return this.#templates
      .filter(({ template }) => expandsTo(template, uri))
      .map(({ rule, fixesAuthority: authority }) => ({ rule, authority }))
  }
}

function templateOf(where: string, path: string, text: string): UriTemplate {
  try {
    return normalizedTemplate(parseUriTemplate(text))
  } catch (error) {
    const wants = `can be matched only where ${error instanceof Error ? error.message : ''}`
    throw optionError(where, path, wants, text)
  }
}

/** Whether any of the texts, or some of them together, may be taken for what the rule names. */
function mayBe({ spellings, parameters }: RuledTemplate, texts: readonly string[]): boolean {
  const isIn = (each: Spellings) => texts.some((text) => each.some((one) => fits(one, text)))
  return isIn(spellings) || (parameters.length > 0 && parameters.every(isIn))
}

function ofParameter(uri: string, parameter: string): Spellings {
  const template = parseUriTemplate(`${bareOf(uri)}?${parameter}`)
  return distinct([template, ...templateSpellingsOf(template)])
}

function distinct(templates: readonly UriTemplate[]): readonly UriTemplate[] {
  return [...new Map(templates.map((each) => [JSON.stringify(each), each])).values()]
}

function notPlain(why: string): Rule {
  return { ...DENY, denied: `its URI is not plain: ${why}` }
}

function slashed(text: string): string {
  return text.replaceAll(ESCAPED_SLASH, '/')
}
