import { isObject } from '../json-object.ts'
import type { HiddenItem } from '../telemetry/events.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { CompiledPolicy } from './policy/compiled-policy.ts'
import type { RuleTable } from './policy/operation.ts'

/** Where a list stands in its result, what names its items, and what is done with one. */
const LISTS: ReadonlyMap<string, { member: string; key: string; table: RuleTable; use: string }> =
  new Map([
    ['tools/list', { member: 'tools', key: 'name', table: 'tools', use: 'tools/call' }],
    ['prompts/list', { member: 'prompts', key: 'name', table: 'prompts', use: 'prompts/get' }],
    [
      'resources/list',
      { member: 'resources', key: 'uri', table: 'resources', use: 'resources/read' },
    ],
    [
      'resources/templates/list',
      {
        member: 'resourceTemplates',
        key: 'uriTemplate',
        table: 'templates',
        use: 'resources/read',
      },
    ],
  ])

/** Where the items of a list method stand, and by which rules they are judged. @internal */
export type List = NonNullable<ReturnType<typeof LISTS.get>>

/** @internal */
export function listOf(method: string): List | undefined {
  return LISTS.get(method)
}

/** A list as its caller may see it, and what was left out. @internal */
export interface FilteredList {
  /** The result for the caller. */
  readonly shown: unknown
  /** The items that the caller must not see. */
  readonly hidden: readonly HiddenItem[]
  /** How many items there were. */
  readonly listed: number
}

/**
 * The result of a list method without what the caller may not use, marked as the caller's own
 * (MCP-25). Its cursor stays, so a page may be shorter than others, or empty.
 *
 * @param token of the caller; without one nothing is shown
 * @internal
 */
export async function filterList(
  policy: CompiledPolicy,
  method: string,
  result: unknown,
  token: VerifiedToken | undefined,
): Promise<FilteredList> {
  const list = LISTS.get(method)
  const items = list !== undefined && isObject(result) ? result[list.member] : undefined
  if (list === undefined || !isObject(result) || !Array.isArray(items)) {
    return { shown: result, hidden: [], listed: 0 }
  }
  const reasons = await Promise.all(
    items.map((item: unknown) => {
      const name = isObject(item) ? item[list.key] : undefined
      return typeof name === 'string' ? whyHidden(policy, list, name, token) : 'operation_denied'
    }),
  )
  const hidden = items.flatMap((item: Record<string, unknown> | null, at): HiddenItem[] => {
    const reason = reasons[at]
    return reason === undefined ? [] : [{ name: String(item?.[list.key]), reason }]
  })
  const shown = {
    ...result,
    [list.member]: items.filter((_item, at) => reasons[at] === undefined),
    cacheScope: 'private',
  }
  return { shown, hidden, listed: items.length }
}

async function whyHidden(
  policy: CompiledPolicy,
  { key, table, use }: List,
  name: string,
  token: VerifiedToken | undefined,
): Promise<HiddenItem['reason'] | undefined> {
  if (token === undefined) return 'gate_missing'
  const rules = policy.book.rulesFor(use, { table, name })
  const questions = rules.map(({ rule, name }) => ({
    // A template stands for many resources; a function can only judge one.
    rule: key === 'uriTemplate' ? { ...rule, allow: undefined } : rule,
    operation: { method: use, name, params: undefined },
  }))
  try {
    const { outcome } = await policy.answer(questions, token)
    if (outcome === 'allowed' || (policy.showStepUp && outcome === 'scope_missing'))
      return undefined
    return outcome === 'denied' ? 'operation_denied' : outcome
  } catch {
    // What cannot be judged is not shown; a call of it tells the operator why.
    return 'policy_failed'
  }
}
