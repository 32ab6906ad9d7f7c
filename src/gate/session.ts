import type { ResourceRequest } from '../http/resource-request.ts'
import { namesModernRevision } from '../mcp/mirrored-headers.ts'
import { type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { Gate } from './gate.ts'

/** The session of a request. @internal */
export interface RequestSession {
  /** `undefined`: the request belongs to no session, or sessions are not checked here. */
  readonly id: string | undefined
  /** Header fields of the request that the handler must not see. */
  readonly withheld: readonly string[]
}

/** Sessions do not exist there, so no handler may see the headers that name one (MCP-20). */
const WITHOUT_SESSIONS: RequestSession = {
  id: undefined,
  withheld: ['mcp-session-id', 'last-event-id'],
}
const NO_SESSION: RequestSession = { id: undefined, withheld: [] }

/**
 * Checks that the session which a request names belongs to the token's principal.
 *
 * @throws {RequestRefusedError} `session_unknown`
 * @throws {UnavailableError} where the sessions cannot be read
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

/** Revision 2026-07-28 has no sessions. It knows only POST, so any other method is of an earlier one. */
function isWithoutSessions(sessions: Gate['sessions'], request: ResourceRequest): boolean {
  if (sessions === 'none') return true
  return request.method === 'POST' && namesModernRevision(request.headers)
}
