import { ChallengeError } from '../errors/challenge-error.ts'
import { RequestRefusedError } from '../errors/request-refused-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { filterCompletion } from '../mcp/completion-filter.ts'
import { filterList } from '../mcp/list-filter.ts'
import { NameCheck } from '../mcp/name-check.ts'
import type { PolicyDecision } from '../mcp/policy/compiled-policy.ts'
import { assertKnownRule } from '../mcp/policy/known-rules.ts'
import type { PolicyRule } from '../mcp/policy/options.ts'
import type { RegisteredTable } from '../mcp/policy/rule-place.ts'
import { RegisteredResources } from '../mcp/registered-resources.ts'
import { quoted } from '../quoted.ts'
import { nameOf } from '../redaction.ts'
import { isThenable, type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import {
  decisionsObserved,
  listsObserved,
  publishDecision,
  publishList,
} from '../telemetry/publish.ts'
import { warnOnce } from '../telemetry/warnings.ts'
import { principalOf } from '../token/principal.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { toJsonRpcError } from './answer.ts'
import { createCorrelationId } from './correlation-id.ts'
import { createDecisionEvent, describe, refusalOf } from './decision-event.ts'
import { type Failure, isFailure } from './failure.ts'
import type { Gate } from './gate.ts'
import type {
  ConnectionMemory,
  DeliveredMessage,
  MessageGate,
  MessageOrigin,
  MessageRefusal,
} from './message-gate.ts'

type Verdict = MessageRefusal | undefined

/** @internal */
export class WiredMessageGate implements MessageGate {
  readonly #gate: Gate
  readonly #resource: string
  readonly #resources: RegisteredResources | undefined
  readonly #names: NameCheck | undefined

  constructor(gate: Gate) {
    const { policy } = gate
    this.#gate = gate
    this.#resource = new URL(gate.resource).href
    this.#resources = policy && new RegisteredResources(policy)
    this.#names = policy && new NameCheck(policy.book)
  }

  check(
    message: DeliveredMessage,
    origin: MessageOrigin,
    memory: ConnectionMemory,
  ): MaybePromise<Verdict> {
    const { method, params } = message
    return this.#guarded(message, origin, memory, () => {
      const token = this.#checkToken(message, origin)
      return whenSettled(this.#gate.revocations.check(token), () => {
        this.#checkOwner(token, origin, memory)
        if (method === undefined) return undefined
        return this.#gate.policy?.checkCall({ id: null, method, params }, token)
      })
    })
  }

  checkResource(
    registered: string,
    uri: string,
    message: DeliveredMessage,
    origin: MessageOrigin,
  ): MaybePromise<Verdict> {
    return this.#guarded(message, origin, {}, () => {
      const token = this.#checkToken(message, origin)
      return whenSettled(this.#gate.revocations.check(token), () =>
        this.#resources?.check(registered, uri, message.params, token),
      )
    })
  }

  async filterList(
    method: string,
    result: unknown,
    token: VerifiedToken | undefined,
    params: Readonly<Record<string, unknown>> = {},
  ): Promise<unknown> {
    const { policy, resource } = this.#gate
    if (policy === undefined) return result
    if (method === 'completion/complete') return filterCompletion(policy, params, result, token)
    this.#names?.list(this, method, result)
    const { shown, hidden, listed } = await filterList(policy, method, result, token)
    if (hidden.length > 0 && listsObserved()) {
      const { issuer, subject, clientId } = token ?? {}
      publishList({ method, resource, issuer, subject, clientId, listed, hidden })
    }
    return shown
  }

  registered(table: RegisteredTable, name: string): void {
    this.#names?.registered(this, table, name)
  }

  assertRule(table: RegisteredTable, name: string, rule: PolicyRule, place: () => string): void {
    assertKnownRule(this, this.#gate.policy?.book, table, name, rule, place)
  }

  #checkToken({ method }: DeliveredMessage, { token, resource }: MessageOrigin): VerifiedToken {
    const { streamGrace, clockTolerance, clock } = this.#gate
    if (token === undefined || resource !== this.#resource) {
      const found =
        token === undefined
          ? 'without a verified access token'
          : `with an access token that was verified for ${quoted(resource)}`
      const detail = `${quoted(method ?? 'a response').slice(1, -1)} came ${found}`
      warnOnce(this, 'MCP_GATE_MISSING', () => gateMissing(detail, this.#gate.resource))
      throw new UnavailableError('gate_missing', detail)
    }
    // A transport may keep using the token of its first request, so the expiry is checked again.
    // Streams may continue for `streamGrace` seconds. The message may also be of a request that the gate
    // has just accepted because clocks may differ: only the gate's 401 makes the client refresh.
    const grace = streamGrace === false ? Infinity : Math.max(streamGrace, clockTolerance)
    if (clock() / 1000 <= token.expiresAt + grace) return token
    throw new ChallengeError('token_expired', 'the token had expired when the message came')
  }

  /** Checks that a session is used only by the principal that sent its first message (S1.14). */
  #checkOwner(token: VerifiedToken, { sessionId }: MessageOrigin, memory: ConnectionMemory): void {
    if (sessionId === undefined || this.#gate.sessions === 'unchecked') return
    const principal = principalOf(token)
    const bound = token.confirmation !== undefined
    if (memory.owner === undefined && principal !== undefined) {
      memory.owner = principal
      memory.bound = bound
      memory.opening = this.#gate.revocations.openingOf(token)
    }
    if (memory.bound === true && !bound) {
      throw new RequestRefusedError('session_unknown', 'a bound token opened the session')
    }
    if (principal === undefined || principal !== memory.owner) {
      throw new RequestRefusedError('session_unknown', 'the session belongs to another principal')
    }
    const opening = memory.opening && this.#gate.revocations.stillOpen(memory.opening)
    if (opening !== undefined) memory.opening = opening
    else throw new ChallengeError('token_revoked', 'the token that opened the session is revoked')
  }

  /** Runs a check, and turns its error or negative decision into a refusal. */
  #guarded(
    message: DeliveredMessage,
    origin: MessageOrigin,
    memory: ConnectionMemory,
    check: () => MaybePromise<PolicyDecision | undefined>,
  ): MaybePromise<Verdict> {
    const failed = (error: unknown): Verdict => this.#refuse(error, message, origin, memory)
    const decided = (decision: PolicyDecision | undefined): Verdict => {
      const failure = failureOf(decision)
      return failure && failed(failure)
    }
    try {
      const decision = check()
      return isThenable(decision) ? decision.then(decided, failed) : decided(decision)
    } catch (error) {
      return failed(error)
    }
  }

  #refuse(
    error: unknown,
    message: DeliveredMessage,
    { token, shown, correlationId = createCorrelationId(this.#gate) }: MessageOrigin,
    { owner }: ConnectionMemory,
  ): MessageRefusal {
    const failure = isFailure(error) ? error : new UnavailableError('policy_failed', nameOf(error))
    if (decisionsObserved()) {
      const { method, params } = message
      const operation = method === undefined ? undefined : { method, params }
      const event = createDecisionEvent(refusalOf(failure, shown), {
        correlationId,
        resource: this.#gate.resource,
        method: undefined,
        operations: [operation === undefined ? 'a response' : describe(operation, shown)],
        token,
        possession: undefined,
        cache: undefined,
        duration: 0,
      })
      publishDecision(event)
    }
    // The answer would go to the owner of the session, whose client would take it for an answer to its
    // own request.
    const answerable = failure.reason !== 'session_unknown' || owner === undefined
    return { error: toJsonRpcError(failure, correlationId), answerable }
  }
}

function gateMissing(detail: string, resource: string): string {
  return (
    `protectServer: ${detail}, and was refused. The gate of ${resource} is missing, or is mounted ` +
    'after the route of the MCP server, or its authInfo does not reach the transport. Mount the gate ' +
    'before the route, for example app.use(expressGate(resourceServer)). Over stdio there ' +
    'are no access tokens: do not wrap a server for stdio in protectServer'
  )
}

function failureOf(decision: PolicyDecision | undefined): Failure | undefined {
  if (decision === undefined || decision.outcome === 'allowed') return undefined
  if (decision.outcome === 'denied') {
    return new RequestRefusedError('operation_denied', decision.detail)
  }
  if (decision.outcome === 'dpop_required') {
    const detail = 'what the MCP server runs needs a token that is bound to a DPoP key'
    return new ChallengeError('dpop_required', detail, decision.scopes)
  }
  const detail = 'the token has too few scopes for what the MCP server runs'
  return new ChallengeError('scope_missing', detail, decision.scopes)
}
