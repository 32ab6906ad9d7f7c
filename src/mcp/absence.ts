import type { Absence } from '../errors.ts'
import type { Call } from './messages.ts'
import type { Denied } from './policy/compiled-policy.ts'

/** Methods that name a resource, and that revision 2026-07-28 no longer has. */
const REMOVED: ReadonlySet<string> = new Set(['resources/subscribe', 'resources/unsubscribe'])

const NO_METHOD = { code: -32601, message: 'Method not found' } as const

/**
 * The answer to a method that the call's protocol revision does not have, whatever the policy says about
 * the method: the client must not take it for a missing right.
 *
 * @internal
 */
export function removedMethod({ method }: Call, modern: boolean): Absence | undefined {
  return modern && REMOVED.has(method) ? { ...NO_METHOD, status: 404 } : undefined
}

/**
 * The answer to a denied call in place of 403, as the MCP SDKs answer for what does not exist. It is for
 * methods that no rule names, which the server may not have, and for denied resources, which must look
 * like missing ones. `undefined` for everything else.
 *
 * @param alone whether the call is the only one of its request
 * @internal
 */
export function absenceOf(
  { id, method, params }: Call,
  { unruled }: Denied,
  { modern, alone }: { readonly modern: boolean; readonly alone: boolean },
): Absence | undefined {
  if (unruled === 'methods') {
    // Clients of older revisions begin a new session on 404. A batch is refused as a whole.
    const status = modern ? 404 : alone && id !== null ? 200 : 400
    return { ...NO_METHOD, status }
  }
  const uri = params?.uri
  if (!modern || method !== 'resources/read' || typeof uri !== 'string') return undefined
  return { status: 200, code: -32602, message: `Resource not found: ${uri}`, data: { uri } }
}
