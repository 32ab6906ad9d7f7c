import type { MessageGate, MessageRefusal } from '../gate/message-gate.ts'
import type { RegisteredTable } from '../mcp/policy/rule-place.ts'
import { isThenable } from '../storage/maybe-promise.ts'
import { messageInFlight, originOf } from './guarded-connection.ts'
import { namesKnownTo } from './known-names.ts'
import {
  isRegisteredItem,
  type RegisteringServer,
  type Registration,
  registrationsOf,
  templateOf,
  unknownSdk,
} from './registrations.ts'
import { onRule, type RuleBeside } from './with-rule.ts'

export type { RegisteringServer } from './registrations.ts'

const WHERE = 'protectServer'

type Method = (...args: unknown[]) => unknown
type ReadCallback = (uri: URL, ...rest: unknown[]) => unknown

/** A registered resource or template, as `registerResource` returns it. */
interface RegisteredResource {
  readCallback: ReadCallback
}

/**
 * The SDK methods that register tools and prompts, with their table of rules, the private ones included:
 * `registerToolTask` of SDK v1 calls nothing else.
 */
const REGISTRATIONS = [
  { table: 'tools', methods: ['registerTool', 'tool', '_createRegisteredTool'] },
  { table: 'prompts', methods: ['registerPrompt', 'prompt', '_createRegisteredPrompt'] },
] as const

/**
 * Guards the registrations of an `McpServer`, the later ones included:
 *
 * - Each read callback checks the rule of the resource or template that the SDK has matched.
 * - The gate gets the name of every tool, prompt and resource, also when the name changes.
 * - The gate gets the rules that are given beside registrations, with the name that they are for.
 *
 * @throws {TypeError} when this version of the SDK stores its registrations in an unknown place, or when
 * the gate does not enforce a rule that is given beside a registration
 * @internal
 */
export function guardRegistrations(messages: MessageGate, server: RegisteringServer): void {
  const seen = new WeakSet<object>()
  const guard = (registration: Registration): void => {
    const { registered } = registration
    if (seen.has(registered)) return
    seen.add(registered)
    if (registration.table === 'resources') guardReading(messages, registered)
    guardName(messages, registration)
  }
  for (const registration of registrationsOf(WHERE, server)) {
    // After two changes of its name, SDK v2 keeps a prompt or resource under both new names.
    if (seen.has(registration.registered)) guardName(messages, registration)
    else guard(registration)
  }
  for (const { table, methods } of REGISTRATIONS) {
    for (const method of methods) {
      // A subclass may return something else. What it registers is guarded by the private method.
      onceCalled(server, method, (registered, [name]) => {
        if (isRegisteredItem(registered)) guard({ table, name: String(name), registered })
      })
    }
  }
  for (const method of ['registerResource', 'resource']) {
    onceCalled(server, method, (registered, [, uri]) => {
      if (!isRegisteredItem(registered)) throw unknownSdk(WHERE, method)
      guard({ table: 'resources', name: templateOf(registered) ?? String(uri), registered })
    })
  }
}

/**
 * Tells the gate the name of a registration and the rule beside it, now and whenever one of them changes.
 * If the gate does not accept the rule for a new name, the old name stays.
 */
function guardName(messages: MessageGate, { table, name: given, registered }: Registration): void {
  let name = given
  let beside: RuleBeside | undefined
  const tell = (next: string): void => {
    namesKnownTo(messages).add(table, next)
    if (beside === undefined) messages.registered(table, next)
    else messages.assertRule(table, next, beside.rule, beside.place)
  }
  onRule(registered, (one) => {
    beside = one
    tell(name)
  })
  if (beside === undefined) tell(name)
  if (!isRegisteredItem(registered)) return
  const update = registered.update as Method
  const updated: Method = (updates) => {
    const next = nameIn(updates, table, templateOf(registered) !== undefined) ?? name
    if (next !== name) tell(next)
    const result = update.call(registered, updates)
    name = next
    return result
  }
  Object.assign(registered, { update: updated })
}

/** The new name in the argument of `update()`; `undefined` if there is none, or if it removes the name. */
function nameIn(updates: unknown, table: RegisteredTable, isTemplate: boolean): string | undefined {
  const { name, uri, template } = (updates ?? {}) as Readonly<Record<string, unknown>>
  if (isTemplate) return templateOf({ resourceTemplate: template })
  const next = table === 'resources' ? uri : name
  // The SDKs turn another type, such as a `URL`, into the text that they keep.
  return next ? String(next) : undefined
}

/**
 * Guards the read callback of a resource or template. The guard stays when `update()` sets another
 * callback or template.
 */
function guardReading(messages: MessageGate, registered: object): void {
  if (!isRegisteredResource(registered)) throw unknownSdk(WHERE, 'registerResource')
  let callback = registered.readCallback
  const guarded: ReadCallback = (uri, ...rest) => {
    const call = messageInFlight()
    const read = (): unknown => callback.call(registered, uri, ...rest)
    // A tool may read a resource. Then the call of the tool has been checked, and the resource needs no
    // check.
    if (call !== undefined && call.message.method !== 'resources/read') return read()
    const name = templateOf(registered) ?? uri.href
    const origin = call?.origin ?? originOf(authInfoIn(rest.at(-1)), undefined)
    const message = call?.message ?? { method: 'resources/read', params: { uri: uri.href } }
    const verdict = messages.checkResource(name, uri.href, message, origin)
    const settle = (refusal: MessageRefusal | undefined): unknown => {
      if (refusal === undefined) return read()
      throw Object.assign(new Error(refusal.error.message), refusal.error)
    }
    return isThenable(verdict) ? verdict.then(settle) : settle(verdict)
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

function isRegisteredResource(value: object): value is RegisteredResource {
  return typeof (value as Partial<RegisteredResource>).readCallback === 'function'
}
