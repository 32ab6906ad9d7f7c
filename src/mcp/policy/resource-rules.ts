import { optionError } from '../../options/option-error.ts'
import { ambiguityOf } from '../resource-uri/uri-ambiguity.ts'
import { normalized, normalizedTemplate } from '../resource-uri/uri-normalization.ts'
import {
  fixesAuthority,
  isHostless,
  parametersOf,
  withoutQuery,
} from '../resource-uri/uri-parts.ts'
import {
  hostlessReadingsOf,
  readingsOf,
  spellingsOf,
  templateSpellingsOf,
} from '../resource-uri/uri-readings.ts'
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
import { describePlace } from './rule-place.ts'

type Spellings = readonly UriTemplate[]

/** A rule whose name is a template, or a URI whose query has several parameters. */
interface TemplateRule {
  readonly rule: Rule
  readonly template: UriTemplate
  /** The forms of the template that are compared with the {@link readingsOf} of a caller's URI. */
  readonly spellings: Spellings
  /**
   * If the query has several parameters: the spellings of the template with only one of the parameters,
   * for each parameter. Handlers accept parameters in any order, so each parameter is matched
   * separately.
   */
  readonly parameters: readonly Spellings[]
  readonly fixesAuthority: boolean
  readonly hostless: boolean
}

/**
 * Finds the rules that apply to a resource. All of them must allow the operation. Strict matching finds
 * the rules that grant access: the rule for exactly this URI, and the templates that RFC 6570 can
 * expand to this URI. If there are none, the default rule applies. Loose matching adds more rules that
 * restrict access: a rule also applies if some handler could confuse the URI with a resource of that
 * rule.
 *
 * @internal
 */
export class ResourceRules {
  readonly #fallback: Rule
  readonly #rules: ReadonlyMap<string, Rule>
  /** Rules by URI: by the URI as the operator wrote it, and by the URI as the SDKs look it up. */
  readonly #uris = new Map<string, Rule>()
  readonly #templates: TemplateRule[] = []
  /**
   * Rules by each spelling of their URI, see {@link spellingsOf}. Several URIs can have the same
   * spelling.
   */
  readonly #spellings = new Map<string, Rule[]>()
  readonly #hostlessSpellings = new Map<string, Rule[]>()

  /**
   * @throws {TypeError} when a rule's name is not a URI or template that can be matched, or when two
   * rules have the same name
   */
  constructor(where: string, path: string, rules: ReadonlyMap<string, Rule>, fallback: Rule) {
    this.#rules = rules
    this.#fallback = fallback
    const shapes = new Map<string, Rule>()
    for (const [uri, rule] of rules) {
      const several = parametersOf(uri).length > 1
      if (!hasBraces(uri)) this.#addUri(where, path, uri, rule)
      if (!hasBraces(uri) && !several) continue
      const template = templateOf(where, path, uri, rule)
      const shape = JSON.stringify(template)
      const other = shapes.get(shape)
      if (other !== undefined) {
        const expected = `contains the same template twice${describeBoth(other, rule)}`
        throw optionError(where, path, expected, uri)
      }
      shapes.set(shape, rule)
      const [head = ''] = template.literals
      this.#templates.push({
        rule,
        template,
        spellings: distinct(templateSpellingsOf(template)),
        parameters: several ? parametersOf(uri).map((one) => withParameter(uri, one)) : [],
        fixesAuthority: fixesAuthority(template),
        hostless: isHostless(head),
      })
    }
  }

  #addUri(where: string, path: string, uri: string, rule: Rule): void {
    const href = normalized(uri)
    for (const spelling of new Set([uri, href])) {
      const other = this.#uris.get(spelling)
      if (other !== undefined) {
        const expected = `contains the same URI twice, as two spellings of ${href}${describeBoth(other, rule)}`
        throw optionError(where, path, expected, uri)
      }
      this.#uris.set(spelling, rule)
    }
    const tables = isHostless(href) ? [this.#spellings, this.#hostlessSpellings] : [this.#spellings]
    for (const spelling of new Set([href, ...spellingsOf(href)].map(slashed))) {
      for (const table of tables) {
        const known = table.get(spelling)
        if (known === undefined) table.set(spelling, [rule])
        else known.push(rule)
      }
    }
  }

  /**
   * Finds the rules for a resource. All of them must allow the operation.
   *
   * @param sent the URI as the caller sent it, before characters were escaped
   */
  forUri(uri: string, sent = uri): readonly Rule[] {
    // The operator wrote a rule for exactly this URI, so only that rule applies. A text with braces is
    // a template, not a URI.
    const exact = hasBraces(sent) ? undefined : this.#rules.get(sent)
    if (exact !== undefined) return [exact]
    const ambiguity = ambiguityOf(uri)
    return ambiguity === undefined ? this.#rulesForPlain(uri) : [notPlain(ambiguity)]
  }

  /**
   * Finds the rules for all resources that a template can expand to. Lists and completions name
   * templates.
   */
  forTemplate(text: string): readonly Rule[] {
    if (!hasBraces(text)) return this.forUri(text)
    const own = this.#templates.find(({ rule }) => rule.name === text)
    const reduced = reducedTemplate(own === undefined ? text : textOf(own.template))
    if (reduced === undefined) return [notPlain('it contains braces')]
    const ambiguity = own === undefined ? ambiguityOf(sampleOf(reduced)) : undefined
    return ambiguity === undefined ? this.#rulesForPlain(reduced) : [notPlain(ambiguity)]
  }

  #rulesForPlain(uri: string): readonly Rule[] {
    const whole = this.#granting(uri)
    // If no rule grants the URI with its query, the rules for the URI without its query apply.
    const granting = whole.length > 0 ? whole : this.#granting(withoutQuery(uri))
    const authorityFixed = granting.some((rule) => rule.fixesAuthority)
    const rules = new Set(granting.map(({ rule }) => rule))
    if (granting.length === 0) rules.add(this.#fallback)
    const readings = readingsOf(uri, authorityFixed)
    const hostless = authorityFixed ? [] : hostlessReadingsOf(uri)
    for (const [table, texts] of [
      [this.#spellings, readings],
      [this.#hostlessSpellings, hostless],
    ] as const) {
      for (const text of texts) {
        table.get(slashed(text))?.forEach((rule) => void rules.add(rule))
      }
    }
    for (const template of this.#templates) {
      if (rules.has(template.rule)) continue
      const matched =
        matchesAny(template, readings) || (template.hostless && matchesAny(template, hostless))
      if (matched) rules.add(template.rule)
    }
    return [...rules]
  }

  /** Finds the rules that grant a URI. Each says whether the rule fixes the host and port. */
  #granting(uri: string): readonly Pick<TemplateRule, 'rule' | 'fixesAuthority'>[] {
    const exact = this.#uris.get(uri)
    if (exact !== undefined) return [{ rule: exact, fixesAuthority: true }]
    return this.#templates.filter(({ template }) => expandsTo(template, uri))
  }
}

/** Says where two rules are, if one of them was given beside a registration. */
function describeBoth(one: Rule, other: Rule): string {
  if (one.place === undefined && other.place === undefined) return ''
  const [first, second] = [one, other].map(({ name = '', place }) =>
    describePlace(place, 'resources', name),
  )
  return `, in ${first} and ${second}`
}

function templateOf(where: string, path: string, text: string, { place }: Rule): UriTemplate {
  try {
    return normalizedTemplate(parseUriTemplate(text))
  } catch (error) {
    const why = error instanceof Error ? error.message : ''
    const at = place === undefined ? '' : ` (${describePlace(place, 'resources', text)})`
    throw optionError(where, path, `contains a template that cannot be matched: ${why}${at}`, text)
  }
}

/**
 * Whether one of the texts matches the template. For a template with several parameters: whether each
 * parameter matches one of the texts.
 */
function matchesAny({ spellings, parameters }: TemplateRule, texts: readonly string[]): boolean {
  const isMatched = (templates: Spellings) =>
    texts.some((text) => templates.some((template) => fits(template, text)))
  return isMatched(spellings) || (parameters.length > 0 && parameters.every(isMatched))
}

/** The spellings of a rule's URI with only one of its query parameters. */
function withParameter(uri: string, parameter: string): Spellings {
  const template = parseUriTemplate(`${withoutQuery(uri)}?${parameter}`)
  return distinct([template, ...templateSpellingsOf(template)])
}

function distinct(templates: readonly UriTemplate[]): readonly UriTemplate[] {
  return [...new Map(templates.map((each) => [JSON.stringify(each), each])).values()]
}

/** Makes a rule that denies a URI, because a handler could confuse the URI with another one. */
function notPlain(why: string): Rule {
  return { ...DENY, denied: `its URI is not plain: ${why}` }
}

/** Turns escaped slashes into slashes. */
function slashed(text: string): string {
  return text.replaceAll(ESCAPED_SLASH, '/')
}
