import type { Absence } from '../errors.ts'
import type { Call } from './messages.ts'
import type { Denied } from './policy.ts'

/** Methods that name a resource, and that revision 2026-07-28 no longer has. */
const REMOVED: ReadonlySet<string> = new Set(['resources/subscribe', 'resources/unsubscribe'])

const NO_METHOD = { code: -32601, message: 'Method not found' } as const

/**
 * The answer to a method that the revision of a call does not have, whatever the policy says of it.
 * What is not there must not look like a right that is missing.
 *
 * @internal
 */
export function removedMethod({ method }: Call, modern: boolean): Absence | undefined {
  return modern && REMOVED.has(method) ? { ...NO_METHOD, status: 404 } : undefined
}

/**
 * What a denied call is answered with in place of 403, in the way that the MCP SDKs answer for what is
 * not there: a method that no rule names may be one that nobody knows, and a resource that is denied
 * must look like one that does not exist. `undefined` for everything else.
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
    // To 404, clients of older revisions begin another session. A batch is refused as a whole.
    const status = modern ? 404 : alone && id !== null ? 200 : 400
    return { ...NO_METHOD, status }
  }
  const uri = params?.uri
  if (!modern || method !== 'resources/read' || typeof uri !== 'string') return undefined
  return { status: 200, code: -32602, message: `Resource not found: ${uri}`, data: { uri } }
}
