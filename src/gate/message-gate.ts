import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { JsonRpcError } from './decision.ts'

/** A JSON-RPC message as a transport delivers it to an MCP server. A response has no `method`. */
export interface DeliveredMessage {
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>> | undefined
}

/** The sender of a message, as far as the transport says. */
export interface MessageOrigin {
  /** The token that the gate verified; `undefined` where the message came without one. */
  readonly token: VerifiedToken | undefined
  /** The resource that the token was verified for. */
  readonly resource: string | undefined
  /** The token's text, which no event may repeat. */
  readonly shown: string
  /** Set where the transport serves one session. */
  readonly sessionId: string | undefined
}

/** State that a connection of an MCP server keeps from one message to the next. */
export interface ConnectionMemory {
  /** The principal of the first message. The session belongs to it. */
  owner?: string | undefined
}

/** Why a message must not reach the MCP server's handlers. */
export interface MessageRefusal {
  /** The error to answer a request with. */
  readonly error: JsonRpcError
  /** `false`: somebody else would get the answer, so there must be none. */
  readonly answerable: boolean
}

/**
 * Checks messages where the MCP server receives them, after the gate has checked their requests. So a
 * gate that is missing, or mounted after the route, opens nothing. `protectServer` uses it.
 */
export interface MessageGate {
  /**
   * Checks whether a message may go on to the server's handlers; `undefined` means yes. A request, a
   * notification and a response each need a token that this resource server verified. The policy must
   * allow what they ask for. It neither throws nor rejects.
   */
  check(
    message: DeliveredMessage,
    origin: MessageOrigin,
    memory: ConnectionMemory,
  ): MaybePromise<MessageRefusal | undefined>
  /**
   * Checks whether a call may read a registered resource or template: the rule for its registered
   * name must allow it, whichever rules the URI passed before. A rule that names the URI itself goes
   * before the rule of a template. It neither throws nor rejects.
   *
   * @param registered the URI, or the template's text, as it was registered
   * @param uri the URI that the read callback is given
   */
  checkResource(
    registered: string,
    uri: string,
    message: DeliveredMessage,
    origin: MessageOrigin,
  ): MaybePromise<MessageRefusal | undefined>
  /**
   * Leaves out of the result of a list method, or of `completion/complete`, what the caller may not
   * see (MCP-25). Without a policy the result stays as it is. Without a token it is empty. An item
   * whose rule cannot be checked is left out.
   *
   * @param params of the request; the completion filter reads them
   */
  filterList(
    method: string,
    result: unknown,
    token: VerifiedToken | undefined,
    params?: Readonly<Record<string, unknown>>,
  ): Promise<unknown>
  /** Takes a name that the server registers. A name without a rule is warned of at once. */
  registered(table: 'tools' | 'prompts' | 'resources', name: string): void
}
