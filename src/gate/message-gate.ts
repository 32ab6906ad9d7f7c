import type { PolicyRule } from '../mcp/policy/options.ts'
import type { RegisteredTable } from '../mcp/policy/rule-place.ts'
import type { SessionOpening } from '../revocation/revocation.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { JsonRpcError } from './decision.ts'

/** A JSON-RPC message that a transport delivers to an MCP server. A response has no `method`. */
export interface DeliveredMessage {
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>> | undefined
}

/** What the transport tells about the sender of a message. */
export interface MessageOrigin {
  /** The token that the gate has verified; `undefined` when the message came without a verified token. */
  readonly token: VerifiedToken | undefined
  /** The resource that the token has been verified for. */
  readonly resource: string | undefined
  /** The token as text. No event may contain it. */
  readonly shown: string
  /** The id of the session, if the transport serves only one session. */
  readonly sessionId: string | undefined
  /** The correlation id of the HTTP request that brought the message. A refusal quotes it. */
  readonly correlationId?: string | undefined
}

/** What a connection to an MCP server remembers between messages. */
export interface ConnectionMemory {
  /** The principal of the first message, who owns the session. */
  owner?: string | undefined
  /** Whether the token of the first message was bound to a key or certificate. */
  bound?: boolean
  /** The token of the first message: digests and times. If the token is revoked, the session ends. */
  opening?: SessionOpening
}

/** Why a message must not reach the MCP server's handlers. */
export interface MessageRefusal {
  /** The error that answers the message, if the message is a request. */
  readonly error: JsonRpcError
  /** `false`: do not answer, because another caller would get the answer. */
  readonly answerable: boolean
}

/**
 * Checks messages inside the MCP server, after the gate has checked the HTTP requests. So the MCP
 * server stays protected when the gate is missing, or is mounted after the route. `protectServer` uses
 * it.
 */
export interface MessageGate {
  /**
   * Checks whether a message may reach the handlers of the MCP server. `undefined` means that it may.
   * Every request, notification and response needs a token that this resource server has verified. The
   * policy must allow the operation. This method neither throws nor rejects.
   */
  check(
    message: DeliveredMessage,
    origin: MessageOrigin,
    memory: ConnectionMemory,
  ): MaybePromise<MessageRefusal | undefined>
  /**
   * Checks whether a call may read a registered resource or template. The rule for its registered name
   * must allow the call, also when the rules for the URI have allowed it. A rule that names exactly the
   * URI takes precedence over the rule of a template. This method neither throws nor rejects.
   *
   * @param registered the registered URI, or the text of the registered template
   * @param uri the URI that the SDK passes to the read callback
   */
  checkResource(
    registered: string,
    uri: string,
    message: DeliveredMessage,
    origin: MessageOrigin,
  ): MaybePromise<MessageRefusal | undefined>
  /**
   * Removes the items that the caller may not use from the result of a list method or of
   * `completion/complete` (MCP-25). Without a policy, the result is returned unchanged. Without a
   * token, all items are removed. An item whose rule cannot be checked is removed.
   *
   * @param params the parameters of the request, which the completion filter reads
   */
  filterList(
    method: string,
    result: unknown,
    token: VerifiedToken | undefined,
    params?: Readonly<Record<string, unknown>>,
  ): Promise<unknown>
  /** Call it for each name that the MCP server registers. It warns if the name has no rule. */
  registered(table: RegisteredTable, name: string): void
  /**
   * Call it for each rule that is given beside a registration, and again when what is registered gets
   * another name. It checks that the policy has the same rule for this name. If the policy has no rule for
   * the name, and nobody may use what has no rule, it only warns.
   *
   * @param place says where the rule was given; it is called for a message only
   * @throws {TypeError} when the gate enforces another rule, or might let callers through without a rule
   */
  assertRule(table: RegisteredTable, name: string, rule: PolicyRule, place: () => string): void
}
