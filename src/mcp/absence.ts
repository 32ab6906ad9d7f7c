import type { Absence } from '../errors.ts'
import type { Call } from './messages.ts'
import type { Denied } from './policy/compiled-policy.ts'

/** Methods that name a resource and that revision 2026-07-28 removed. */
const REMOVED: ReadonlySet<string> = new Set(['resources/subscribe', 'resources/unsubscribe'])

const NO_METHOD = { code: -32601, message: 'Method not found' } as const

/**
 * The answer to a method that the request's protocol revision no longer has. It does not depend on
 * the policy: a client that is told 403 would ask for more rights.
 *
 * @internal
 */
export function absenceOfRemovedMethod({ method }: Call, modern: boolean): Absence | undefined {
  return modern && REMOVED.has(method) ? { ...NO_METHOD, status: 404 } : undefined
}

/**
 * The answer to a denied call that replaces the 403, as an MCP SDK answers for something that does
 * not exist. Two kinds of calls get it: methods that no rule names, since the server may not have them,
 * and denied resources, which must look like missing ones. `undefined` for all others.
 *
 * @param context.alone whether the call is the only one of its request
 * @internal
 */
export function absenceOfDenied(
  { id, method, params }: Call,
  { unknownMethod }: Denied,
  { modern, alone }: { readonly modern: boolean; readonly alone: boolean },
): Absence | undefined {
  if (unknownMethod === true) {
    // A client of an older revision starts a new session when it gets 404. A batch is refused as a whole.
    const status = modern ? 404 : alone && id !== null ? 200 : 400
    return { ...NO_METHOD, status }
  }
  const uri = params?.uri
  if (!modern || method !== 'resources/read' || typeof uri !== 'string') return undefined
  return { status: 200, code: -32602, message: `Resource not found: ${uri}`, data: { uri } }
}
