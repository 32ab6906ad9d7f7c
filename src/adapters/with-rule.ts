import type { PolicyRule } from '../mcp/policy/options.ts'
import { placeOfCall } from './call-place.ts'
import { isRegisteredItem, type RegisteredItem } from './registrations.ts'

const WHERE = 'withRule'

/** A rule that was given beside a registration. @internal */
export interface RuleBeside {
  readonly rule: PolicyRule
  /** Says where the rule was given. */
  readonly place: () => string
}

type Listener = (beside: RuleBeside) => void

/** What is kept of a registration. */
interface Note {
  rule: RuleBeside | undefined
  readonly listeners: Listener[]
}

/**
 * The property of a registration that holds its {@link Note}. `Symbol.for` gives the same key in every copy
 * of the package. So no rule gets lost if one copy gives it, and another copy collects it.
 */
const NOTE = Symbol.for('mcp-resource-server/rule-beside')

/**
 * Gives a rule to a tool, prompt, resource or resource template, where it is registered. It works with
 * both SDK versions.
 *
 * The rule alone has no effect: `collectPolicy` collects the rules into the policy, and the gate enforces
 * them. {@link protectServer} checks that the policy has the rule. Clients see nothing of it. The
 * rule stays with a tool that is disabled, updated or renamed.
 *
 * @param rule as in the tables of the policy
 * @param registered what `registerTool`, `registerPrompt` or `registerResource` has returned
 * @returns `registered`
 * @throws {TypeError} when it is the second rule of the registration; and when the server is protected
 * already and the gate does not enforce this rule: then the registration is removed again. A rule that is
 * no rule is an error of `collectPolicy`
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { collectPolicy, protectServer, withRule } from 'mcp-resource-server/mcp-sdk'
 *
 * function createMcpServer(): McpServer {
 *   const server = new McpServer({ name: 'data', version: '1.0.0' })
 *   withRule(
 *     { scopes: ['data:write'] },
 *     server.registerTool('erase', { description: 'Erases all data.' }, () => ({ content: [] })),
 *   )
 *   return server
 * }
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 *   policy: collectPolicy(createMcpServer()),
 * })
 * const server = protectServer(resourceServer, createMcpServer())
 * ```
 */
export function withRule<Registered extends RegisteredItem>(
  rule: PolicyRule,
  registered: Registered,
): Registered {
  const beside = { rule, place: placeOfCall(withRule) }
  if (!isRegisteredItem(registered)) {
    throw new TypeError(
      `${WHERE}: the second argument must be what registerTool, registerPrompt or registerResource of ` +
        'the MCP SDK has returned',
    )
  }
  const note = noteOf(registered)
  const other = note.rule
  if (other !== undefined) {
    const places = [other, beside]
      .map(({ place }) => place() || 'an unknown place')
      .join(', and at ')
    throw new TypeError(
      `${WHERE}: this registration has two rules: at ${places}; remove one of them`,
    )
  }
  note.rule = beside
  try {
    for (const listener of note.listeners) listener(beside)
  } catch (error) {
    registered.remove()
    throw error
  }
  return registered
}

/** Returns the rule that was given beside a registration. @internal */
export function ruleBeside(registered: object): RuleBeside | undefined {
  return noteOf(registered).rule
}

/** Calls the listener with the rule of a registration, now or when the rule is given. @internal */
export function onRule(registered: object, listener: Listener): void {
  const { rule, listeners } = noteOf(registered)
  if (rule !== undefined) listener(rule)
  else listeners.push(listener)
}

/** Nothing lists the property, so clients do not see it. A proxy passes it on to the registration. */
function noteOf(registered: object): Note {
  const known = (registered as { readonly [NOTE]?: Note })[NOTE]
  if (known !== undefined) return known
  const note: Note = { rule: undefined, listeners: [] }
  Object.defineProperty(registered, NOTE, { value: note })
  return note
}
