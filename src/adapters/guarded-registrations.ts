import type { MessageGate, MessageRefusal } from '../gate/message-gate.ts'
import { messageInFlight, originOf } from './guarded-connection.ts'

/** The part of an `McpServer` of SDK v1 or v2 that this package uses. @internal */
export type RegisteringServer = Readonly<Record<string, unknown>>

type Method = (...args: unknown[]) => unknown
type ReadCallback = (uri: URL, ...rest: unknown[]) => unknown

/** A registered resource or template, as `registerResource` returns it. */
interface RegisteredResource {
  resourceTemplate?: { readonly uriTemplate: { toString(): string } }
  readCallback: ReadCallback
}

/** The SDK methods that register tools and prompts, with their table of rules. */
const REGISTRATIONS = [
  { table: 'tools', methods: ['registerTool', 'tool'] },
  { table: 'prompts', methods: ['registerPrompt', 'prompt'] },
] as const

/**
 * The private fields in which the SDKs store registered tools, prompts, resources and templates. A
 * version of the SDK without these fields is refused, because everything that was registered before
 * `protectServer` would stay unguarded.
 */
const KEPT = {
  tools: '_registeredTools',
  prompts: '_registeredPrompts',
  resources: '_registeredResources',
  templates: '_registeredResourceTemplates',
} as const

/**
 * Guards the read callbacks of an `McpServer`: each callback checks the rule of the resource or
 * template that the SDK has matched. It also reports the name of every registered tool, prompt and
 * resource to the gate, including later registrations.
 *
 * @throws {TypeError} when this version of the SDK stores its resources in an unknown place
 * @internal
 */
export function guardRegistrations(messages: MessageGate, server: RegisteringServer): void {
  const named = (table: 'tools' | 'prompts' | 'resources', name: unknown): void => {
    if (typeof name === 'string') messages.registered(table, name)
  }
  const resource = (registered: unknown, uri: unknown): void => {
    if (!isRegisteredResource(registered)) throw unknownSdk('registerResource')
    guardReading(messages, registered)
    named('resources', registered.resourceTemplate?.uriTemplate.toString() ?? uri)
  }
  for (const name of Object.keys(kept(server, 'tools'))) named('tools', name)
  for (const name of Object.keys(kept(server, 'prompts'))) named('prompts', name)
  for (const [uri, one] of Object.entries(kept(server, 'resources'))) resource(one, uri)
  for (const one of Object.values(kept(server, 'templates'))) resource(one, undefined)
  for (const { table, methods } of REGISTRATIONS) {
    for (const method of methods)
      onceCalled(server, method, (_result, [name]) => named(table, name))
  }
  for (const method of ['registerResource', 'resource']) {
    onceCalled(server, method, (registered, [, uri]) => resource(registered, uri))
  }
}

/**
 * Guards the read callback of a resource or template. The guard stays when `update()` sets another
 * callback or template.
 */
function guardReading(messages: MessageGate, registered: RegisteredResource): void {
  let callback = registered.readCallback
  const guarded: ReadCallback = (uri, ...rest) => {
    const call = messageInFlight()
    const read = (): unknown => callback.call(registered, uri, ...rest)
    // A tool may read a resource. Then the call of the tool has been checked, and the resource needs no
    // check.
    if (call !== undefined && call.message.method !== 'resources/read') return read()
    const name = registered.resourceTemplate?.uriTemplate.toString() ?? uri.href
    const origin = call?.origin ?? originOf(authInfoIn(rest.at(-1)), undefined)
    const message = call?.message ?? { method: 'resources/read', params: { uri: uri.href } }
    const verdict = messages.checkResource(name, uri.href, message, origin)
    const settle = (refusal: MessageRefusal | undefined): unknown => {
      if (refusal === undefined) return read()
      throw Object.assign(new Error(refusal.error.message), refusal.error)
    }
    return verdict instanceof Promise ? verdict.then(settle) : settle(verdict)
  }
  Object.defineProperty(registered, 'readCallback', {
    configurable: true,
    enumerable: true,
    get: () => guarded,
    set(next: ReadCallback) {
      callback = next
    },
  })
}

/**
 * Reads `authInfo` from the last argument of a handler: `extra.authInfo` in SDK v1, and
 * `ctx.http.authInfo` in v2.
 */
function authInfoIn(context: unknown): unknown {
  const { authInfo, http } = (context ?? {}) as {
    authInfo?: unknown
    http?: { authInfo?: unknown }
  }
  return http?.authInfo ?? authInfo
}

function onceCalled(
  server: RegisteringServer,
  method: string,
  then: (result: unknown, args: readonly unknown[]) => void,
): void {
  const original = server[method]
  if (typeof original !== 'function') return
  const observed: Method = (...args) => {
    const result: unknown = original.apply(server, args)
    then(result, args)
    return result
  }
  ;(server as Record<string, unknown>)[method] = observed
}

function kept(server: RegisteringServer, what: keyof typeof KEPT): object {
  const entries = server[KEPT[what]]
  if (typeof entries !== 'object' || entries === null) throw unknownSdk(what)
  return entries
}

function isRegisteredResource(value: unknown): value is RegisteredResource {
  return typeof (value as Partial<RegisteredResource> | undefined)?.readCallback === 'function'
}

function unknownSdk(what: string): TypeError {
  return new TypeError(
    `protectServer: this version of the MCP SDK keeps its ${what} elsewhere, so they cannot be ` +
      'guarded; wrap the low-level server (server.server) or use another version',
  )
}
