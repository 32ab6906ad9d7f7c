import type { RegisteredTable } from '../mcp/policy/rule-place.ts'

/** The part of an `McpServer` of SDK v1 or v2 that this package uses. @internal */
export type RegisteringServer = Readonly<Record<string, unknown>>

/** What `registerTool`, `registerPrompt` and `registerResource` of both SDKs return. */
export interface RegisteredItem {
  /** Whether clients see it. */
  readonly enabled: boolean
  /** Changes it, and also its name. */
  update(updates: never): void
  /** Removes it from the server. */
  remove(): void
}

/** A tool, prompt, resource or template of an MCP server. @internal */
export interface Registration {
  readonly table: RegisteredTable
  /** The name of the tool or prompt, or the URI or template of the resource. */
  readonly name: string
  readonly registered: object
}

/**
 * The private fields in which the SDKs store registered tools, prompts, resources and templates. A
 * version of the SDK without these fields is refused, because what was registered before would be missed.
 */
const KEPT = {
  tools: '_registeredTools',
  prompts: '_registeredPrompts',
  resources: '_registeredResources',
  templates: '_registeredResourceTemplates',
} as const

/**
 * Lists what an `McpServer` has registered.
 *
 * @throws {TypeError} when this version of the SDK stores its registrations in an unknown place
 * @internal
 */
export function registrationsOf(where: string, server: RegisteringServer): readonly Registration[] {
  const named = (what: 'tools' | 'prompts' | 'resources'): Registration[] =>
    Object.entries(kept(where, server, what)).map(([name, registered]) => ({
      table: what,
      name,
      registered,
    }))
  const templates = Object.values(kept(where, server, 'templates')).map(
    (registered): Registration => {
      const name = templateOf(registered)
      if (name === undefined) throw unknownSdk(where, 'templates')
      return { table: 'resources', name, registered }
    },
  )
  return [...named('tools'), ...named('prompts'), ...named('resources'), ...templates]
}

/** The text of a registered template; `undefined` for everything else. @internal */
export function templateOf(registered: unknown): string | undefined {
  const { resourceTemplate } = (registered ?? {}) as {
    readonly resourceTemplate?: { readonly uriTemplate: { toString(): string } }
  }
  return resourceTemplate?.uriTemplate.toString()
}

/** Whether a value is what the SDKs return for a registration. @internal */
export function isRegisteredItem(value: unknown): value is RegisteredItem {
  const { enabled, update, remove } = (value ?? {}) as Partial<RegisteredItem>
  return (
    typeof enabled === 'boolean' && typeof update === 'function' && typeof remove === 'function'
  )
}

/**
 * Returns the registrations by name: a plain object. Something else, such as a `Map`, would look like an
 * object without entries. A tool that was renamed to `__proto__` is the prototype of the object, so it is
 * refused too.
 */
function kept(where: string, server: RegisteringServer, what: keyof typeof KEPT): object {
  const entries = server[KEPT[what]]
  if (typeof entries !== 'object' || entries === null) throw unknownSdk(where, what)
  const prototype: unknown = Object.getPrototypeOf(entries)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw unknownSdk(where, what)
  return entries
}

/** @internal */
export function unknownSdk(where: string, what: string): TypeError {
  return new TypeError(
    `${where}: this version of the MCP SDK keeps its ${what} elsewhere, so they cannot be ` +
      'guarded; wrap the low-level server (server.server) or use another version',
  )
}
