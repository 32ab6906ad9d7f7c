import { isObject } from '../json-object.ts'
import type { TracedCall } from '../telemetry/traces.ts'

/** The methods of MCP that a client may send to a server. */
const METHODS = [
  'completion/complete',
  'initialize',
  'logging/setLevel',
  'notifications/cancelled',
  'notifications/initialized',
  'notifications/progress',
  'notifications/roots/list_changed',
  'ping',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/subscribe',
  'resources/templates/list',
  'resources/unsubscribe',
  'server/discover',
  'subscriptions/listen',
  'tasks/cancel',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tools/call',
  'tools/list',
] as const

/** How many names are kept at most. A server has fewer. */
const MOST_NAMES = 10_000
/**
 * Up to how many names one more is kept that only a successful answer has shown. Its caller has chosen it:
 * some servers answer whatever they are asked.
 */
const MOST_ANSWERED = 250

/**
 * The methods, tools and prompts that an MCP server has. Callers choose the names in their messages, so
 * metrics and names of spans may only have the names in this list.
 *
 * @internal
 */
export class KnownNames {
  readonly #names = new Set<string>(METHODS.map((method) => `methods ${method}`))

  /** Adds a name that the server itself uses. */
  add(table: string, name: string, most = MOST_NAMES): void {
    if (this.#names.size < most) this.#names.add(`${table} ${name}`)
  }

  hasMethod(method: string): boolean {
    return this.#names.has(`methods ${method}`)
  }

  hasTarget({ tool, prompt }: Pick<TracedCall, 'tool' | 'prompt'>): boolean {
    if (tool !== undefined) return this.#names.has(`tools ${tool}`)
    return prompt !== undefined && this.#names.has(`prompts ${prompt}`)
  }

  /** Adds what a successful answer shows: that the server has the method, and the names in its lists. */
  learn({ method, tool, prompt }: TracedCall, result: unknown): void {
    this.add('methods', method, MOST_ANSWERED)
    if (tool !== undefined) this.add('tools', tool, MOST_ANSWERED)
    if (method === 'prompts/get' && prompt !== undefined) {
      this.add('prompts', prompt, MOST_ANSWERED)
    }
    if (method === 'tools/list') this.#list('tools', result)
    if (method === 'prompts/list') this.#list('prompts', result)
  }

  #list(table: 'tools' | 'prompts', result: unknown): void {
    const items = isObject(result) ? result[table] : undefined
    if (!Array.isArray(items)) return
    for (const item of items) {
      if (isObject(item) && typeof item.name === 'string') this.add(table, item.name)
    }
  }
}

const known = new WeakMap<object, KnownNames>()

/**
 * The names of the MCP servers that a message gate protects. There may be a server for each request, so the
 * names belong to the gate.
 *
 * @internal
 */
export function namesKnownTo(gate: object): KnownNames {
  const names = known.get(gate) ?? new KnownNames()
  known.set(gate, names)
  return names
}
