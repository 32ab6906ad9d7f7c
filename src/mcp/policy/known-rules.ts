import { warnOnce } from '../../telemetry/warnings.ts'
import type { PolicyRule } from './options.ts'
import { compileRule, isSameRule } from './rule.ts'
import type { RuleBook } from './rule-book.ts'
import { describePlace, describeRegistered, type RegisteredTable } from './rule-place.ts'

const FIX =
  'give collectPolicy() a server that registers it, disabled if need be, and give the result to ' +
  'createResourceServer as the option `policy`'

/**
 * Checks that the policy has the rule that an MCP server gives beside a registration. The policy cannot
 * learn a rule later: the gate decides before an MCP server exists, and other instances would not learn
 * the rule.
 *
 * - The policy has the same rule: nothing happens.
 * - The policy has another rule: an error.
 * - The policy has no rule for the name, and denies what has no rule: a warning. The gate denies every
 *   call.
 * - The policy has no rule for the name, and may allow what has no rule: an error. The same holds for a
 *   resource if the policy has any rule for resources, because templates of the policy may match it.
 *
 * @param about the object that the warning is about
 * @param place says where the rule was given. It is called for a message only.
 * @throws {TypeError} names what to do
 * @internal
 */
export function assertKnownRule(
  about: object,
  book: RuleBook | undefined,
  table: RegisteredTable,
  name: string,
  rule: PolicyRule,
  place: () => string,
): void {
  const known = book?.[table].get(name)
  if (known !== undefined && isSameRule(known, compileRule(rule, name))) return
  const what = describeRegistered(table, name)
  const given = describePlace(place(), table, name)
  if (known !== undefined) {
    const enforced = describePlace(known.place, table, name)
    throw new TypeError(
      `protectServer: ${what} has two rules that differ: the gate enforces ${enforced}, and the MCP ` +
        `server has ${given}; remove one of them, or give it the same rule whenever a server is made`,
    )
  }
  const problem = `the policy does not have the rule of ${what} (${given})`
  const isClosed =
    book?.fallback.denied !== undefined && (table !== 'resources' || book.resources.size === 0)
  if (!isClosed) {
    const why = book === undefined ? 'there is no policy' : 'other rules may allow its use'
    throw new TypeError(`protectServer: ${problem}, and ${why}; ${FIX}`)
  }
  const message = () => `protectServer: ${problem}, so nobody may use it; ${FIX}`
  warnOnce(about, 'MCP_RULE_NOT_COLLECTED', message, `${table} ${name}`)
}
