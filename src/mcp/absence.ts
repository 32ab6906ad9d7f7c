import type { Absence } from '../errors/request-refused-error.ts'
import type { Call } from './messages.ts'
import type { Denied } from './policy/compiled-policy.ts'

/** The methods with a resource URI that MCP revision 2026-07-28 removed. */
const REMOVED: ReadonlySet<string> = new Set(['resources/subscribe', 'resources/unsubscribe'])

const NO_METHOD = { code: -32601, message: 'Method not found' } as const

/**
 * Makes the answer "Method not found" for a method that the request's protocol revision no longer has;
 * `undefined` for other methods. It does not depend on the policy: after a 403, a client would ask for
 * more rights, which cannot help.
 *
 * @internal
 */
export function absenceOfRemovedMethod({ method }: Call, modern: boolean): Absence | undefined {
  return modern && REMOVED.has(method) ? { ...NO_METHOD, status: 404 } : undefined
}

/**
 * Makes the answer to a denied call that must look as if its method or resource did not exist. It
 * replaces the 403, and is the same as the answer of an MCP SDK. There are two such calls: a method
 * that no rule names, because the server may not have that method; and a denied `resources/read` of
 * revision 2026-07-28 or later, because the caller must not learn that the resource exists. Other calls
 * get `undefined`.
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
    // Clients of older revisions start a new session after a 404, so they get another status: 200 for a
    // single request, and 400 for a batch or a notification.
    const status = modern ? 404 : alone && id !== null ? 200 : 400
    return { ...NO_METHOD, status }
  }
  const uri = params?.uri
  if (!modern || method !== 'resources/read' || typeof uri !== 'string') return undefined
  return { status: 200, code: -32602, message: `Resource not found: ${uri}`, data: { uri } }
}
