import { type CollectedRule, mergeRules } from '../mcp/policy/collected-rules.ts'
import type { PolicyOptions } from '../mcp/policy/options.ts'
import { policySchema } from '../mcp/policy/options-schema.ts'
import { describePlace } from '../mcp/policy/rule-place.ts'
import { readOptions } from '../options/read-options.ts'
import { type RegisteringServer, registrationsOf } from './registrations.ts'
import { ruleBeside } from './with-rule.ts'

const WHERE = 'collectPolicy'

/** An `McpServer` of MCP SDK v1 or v2. */
export interface CollectableServer {
  /** The server below it, which receives the messages. */
  readonly server: object
  /** Whether the server has a transport. */
  isConnected(): boolean
}

/**
 * Collects the rules that `withRule` has given beside the tools, prompts, resources and resource templates
 * of MCP servers. Give the result to `createResourceServer` as the option `policy`, or to `createPolicy`.
 *
 * Call it once, at start-up: the gate must know all rules before the first request. If your program makes
 * a server for each request or session, make one more for this function. It only reads the registrations.
 * Register everything that any caller may get, disabled if need be: what is registered later with a rule
 * that was not collected is denied, or is an error, see {@link protectServer}. The functions `allow` of
 * these rules count, so a function must not use anything of one request or session except its arguments.
 * Functions with the same source text are the same rule; a bound function is the same as itself only.
 *
 * @param servers one server or several. The same rule may be given in several of them.
 * @param table rules without a registration: the default rule, rules for methods, rules for names that
 * have no rule beside them; and the other options of a policy
 * @throws {TypeError} when a name has two rules, naming both places; when a rule is wrong, naming its place;
 * and when a server is not an `McpServer` of the MCP SDK. A low-level `Server` has no registrations: write its rules into the table.
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/server'
 * import { collectPolicy, withRule } from 'mcp-resource-server/mcp-server'
 * import { createPolicy } from 'mcp-resource-server/policy'
 *
 * const server = new McpServer({ name: 'data', version: '1.0.0' })
 * withRule('allow', server.registerTool('list', {}, () => ({ content: [] })))
 * withRule({ roles: ['steward'] }, server.registerTool('erase', {}, () => ({ content: [] })))
 *
 * const policy = createPolicy(collectPolicy(server, { methods: { 'tasks/get': 'allow' } }))
 * console.log(policy.describe())
 * ```
 */
export function collectPolicy(
  servers: CollectableServer | readonly CollectableServer[],
  table: PolicyOptions = {},
): PolicyOptions {
  readOptions(WHERE, policySchema, table)
  const collected = [servers].flat().flatMap((server) => rulesOf(server))
  return mergeRules(WHERE, table, collected)
}

function rulesOf(server: CollectableServer): readonly CollectedRule[] {
  assertMcpServer(server)
  return registrationsOf(WHERE, server as unknown as RegisteringServer).flatMap(
    ({ table, name, registered }): CollectedRule[] => {
      const beside = ruleBeside(registered)
      if (beside === undefined) return []
      const collected = { table, name, rule: beside.rule, place: beside.place() }
      assertRule(collected)
      return [collected]
    },
  )
}

/** @throws {TypeError} naming the wrong part of a rule, and where the rule was given */
function assertRule({ table, name, rule, place }: CollectedRule): void {
  try {
    readOptions(WHERE, policySchema, { [table]: Object.fromEntries([[name, rule]]) })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new TypeError(`${message} (${describePlace(place, table, name)})`)
  }
}

function assertMcpServer(server: unknown): void {
  if (typeof server === 'object' && server !== null && 'server' in server) return
  const found =
    typeof server === 'function'
      ? 'a function; call it, and give its result'
      : server instanceof Promise
        ? 'a promise; await it'
        : 'something else; write the rules of a low-level Server into the table'
  throw new TypeError(`${WHERE}: needs an McpServer of the MCP SDK; got ${found}`)
}
