import { RequestRefusedError } from '../../errors/request-refused-error.ts'
import type { ResourceRequest } from '../../http/resource-request.ts'
import { isThenable, type MaybePromise } from '../../storage/maybe-promise.ts'
import type { VerifiedToken } from '../../token/verified-token.ts'
import { absenceOfDenied, absenceOfRemovedMethod } from '../absence.ts'
import { type Call, readMessages } from '../messages.ts'
import { checkMirroredHeaders } from '../mirrored-headers.ts'
import { checkNoBody, isWithoutBody, readBody } from '../request-body.ts'
import type { CompiledPolicy, PolicyDecision } from './compiled-policy.ts'
import { describeOperation, type Target, targetsOf, uriLengthOf } from './operation.ts'

/** The body of a request, and the scopes that all its calls together need. @internal */
export interface CheckedRequest {
  /** The parsed body. */
  readonly message: unknown
  /** All scopes that the calls require. A challenge names them. */
  readonly scopes: readonly string[]
  /** Describes the calls for which the token lacks a scope; `undefined` when the token has all scopes. */
  readonly lacking: string | undefined
  /** Describes the calls that need a token that is bound to a DPoP key, if the token is not bound. */
  readonly unbound: string | undefined
}

/**
 * The limit for the total length of all URIs in one request, in characters. Matching takes longer for
 * longer URIs, and a batch or a subscription can name a hundred long URIs.
 */
const MAX_URI_LENGTH = 32_768

/** A call, with the tools, prompts or resources that it uses. */
interface TargetedCall {
  readonly call: Call
  readonly targets: readonly Target[]
}

/**
 * Checks that the policy allows all calls in the body of a request. Headers that repeat parts of the
 * body must be equal to these parts (MCP-23).
 *
 * @param seen receives the calls, also when the request is refused, so that the event can name the
 * calls
 * @returns `undefined` for a request without a body, which needs no rights beyond those of every request
 * @throws {RequestRefusedError} @throws {UnavailableError} `policy_failed`
 * @internal
 */
export async function checkRequest(
  policy: CompiledPolicy,
  request: ResourceRequest,
  token: VerifiedToken,
  seen: { calls?: readonly Call[] | undefined },
): Promise<CheckedRequest | undefined> {
  if (isWithoutBody(request.method)) {
    checkNoBody(request)
    return undefined
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
    // A later call may throw before this promise is awaited. This keeps its rejection from ending the
    // process.
    if (isThenable(decision)) decision.catch(() => {})
    decisions.push(decision)
  }
  // Most requests have one call whose decision is not a promise. They need not wait.
  if (decisions.every(isSettled)) return combine(message, decisions, calls, modern)
  return combine(message, await Promise.all(decisions), calls, modern)
}

const isSettled = (decision: MaybePromise<PolicyDecision>): decision is PolicyDecision =>
  !isThenable(decision)

/** Reads the targets of all calls, and checks their number and size before any rule is looked up. */
function readTargets(calls: readonly Call[], modern: boolean): readonly TargetedCall[] {
  let uriLength = 0
  return calls.map((call) => {
    // One subscription may name a hundred resources, so a batch of subscriptions could name ten
    // thousand.
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

/** Combines the decisions, one for each call. @throws {RequestRefusedError} `operation_denied` */
function combine(
  message: unknown,
  decisions: readonly PolicyDecision[],
  calls: readonly Call[],
  modern: boolean,
): CheckedRequest {
  const scopes = new Set<string>()
  const lacking: string[] = []
  const unbound: string[] = []
  const alone = calls.length === 1
  decisions.forEach((decision, at) => {
    const call = calls[at] as Call
    if (decision.outcome === 'denied') {
      throw new RequestRefusedError('operation_denied', decision.detail, {
        // An error with an id would answer only one call. A batch is refused as a whole, so its error
        // has no id.
        id: alone ? call.id : null,
        absence: absenceOfDenied(call, decision, { modern, alone }),
      })
    }
    for (const scope of decision.scopes) scopes.add(scope)
    if (decision.outcome === 'scope_missing') lacking.push(describeOperation(call))
    if (decision.outcome === 'dpop_required') unbound.push(describeOperation(call))
  })
  return { message, scopes: [...scopes], lacking: joined(lacking), unbound: joined(unbound) }
}

const joined = (described: readonly string[]): string | undefined =>
  described.length === 0 ? undefined : described.join(', ')
