import { isObject } from '../json-object.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { CompiledPolicy } from './policy/compiled-policy.ts'

/**
 * Filters the result of `completion/complete` for a resource template: removes the values that lead to
 * resources which the caller may not use. The values would reveal the names of these resources. Values
 * for the arguments of a prompt stay, because rules are not about arguments. If a value is removed,
 * `total` and `hasMore` are removed too, because they count it.
 *
 * @param params the parameters of the `completion/complete` request
 * @param token the caller's token; without a token, every value is removed
 * @internal
 */
export async function filterCompletion(
  policy: CompiledPolicy,
  params: Readonly<Record<string, unknown>>,
  result: unknown,
  token: VerifiedToken | undefined,
): Promise<unknown> {
  const { ref, argument, context } = params
  if (!isObject(ref) || ref.type === 'ref/prompt') return result
  if (!isObject(result) || !isObject(result.completion)) return result
  const { values, total: _total, hasMore: _more, ...rest } = result.completion
  if (!Array.isArray(values)) return result
  const chosen = isObject(context) && isObject(context.arguments) ? context.arguments : {}
  const name = isObject(argument) && typeof argument.name === 'string' ? argument.name : ''
  const shown = await Promise.all(
    values.map(async (value: unknown) => {
      if (token === undefined) return false
      const filled = { arguments: { ...chosen, [name]: value } }
      const call = { method: 'completion/complete', params: { ...params, context: filled } }
      const { outcome } = await policy.check(call, token).catch(() => ({ outcome: 'denied' }))
      return outcome === 'allowed' || (policy.showStepUp && outcome === 'scope_missing')
    }),
  )
  if (!shown.includes(false)) return result
  return { ...result, completion: { ...rest, values: values.filter((_value, at) => shown[at]) } }
}
