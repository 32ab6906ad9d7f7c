import { isObject } from '../json-object.ts'
import { nearestName } from '../nearest-name.ts'
import { quoted } from '../quoted.ts'
import { warnOnce } from '../telemetry/warnings.ts'
import { listOf } from './list-filter.ts'
import type { RuleBook } from './policy/rule-book.ts'

/** Tables of rules, each with the noun for one entry. */
type NamedTable = keyof typeof NOUNS
const NOUNS = { tools: 'tool', prompts: 'prompt', resources: 'resource' } as const
const USES = { tools: 'tools/call', prompts: 'prompts/get', resources: 'resources/read' } as const

const MOST_KNOWN = 10_000

/** Names in one warning. */
const MOST_NAMED = 20

/**
 * Compares the names of rules with the names of the MCP server's tools, prompts and resources. It warns
 * of a rule whose name the server does not have, and of a name that has no rule, so that nobody may use it.
 *
 * @internal
 */
export class NameCheck {
  readonly #book: RuleBook
  readonly #listed = new Set<string>()
  /** Names that were compared. A server that is made for each request registers the same names again. */
  readonly #known = new Set<string>()

  constructor(book: RuleBook) {
    this.#book = book
  }

  /** Warns of something registered that no rule names. */
  registered(about: object, table: NamedTable, name: string): void {
    const { fallback } = this.#book
    const key = `${table} ${name}`
    if (fallback.denied === undefined || this.#known.has(key)) return
    if (this.#known.size >= MOST_KNOWN) return
    this.#known.add(key)
    // Judged as in a list, where templates have a table of their own.
    const isTemplate = table === 'resources' && name.includes('{')
    const by = isTemplate ? listOf('resources/templates/list')?.table : table
    const rules = this.#book.rulesFor(USES[table], { table: by ?? table, name })
    if (!rules.some(({ rule }) => rule === fallback)) return
    warnOnce(
      about,
      'MCP_WITHOUT_A_RULE',
      () =>
        `protectServer: no rule names the ${NOUNS[table]} ${quoted(name)}, so ` +
        `${isTemplate ? 'its resources can be read only where another rule matches' : 'nobody may use it'} and ` +
        `lists do not show it${didYouMean(name, this.#book[table].keys(), 'there is a rule for')}; ` +
        `add operations.${table}[${quoted(name)}], with 'deny' if nobody is to use it`,
      key,
    )
  }

  /**
   * Warns, at the first whole list of tools or prompts, of rules that name nothing in it, and of
   * what is in it without a rule. Resources are not compared: what a template gives is not listed.
   */
  list(about: object, method: string, result: unknown): void {
    const { member, key, table } = listOf(method) ?? {}
    if (table !== 'tools' && table !== 'prompts') return
    if (this.#listed.has(method) || !isObject(result) || result.nextCursor !== undefined) return
    const items = member === undefined ? undefined : result[member]
    if (!Array.isArray(items) || key === undefined) return
    this.#listed.add(method)
    const names = new Set(items.map((item: unknown) => (isObject(item) ? item[key] : undefined)))
    for (const name of names) if (typeof name === 'string') this.registered(about, table, name)
    const others = [...names].filter((name) => typeof name === 'string')
    const idle = [...this.#book[table].keys()].filter((name) => !names.has(name))
    if (idle.length === 0) return
    warnOnce(
      about,
      'MCP_NOTHING_BY_THIS_NAME',
      () => {
        const told = idle
          .slice(0, MOST_NAMED)
          .map((name) => `${quoted(name)}${didYouMean(name, others, 'it lists')}`)
        return (
          `protectServer: operations.${table} has rules for what the MCP server does not list: ` +
          `${told.join(', ')}${idle.length > MOST_NAMED ? ', …' : ''}; such a ${NOUNS[table]} is ` +
          'misspelt, disabled, or of another server'
        )
      },
      table,
    )
  }
}

function didYouMean(name: string, others: Iterable<string>, there: string): string {
  const nearest = nearestName(name, others)
  return nearest === undefined ? '' : ` (${there} ${quoted(nearest)}: did you mean that?)`
}
