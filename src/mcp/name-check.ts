import { isObject } from '../json-object.ts'
import { nearestName } from '../nearest-name.ts'
import { quoted } from '../quoted.ts'
import { warnOnce } from '../telemetry/warnings.ts'
import { listOf } from './list-filter.ts'
import { targetOf } from './policy/operation.ts'
import type { RuleBook } from './policy/rule-book.ts'

/**
 * A table of rules whose names an MCP server registers. {@link NOUNS} has the word for one entry of
 * each table.
 */
type NamedTable = keyof typeof NOUNS
const NOUNS = { tools: 'tool', prompts: 'prompt', resources: 'resource' } as const
const USES = { tools: 'tools/call', prompts: 'prompts/get', resources: 'resources/read' } as const

/** The largest number of names that are remembered. */
const MOST_NAMES = 10_000

/** The largest number of names in one warning. */
const MOST_NAMES_IN_WARNING = 20

/**
 * Compares the names in the policy with the tools, prompts and resources of the MCP server. It warns
 * about a rule for something that the server does not have. It also warns about a tool, prompt or
 * resource without a rule, because nobody may use it.
 *
 * @internal
 */
export class NameCheck {
  readonly #book: RuleBook
  /** The list methods whose list has been compared. */
  readonly #listed = new Set<string>()
  /**
   * Names that have been compared. If the program makes a new server for each request, each server
   * registers the same names again.
   */
  readonly #known = new Set<string>()

  constructor(book: RuleBook) {
    this.#book = book
  }

  /** Warns if no rule names the tool, prompt or resource that the server registers. */
  registered(about: object, table: NamedTable, name: string): void {
    const { fallback } = this.#book
    const key = `${table} ${name}`
    if (fallback.denied === undefined || this.#known.has(key)) return
    if (this.#known.size >= MOST_NAMES) return
    this.#known.add(key)
    // Templates are looked up in the table `templates`, as in the list filter.
    const isTemplate = table === 'resources' && name.includes('{')
    const target = targetOf(isTemplate ? 'templates' : table, name)
    const rules = this.#book.rulesFor(USES[table], target)
    if (!rules.some(({ rule }) => rule === fallback)) return
    warnOnce(
      about,
      'MCP_WITHOUT_A_RULE',
      () =>
        `protectServer: no rule names the ${NOUNS[table]} ${quoted(name)}, so ` +
        `${isTemplate ? 'its resources can be read only where another rule matches' : 'nobody may use it'} and ` +
        `lists do not show it${didYouMean(name, this.#book[table].keys(), 'there is a rule for')}; ` +
        `add policy.${table}[${quoted(name)}], for example with the value 'deny', or use withRule and collectPolicy`,
      key,
    )
  }

  /**
   * Compares the first complete list of tools or prompts with the rules. It warns about rules whose
   * name is not in the list, and about items without a rule. It does not compare resources, because a
   * list of resources does not contain the resources of templates.
   */
  list(about: object, method: string, result: unknown): void {
    const { member, key, table } = listOf(method) ?? {}
    if (table !== 'tools' && table !== 'prompts') return
    if (this.#listed.has(method) || !isObject(result) || result.nextCursor !== undefined) return
    const items = member === undefined ? undefined : result[member]
    if (!Array.isArray(items) || key === undefined) return
    this.#listed.add(method)
    const listed = items.map((item: unknown) => (isObject(item) ? item[key] : undefined))
    const names = new Set(listed.filter((name) => typeof name === 'string'))
    for (const name of names) this.registered(about, table, name)
    const unused = [...this.#book[table].keys()].filter((name) => !names.has(name))
    if (unused.length === 0) return
    warnOnce(
      about,
      'MCP_NOTHING_BY_THIS_NAME',
      () => {
        const described = unused
          .slice(0, MOST_NAMES_IN_WARNING)
          .map((name) => `${quoted(name)}${didYouMean(name, names, 'it lists')}`)
        const more = unused.length > MOST_NAMES_IN_WARNING ? ', …' : ''
        return (
          `protectServer: policy.${table} has rules for names that the MCP server does not list: ` +
          `${described.join(', ')}${more}; each name is misspelt, or belongs to a ${NOUNS[table]} that is ` +
          'disabled or that another server has'
        )
      },
      table,
    )
  }
}

function didYouMean(name: string, others: Iterable<string>, context: string): string {
  const nearest = nearestName(name, others)
  return nearest === undefined ? '' : ` (${context} ${quoted(nearest)}: did you mean that?)`
}
