import { isObject } from '../json-object.ts'
import type { HiddenItem } from '../telemetry/events.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { CompiledPolicy } from './policy/compiled-policy.ts'
import { type TargetTable, targetOf } from './policy/operation.ts'

/** Describes one of the lists of MCP: where its items are, and which rules apply to them. @internal */
export interface McpList {
  /** The member of the result that contains the items. */
  readonly member: string
  /** The member of an item that contains its name. */
  readonly key: string
  readonly table: TargetTable
  /** The method that uses one item of the list. */
  readonly use: string
}

const LISTS: ReadonlyMap<string, McpList> = new Map([
  ['tools/list', { member: 'tools', key: 'name', table: 'tools', use: 'tools/call' }],
  ['prompts/list', { member: 'prompts', key: 'name', table: 'prompts', use: 'prompts/get' }],
  [
    'resources/list',
    { member: 'resources', key: 'uri', table: 'resources', use: 'resources/read' },
  ],
  [
    'resources/templates/list',
    { member: 'resourceTemplates', key: 'uriTemplate', table: 'templates', use: 'resources/read' },
  ],
])

/** Returns the list that a method asks for; `undefined` for a method that asks for no list. @internal */
export function listOf(method: string): McpList | undefined {
  return LISTS.get(method)
}

/** A filtered list. @internal */
export interface FilteredList {
  /** The result for the caller. */
  readonly shown: unknown
  /** The items that were removed. */
  readonly hidden: readonly HiddenItem[]
  /** The number of items before the filter. */
  readonly listed: number
}

/**
 * Removes the items that the caller may not use from the result of a list method (MCP-25). It also
 * marks the result as private, so that shared caches do not keep it. It keeps the cursor, so a page may
 * be short or empty.
 *
 * @param token the caller's token; without a token, every item is removed
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

/** Returns why an item is hidden; `undefined` when it is shown. */
async function whyHidden(
  policy: CompiledPolicy,
  { table, use }: McpList,
  name: string,
  token: VerifiedToken | undefined,
): Promise<HiddenItem['reason'] | undefined> {
  if (token === undefined) return 'gate_missing'
  const rules = policy.book.rulesFor(use, targetOf(table, name))
  // A template matches many resources, but the function `allow` decides about one resource. So the
  // function is not called for templates.
  const isTemplate = table === 'templates'
  const applied = isTemplate
    ? rules.map(({ rule, operation }) => ({ rule: { ...rule, allow: undefined }, operation }))
    : rules
  try {
    const { outcome } = await policy.checkRules(applied, token)
    if (outcome === 'allowed' || (policy.showStepUp && outcome === 'scope_missing'))
      return undefined
    return outcome === 'denied' ? 'operation_denied' : outcome
  } catch {
    // Calling the item reports the reason of the failure to the operator. The list does not.
    return 'policy_failed'
  }
}
