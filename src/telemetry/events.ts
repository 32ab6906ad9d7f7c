import type {
  ChallengeReason,
  NearMiss,
  RefusalReason,
  UnavailableReason,
} from '../errors/reasons.ts'

/**
 * Name of the `node:diagnostics_channel` that publishes each decision as a {@link DecisionEvent}.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 * import { DECISION_CHANNEL, type DecisionEvent } from 'mcp-resource-server/telemetry'
 *
 * subscribe(DECISION_CHANNEL, (message) => {
 *   const event = message as DecisionEvent
 *   if (event.outcome !== 'allowed') console.warn(event.correlationId, event.reason, event.detail)
 * })
 * ```
 */
export const DECISION_CHANNEL = 'mcp-resource-server:decision'

/** Name of the channel that publishes each HTTP call to an authorization server as an {@link OutboundEvent}. */
export const OUTBOUND_CHANNEL = 'mcp-resource-server:outbound'

/** Name of the channel that publishes a {@link ListEvent} for each list with items hidden from the caller. */
export const LIST_CHANNEL = 'mcp-resource-server:list'

/** Name of the channel that publishes what happens to revocations, as a {@link RevocationEvent}. */
export const REVOCATION_CHANNEL = 'mcp-resource-server:revocation'

/**
 * Name of the channel that publishes clients that are refused again and again with fresh tokens, as a
 * {@link ClientLoopingEvent}. Such a client asks its user to log in for ever.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 * import { CLIENT_LOOPING_CHANNEL, type ClientLoopingEvent } from 'mcp-resource-server/telemetry'
 *
 * subscribe(CLIENT_LOOPING_CHANNEL, (message) => {
 *   const { clientId, verified, refusals, detail, remedy } = message as ClientLoopingEvent
 *   console.error(verified ? clientId : 'somebody', refusals, detail, remedy)
 * })
 * ```
 */
export const CLIENT_LOOPING_CHANNEL = 'mcp-resource-server:client-looping'

/**
 * A client that was refused at least three times in a row, each time with another token that was issued at
 * most two minutes before. It contains no token.
 */
export interface ClientLoopingEvent {
  readonly kind: 'client_looping'
  /** The protected resource. */
  readonly resource: string
  /** The issuer that the tokens name. */
  readonly issuer: string | undefined
  /** The client id that the tokens name. */
  readonly clientId: string | undefined
  /** The subject that the tokens name. */
  readonly subject: string | undefined
  /**
   * Whether a configured issuer vouches for `issuer`, `clientId` and `subject`, because it has signed the
   * tokens. If not, anybody can have made them up: do not accuse a client or user.
   */
  readonly verified: boolean
  /** How many different tokens were refused in a row. */
  readonly refusals: number
  /** Milliseconds from the first refusal to the last. */
  readonly duration: number
  /** Why the tokens were refused. It is the same reason each time. */
  readonly reason: ChallengeReason
  /** How the last token nearly fits; `undefined` if nothing is recognised. */
  readonly nearMiss: NearMiss | undefined
  /** The description of the last refusal, for the operator. */
  readonly detail: string
  /** What the operator can change. */
  readonly remedy: string
  /** The id of the last request. */
  readonly correlationId: string
}

/** Something that happened to revocations. It contains no token. */
export interface RevocationEvent {
  /**
   * `revoked`: tokens were revoked. `message_refused`: a logout token, a security event or a pushed
   * message was refused, or an entry of the shared store is damaged.
   * `event_unknown`: a security event has no effect here. `stream_changed`: the stream of security events
   * has another status. `source_failed`, `source_back`: a source cannot be asked, or can be asked again.
   * `store_away`, `store_back`: the shared store does not answer, or answers again. `list_full`: old
   * entries were merged to make room. `streams_ended`: open event streams of revoked tokens were ended.
   */
  readonly kind:
    | 'revoked'
    | 'message_refused'
    | 'event_unknown'
    | 'stream_changed'
    | 'source_failed'
    | 'source_back'
    | 'store_away'
    | 'store_back'
    | 'list_full'
    | 'streams_ended'
  /** Where it comes from. */
  readonly source:
    | 'program'
    | 'logout_token'
    | 'security_event'
    | 'not_before'
    | 'pushed_message'
    | 'shared_store'
  /** The protected resource. */
  readonly resource: string
  /** The issuer; `undefined` if it is not known, or if all are meant. */
  readonly issuer: string | undefined
  /** A description, for the operator. */
  readonly detail: string
}

/** The decision about one request. It contains no token, no secret and no header. */
export interface DecisionEvent {
  readonly outcome: 'allowed' | 'challenged' | 'refused' | 'unavailable'
  readonly status: 200 | 400 | 401 | 403 | 404 | 413 | 415 | 503
  /** Why the request was not allowed; `undefined` if it was allowed. */
  readonly reason: ChallengeReason | RefusalReason | UnavailableReason | undefined
  /** A description of the fault, for the operator. */
  readonly detail: string | undefined
  /** How a refused token or request nearly fits; `undefined` if nothing is recognised. */
  readonly nearMiss: NearMiss | undefined
  /** The id of the request. An answer that refuses the request contains it. */
  readonly correlationId: string
  /**
   * The HTTP method of the request. `undefined` for a token that `verify()` checked without a request,
   * and for a message that `protectServer` refused inside the MCP server.
   */
  readonly method: string | undefined
  /**
   * The operations of the request, such as `tools/call "delete_dataset"`; of a batch the first twenty.
   * `undefined` if no policy checked the request.
   */
  readonly operations: readonly string[] | undefined
  /** The protected resource. */
  readonly resource: string
  /** The issuer of the verified token, also if the token has too few scopes. */
  readonly issuer: string | undefined
  /** The subject of the verified token. */
  readonly subject: string | undefined
  /** The client id of the verified token. */
  readonly clientId: string | undefined
  /** With `scope_missing`: the scopes in the challenge to the caller (MCP-12). */
  readonly requiredScopes: readonly string[] | undefined
  /** The scopes of the verified token. */
  readonly grantedScopes: readonly string[] | undefined
  /**
   * How the caller proved that it possesses the key that the token is bound to. Empty for a bearer token;
   * `undefined` if possession was not checked.
   */
  readonly possession: readonly ('dpop' | 'mtls')[] | undefined
  /** Whether the verification came from the cache; `undefined` if no token was verified. */
  readonly cache: 'hit' | 'miss' | undefined
  /** Milliseconds from request to decision. */
  readonly duration: number
}

/** An item that is hidden from the caller of a list. */
export interface HiddenItem {
  /** The name of the tool or prompt, the URI of the resource, or the template of the resources. */
  readonly name: string
  readonly reason:
    | 'operation_denied'
    | 'scope_missing'
    | 'dpop_required'
    | 'policy_failed'
    | 'gate_missing'
}

/** One list that was shortened for its caller. */
export interface ListEvent {
  /** The MCP method, such as `tools/list`. */
  readonly method: string
  readonly resource: string
  readonly issuer: string | undefined
  readonly subject: string | undefined
  readonly clientId: string | undefined
  /** How many items the MCP server listed. */
  readonly listed: number
  /** How many of the listed items were hidden from the caller. */
  readonly hiddenCount: number
  /** The first twenty hidden items. */
  readonly hidden: readonly HiddenItem[]
}

/** One HTTP call to an authorization server. */
export interface OutboundEvent {
  readonly purpose:
    | 'discovery'
    | 'key_set'
    | 'introspection'
    | 'token_exchange'
    | 'inspection'
    | 'not_before'
    | 'security_events'
    | 'stream_configuration'
    | 'client_token'
  readonly issuer: string
  readonly method: string
  /** The URL without its query. */
  readonly url: string
  /** The HTTP status; `undefined` if no answer arrived. */
  readonly status: number | undefined
  /** A description of the error, for the operator; `undefined` if the call succeeded. */
  readonly error: string | undefined
  /** The id of the request that caused the call; `undefined` for a refresh in the background. */
  readonly correlationId: string | undefined
  /** Milliseconds from the start of the call to its end. */
  readonly duration: number
}
