import type { ResourceRequest } from '../http/resource-request.ts'
import { isOfModernRevision } from '../mcp/mirrored-headers.ts'
import { type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { Gate } from './gate.ts'

/** The session of a request. @internal */
export interface RequestSession {
  /**
   * The session id; `undefined` when the request names no session, or when the gate does not check
   * sessions.
   */
  readonly id: string | undefined
  /** Header fields of the request that the handler must not see. */
  readonly withheld: readonly string[]
}

/** For a request without sessions: the handler must not see the headers that name a session (MCP-20). */
const WITHOUT_SESSIONS: RequestSession = {
  id: undefined,
  withheld: ['mcp-session-id', 'last-event-id'],
}
const NO_SESSION: RequestSession = { id: undefined, withheld: [] }

/**
 * Checks that the session of a request belongs to the token's principal.
 *
 * @throws {RequestRefusedError} `session_unknown`
 * @throws {UnavailableError} `session_store_failed` when the session store fails
 * @internal
 */
export function checkSession(
  { sessions }: Pick<Gate, 'sessions'>,
  request: ResourceRequest,
  token: VerifiedToken,
): MaybePromise<RequestSession> {
  if (request.headersStay !== true && isWithoutSessions(sessions, request)) return WITHOUT_SESSIONS
  if (typeof sessions === 'string') return NO_SESSION
  return whenSettled(sessions.check(request.headers, token), (id) =>
    id === undefined ? NO_SESSION : { id, withheld: NO_SESSION.withheld },
  )
}

/**
 * Whether a request belongs to no session. Revision 2026-07-28 has no sessions and uses only POST, so a
 * request with another method is of an earlier revision.
 */
function isWithoutSessions(sessions: Gate['sessions'], request: ResourceRequest): boolean {
  if (sessions === 'none') return true
  return request.method === 'POST' && isOfModernRevision(request.headers)
}
