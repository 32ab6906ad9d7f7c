import { RequestRefusedError } from '../../errors.ts'
import type { ResourceRequest } from '../../http/resource-request.ts'
import type { MaybePromise } from '../../storage/maybe-promise.ts'
import type { VerifiedToken } from '../../token/verified-token.ts'
import { absenceOfDenied, absenceOfRemovedMethod } from '../absence.ts'
import { type Call, readMessages } from '../messages.ts'
import { checkMirroredHeaders } from '../mirrored-headers.ts'
import { checkNoBody, isWithoutBody, readBody } from '../request-body.ts'
import type { CompiledPolicy, PolicyDecision } from './compiled-policy.ts'
import { describeOperation, type Target, targetsOf, uriLengthOf } from './operation.ts'

/** What a request needs for all its calls together. @internal */
export interface CheckedRequest {
  /** The parsed body. */
  readonly message: unknown
  /** All scopes that its calls require, for a challenge to name. */
  readonly scopes: readonly string[]
  /** Describes the calls for which the token lacks a scope; `undefined` when it lacks none. */
  readonly lacking: string | undefined
}

/**
 * The limit for the characters of all URIs in one request. The time to match URIs grows with their
 * length, and a batch or a subscription can name a hundred long ones.
 */
const MAX_URI_LENGTH = 32_768

const NO_MESSAGE: CheckedRequest = { message: undefined, scopes: [], lacking: undefined }

/** A call and its targets. */
interface TargetedCall {
  readonly call: Call
  readonly targets: readonly Target[]
}

/**
 * Checks what a request asks the MCP server to do. Only the body decides. Headers that repeat parts of
 * the body must agree with it (MCP-23).
 *
 * @param seen receives the calls, also when the request is refused: its event names them
 * @throws {RequestRefusedError} @throws {UnavailableError} `policy_failed`
 * @internal
 */
export async function checkRequest(
  policy: CompiledPolicy,
  request: ResourceRequest,
  token: VerifiedToken,
  seen: { calls?: readonly Call[] | undefined },
): Promise<CheckedRequest> {
  if (isWithoutBody(request.method)) {
    checkNoBody(request)
    return NO_MESSAGE
  }
  const message = await readBody(request, policy.limits.maxBodySize)
  const messages = readMessages(message, policy.limits.maxBatchSize)
  const { calls } = messages
  seen.calls = calls
  const modern = checkMirroredHeaders(request.headers, messages)
  const targeted = readTargets(calls, modern)
  const decisions: MaybePromise<PolicyDecision>[] = []
  for (const { call, targets } of targeted) {
    const decision = policy.checkTargets(call, targets, token)
    // A later call may throw before this promise is awaited. Its failure must not end the process.
    if (decision instanceof Promise) decision.catch(() => {})
    decisions.push(decision)
  }
  const [only] = decisions
  // The usual request is one call that needs no promise.
  if (decisions.length === 1 && only !== undefined && !(only instanceof Promise)) {
    return combine(message, [only], calls, modern)
  }
  return combine(message, await Promise.all(decisions), calls, modern)
}

/** Reads the targets of all calls, and checks their number and size before any rule is looked up. */
function readTargets(calls: readonly Call[], modern: boolean): readonly TargetedCall[] {
  let uriLength = 0
  return calls.map((call) => {
    // One subscription may name a hundred resources, so a batch of them could name ten thousand.
    if (calls.length > 1 && call.method === 'subscriptions/listen') {
      const detail = 'subscriptions/listen in a batch; it must be the only call of its request'
      throw new RequestRefusedError('body_malformed', detail, { id: call.id })
    }
    const absence = absenceOfRemovedMethod(call, modern)
    if (absence !== undefined) {
      const detail = `${describeOperation(call)}: the request's revision does not have this method`
      throw new RequestRefusedError('operation_denied', detail, { id: call.id, absence })
    }
    const targets = targetsOf(call)
    uriLength += uriLengthOf(targets)
    if (uriLength > MAX_URI_LENGTH) {
      const detail = `the URIs of the request have more than ${MAX_URI_LENGTH} characters`
      throw new RequestRefusedError('body_malformed', detail)
    }
    return { call, targets }
  })
}

/** Combines the decisions about all calls. @throws {RequestRefusedError} `operation_denied` */
function combine(
  message: unknown,
  decisions: readonly PolicyDecision[],
  calls: readonly Call[],
  modern: boolean,
): CheckedRequest {
  const scopes = new Set<string>()
  const lacking: string[] = []
  const alone = calls.length === 1
  decisions.forEach((decision, at) => {
    const call = calls[at]
    if (decision.outcome === 'denied') {
      throw new RequestRefusedError('operation_denied', decision.detail, {
        // An error with an id answers that call alone. A batch is refused as a whole.
        id: alone ? (call?.id ?? null) : null,
        absence: call && absenceOfDenied(call, decision, { modern, alone }),
      })
    }
    for (const scope of decision.scopes) scopes.add(scope)
    if (decision.outcome === 'scope_missing' && call) lacking.push(describeOperation(call))
  })
  const described = lacking.length === 0 ? undefined : lacking.join(', ')
  return { message, scopes: [...scopes], lacking: described }
}
