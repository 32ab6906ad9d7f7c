import { isObject } from '../token/strict-json.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { RuleTable } from './operation.ts'
import type { Policy } from './policy.ts'

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
        table: 'resources',
        use: 'resources/read',
      },
    ],
  ])

/** @internal */
export const LIST_METHODS: readonly string[] = [...LISTS.keys()]

/**
 * The result of a list method without what the caller may not use, marked as the caller's own
 * (MCP-25). Its cursor stays, so a page may be shorter than others, or empty.
 *
 * @param token of the caller; without one nothing is shown
 * @internal
 */
export async function filterList(
  policy: Policy,
  method: string,
  result: unknown,
  token: VerifiedToken | undefined,
): Promise<unknown> {
  const list = LISTS.get(method)
  if (list === undefined || !isObject(result)) return result
  const items = result[list.member]
  if (!Array.isArray(items)) return result
  const shown = await Promise.all(
    items.map(async (item: unknown) => {
      const name = isObject(item) ? item[list.key] : undefined
      if (token === undefined || typeof name !== 'string') return false
      const rules = policy.book.rulesFor(list.use, { table: list.table, name })
      const questions = rules.map(({ rule, name }) => ({
        // A template stands for many resources; a function can only judge one.
        rule: list.key === 'uriTemplate' ? { ...rule, allow: undefined } : rule,
        operation: { method: list.use, name, params: undefined },
      }))
      try {
        const { outcome } = await policy.answer(questions, token)
        return outcome === 'allowed' || (policy.showStepUp && outcome === 'scope_missing')
      } catch {
        // What cannot be judged is not shown; a call of it tells the operator why.
        return false
      }
    }),
  )
  return {
    ...result,
    [list.member]: items.filter((_item, at) => shown[at]),
    cacheScope: 'private',
  }
}
