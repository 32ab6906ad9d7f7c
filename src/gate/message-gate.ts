import { ChallengeError, RequestRefusedError, UnavailableError } from '../errors.ts'
import { filterCompletion } from '../mcp/completion-filter.ts'
import { filterList } from '../mcp/list-filter.ts'
import { NameCheck } from '../mcp/name-check.ts'
import type { PolicyDecision } from '../mcp/policy/compiled-policy.ts'
import { describeOperation } from '../mcp/policy/operation.ts'
import { RegisteredResources } from '../mcp/registered-resources.ts'
import { quoted } from '../quoted.ts'
import { nameOf, withoutToken } from '../redaction.ts'
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
import { type Gate, newId } from './authenticate.ts'
import type { JsonRpcError } from './decision.ts'

/** A JSON-RPC message as a transport delivers it to an MCP server; a response has no `method`. */
export interface DeliveredMessage {
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>> | undefined
}

/** Where a message came from, as far as its transport says. */
export interface MessageOrigin {
  /** The token that the gate verified; `undefined` where none came along. */
  readonly token: VerifiedToken | undefined
  /** The resource that the token was verified for. */
  readonly resource: string | undefined
  /** The token's text, which no event may repeat. */
  readonly shown: string
  /** Of a transport that serves one session. */
  readonly sessionId: string | undefined
}

/** What a connection of an MCP server remembers from one message to the next. */
export interface ConnectionMemory {
  /** Whose session it is: the principal of its first message. */
  owner?: string | undefined
}

/** Why a message must not reach the MCP server's handlers. */
export interface MessageRefusal {
  /** The error to answer a request with. */
  readonly error: JsonRpcError
  /** `false`: the answer would go to somebody else, so there must be none. */
  readonly answerable: boolean
}

/**
 * Judges messages where the MCP server receives them, after the gate has judged their requests: a
 * gate that is missing, or mounted after the route, must not be an open door. `protectServer` asks it.
 */
export interface MessageGate {
  /**
   * Whether a message may go on to the server's handlers; `undefined` means yes. A request needs a
   * token that this resource server verified and the policy's consent, notifications and responses
   * likewise. It neither throws nor rejects.
   */
  check(
    message: DeliveredMessage,
    origin: MessageOrigin,
    memory: ConnectionMemory,
  ): MessageRefusal | undefined | Promise<MessageRefusal | undefined>
  /**
   * Whether a registered resource, or a template, may be read by this call: the rule of its own name
   * must hold, whichever rules the URI was judged by before. A rule that names the URI itself goes
   * before that of the template. It neither throws nor rejects.
   *
   * @param registered the URI or the template's text, as it was registered
   * @param uri the URI that the read callback is given
   */
  checkResource(
    registered: string,
    uri: string,
    message: DeliveredMessage,
    origin: MessageOrigin,
  ): MessageRefusal | undefined | Promise<MessageRefusal | undefined>
  /**
   * The result of one of MCP's list methods, or of `completion/complete`, as the caller may see it
   * (MCP-25). Without a policy it stays as it is; without a token nothing is shown, nor is what cannot
   * be judged.
   *
   * @param params of the request; completions are judged by them
   */
  filterList(
    method: string,
    result: unknown,
    token: VerifiedToken | undefined,
    params?: Readonly<Record<string, unknown>>,
  ): Promise<unknown>
  /** Is told what the server has, so that a name without a rule is warned of at once. */
  registered(table: 'tools' | 'prompts' | 'resources', name: string): void
}

type Verdict = MessageRefusal | undefined
type Failure = ChallengeError | RequestRefusedError | UnavailableError

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
  ): Verdict | Promise<Verdict> {
    const { method, params } = message
    return this.#guarded(message, origin, memory, () => {
      const token = this.#requireToken(message, origin)
      this.#requireOwner(token, origin, memory)
      if (method === undefined) return undefined
      return this.#gate.policy?.checkCall({ id: null, method, params }, token)
    })
  }

  checkResource(
    registered: string,
    uri: string,
    message: DeliveredMessage,
    origin: MessageOrigin,
  ): Verdict | Promise<Verdict> {
    return this.#guarded(message, origin, {}, () => {
      const token = this.#requireToken(message, origin)
      return this.#resources?.check(registered, uri, message.params, token)
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

  registered(table: 'tools' | 'prompts' | 'resources', name: string): void {
    this.#names?.registered(this, table, name)
  }

  #requireToken({ method }: DeliveredMessage, { token, resource }: MessageOrigin): VerifiedToken {
    const { streamGrace, clock } = this.#gate
    if (token === undefined || resource !== this.#resource) {
      const found =
        token === undefined
          ? 'without a verified access token'
          : `with an access token that was verified for ${quoted(resource)}`
      const detail = `${quoted(method ?? 'a response').slice(1, -1)} came ${found}`
      warnOnce(this, 'MCP_GATE_MISSING', () => gateMissing(detail, this.#gate.resource))
      throw new UnavailableError('gate_missing', detail)
    }
    // A transport may hold the token of its first request; streams may outlive it by `streamGrace`.
    if (streamGrace === false || clock() / 1000 <= token.expiresAt + streamGrace) return token
    throw new ChallengeError('token_expired', 'the token had expired when the message came')
  }

  /** A transport that serves one session serves the principal who began it (S1.14). */
  #requireOwner(
    token: VerifiedToken,
    { sessionId }: MessageOrigin,
    memory: ConnectionMemory,
  ): void {
    if (sessionId === undefined || this.#gate.sessions === 'unchecked') return
    const principal = principalOf(token)
    memory.owner ??= principal
    if (principal !== undefined && principal === memory.owner) return
    throw new RequestRefusedError('session_unknown', 'the session belongs to another principal')
  }

  #guarded(
    message: DeliveredMessage,
    origin: MessageOrigin,
    memory: ConnectionMemory,
    judge: () => PolicyDecision | Promise<PolicyDecision> | undefined,
  ): Verdict | Promise<Verdict> {
    const failed = (error: unknown): Verdict => this.#refuse(error, message, origin, memory)
    const decided = (judgement: PolicyDecision | undefined): Verdict => {
      const failure = failureOf(judgement)
      return failure && failed(failure)
    }
    try {
      const judgement = judge()
      return judgement instanceof Promise ? judgement.then(decided, failed) : decided(judgement)
    } catch (error) {
      return failed(error)
    }
  }

  #refuse(
    error: unknown,
    message: DeliveredMessage,
    { token, shown }: MessageOrigin,
    { owner }: ConnectionMemory,
  ): MessageRefusal {
    const failure = isFailure(error) ? error : new UnavailableError('policy_failed', nameOf(error))
    const { status, reason } = failure
    const correlationId = newId(this.#gate)
    if (decisionsObserved()) {
      const { method, params } = message
      const what = method === undefined ? 'a response' : describeOperation({ method, params })
      publishDecision({
        outcome: outcomeOf(failure),
        status,
        reason,
        detail: withoutToken(failure.message, shown),
        correlationId,
        method: undefined,
        operations: [withoutToken(what, shown)],
        resource: this.#gate.resource,
        issuer: token?.issuer,
        subject: token?.subject,
        clientId: token?.clientId,
        requiredScopes: failure instanceof ChallengeError ? failure.requiredScopes : undefined,
        grantedScopes: token?.scopes,
        cache: undefined,
        duration: 0,
      })
    }
    // An answer to a stranger would reach the session's owner, who would take it for the server's own.
    const answerable = reason !== 'session_unknown' || owner === undefined
    return { error: toJsonRpcError(failure, correlationId), answerable }
  }
}

function gateMissing(detail: string, resource: string): string {
  return (
    `protectServer: ${detail}, and was refused. The gate of ${resource} is missing, or is mounted ` +
    'after the route of the MCP server, or its authInfo is not handed to the transport. Mount it ' +
    'before the route, for example app.use(expressGate(resourceServer)). Over stdio there ' +
    'is no access token: serve a server there that is not wrapped in protectServer'
  )
}

function failureOf(judgement: PolicyDecision | undefined): Failure | undefined {
  if (judgement === undefined || judgement.outcome === 'allowed') return undefined
  if (judgement.outcome === 'denied') {
    return new RequestRefusedError('operation_denied', judgement.detail)
  }
  const detail = 'the token has too few scopes for what the MCP server runs'
  return new ChallengeError('scope_missing', detail, judgement.scopes)
}

function isFailure(error: unknown): error is Failure {
  return (
    error instanceof ChallengeError ||
    error instanceof RequestRefusedError ||
    error instanceof UnavailableError
  )
}

function outcomeOf(failure: Failure): 'challenged' | 'refused' | 'unavailable' {
  if (failure instanceof UnavailableError) return 'unavailable'
  return failure instanceof ChallengeError ? 'challenged' : 'refused'
}
