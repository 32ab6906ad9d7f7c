import { AsyncLocalStorage } from 'node:async_hooks'
import type {
  ConnectionMemory,
  MessageGate,
  MessageOrigin,
  MessageRefusal,
} from '../gate/message-gate.ts'
import { isThenable } from '../storage/maybe-promise.ts'
import { operationsObserved } from '../telemetry/run-traces.ts'
import { verifiedTokenOf } from './auth-info.ts'
import { namesKnownTo } from './known-names.ts'
import { type Message, TracedOperations } from './traced-operations.ts'

/** The part of the low-level `Server` that both MCP SDK versions (v1 and v2) share. */
export interface ConnectingServer {
  /** Connects the server to a transport. */
  connect(transport: never): Promise<void>
  /** The transport that the server is connected to. */
  readonly transport?: unknown
}

/** What a transport passes on with a message. SDK v1 has `requestInfo`, v2 has `request`. */
interface Extra {
  readonly authInfo?: unknown
  readonly requestInfo?: { readonly headers?: Readonly<Record<string, unknown>> }
  readonly request?: { readonly headers?: { get?(name: string): unknown } }
}

/** The part of an MCP transport that this package uses. It is the same in SDK v1 and v2. */
interface Transport {
  start(): Promise<void>
  send(message: object, options?: unknown): Promise<void>
  onmessage?: ((message: Message, extra?: Extra) => void) | undefined
  onclose?: (() => void) | undefined
  onerror?: ((error: Error) => void) | undefined
  readonly sessionId?: string | undefined
}

/** A message whose handler is running. @internal */
export interface InFlight {
  readonly transport: object
  readonly message: Message
  readonly origin: MessageOrigin
}

/** The message whose handler is running in the current asynchronous context. */
const inFlight = new AsyncLocalStorage<InFlight>()

/** Returns the message whose handler calls this function. @internal */
export function messageInFlight(): InFlight | undefined {
  return inFlight.getStore()
}

/** Reads the sender of a message from the `authInfo` of a transport or of a handler's context. @internal */
export function originOf(authInfo: unknown, sessionId: string | undefined): MessageOrigin {
  const { resource, token, extra } = (authInfo ?? {}) as {
    resource?: unknown
    token?: unknown
    extra?: { correlationId?: unknown }
  }
  const correlationId = extra?.correlationId
  return {
    token: verifiedTokenOf(authInfo),
    resource: resource === undefined ? undefined : String(resource),
    shown: typeof token === 'string' ? token : '',
    sessionId,
    correlationId: typeof correlationId === 'string' ? correlationId : undefined,
  }
}

/**
 * Checks each message that a transport delivers to a server, and filters the lists in the server's
 * answers. It wraps only public methods of SDK v1 and v2: `connect` of the server, and `start`,
 * `onmessage` and `send` of the transport. So it does not matter when and how handlers are registered.
 *
 * @internal
 */
export function guardConnections(messages: MessageGate, server: ConnectingServer): void {
  const connect = server.connect as (...args: unknown[]) => Promise<void>
  const guarded = async (transport: Transport, ...rest: unknown[]): Promise<void> => {
    const guard = guardStart(messages, transport)
    try {
      await connect.call(server, transport, ...rest)
    } finally {
      guard.restore()
    }
    if (guard.started) return
    await (server as { close?: () => Promise<void> }).close?.()
    throw new TypeError(
      'protectServer: the MCP SDK did not start the transport in connect(), so messages cannot be ' +
        'checked; this version of the SDK is not supported',
    )
  }
  server.connect = guarded as ConnectingServer['connect']
}

/**
 * Guards a transport when the SDK starts it. At that moment the SDK has set `onmessage`, and no message
 * has arrived yet.
 */
function guardStart(messages: MessageGate, transport: Transport) {
  const { start } = transport
  const guard = {
    started: false,
    restore(): void {
      if (Object.hasOwn(transport, 'start')) transport.start = start
    },
  }
  transport.start = (): Promise<void> => {
    guard.restore()
    guardMessages(messages, transport)
    guard.started = true
    return start.call(transport)
  }
  return guard
}

function guardMessages(messages: MessageGate, transport: Transport): void {
  const { onmessage: deliver } = transport
  if (deliver === undefined) {
    throw new TypeError(
      'protectServer: the MCP SDK has not set `onmessage` of the transport; this version of the SDK is not supported',
    )
  }
  const send = transport.send.bind(transport)
  const memory: ConnectionMemory = {}
  const report = (error: unknown): void =>
    transport.onerror?.(error instanceof Error ? error : new Error(String(error)))

  const operations = new TracedOperations(namesKnownTo(messages))
  const { onclose } = transport
  transport.onclose = () => {
    operations.close()
    onclose?.call(transport)
  }

  transport.onmessage = (message, extra) => {
    const origin = originOf(extra?.authInfo, transport.sessionId)
    const settle = (refusal: MessageRefusal | undefined): void => {
      const delivery = (): void => {
        if (refusal === undefined) {
          inFlight.run({ transport, message, origin }, () => deliver(message, extra))
        } else if (refusal.answerable && message.method !== undefined && message.id !== undefined) {
          send({ jsonrpc: '2.0', id: message.id, error: refusal.error }).catch(report)
        }
      }
      const about = { origin, revision: () => revisionIn(extra), refusal }
      if (operationsObserved()) operations.deliver(message, about, delivery)
      else delivery()
    }
    const verdict = messages.check(message, origin, memory)
    if (isThenable(verdict)) verdict.then(settle).catch(report)
    else settle(verdict)
  }

  const answer = async (message: Message, options: unknown): Promise<void> => {
    if (message.result === undefined || message.method !== undefined) return send(message, options)
    const call = messageInFlight()
    // The method of the request tells whether the answer is a list. The token of the request filters
    // the list.
    if (call?.transport !== transport || call.message.id !== message.id) {
      throw new Error(
        'protectServer: the server sent a response outside of the handler of its request; it cannot be filtered',
      )
    }
    const { method = '', params } = call.message
    const result = await messages.filterList(method, message.result, call.origin.token, params)
    return send(result === message.result ? message : { ...message, result }, options)
  }

  transport.send = (message: Message, options) => {
    const sent = (): Promise<void> => answer(message, options)
    if (operations.none || message.method !== undefined) return sent()
    return operations.answer(messageInFlight()?.message, message, sent)
  }
}

/** The value of `MCP-Protocol-Version`, which requests of revisions before 2026-07-28 have. */
function revisionIn(extra: Extra | undefined): unknown {
  const name = 'mcp-protocol-version'
  return extra?.requestInfo?.headers?.[name] ?? extra?.request?.headers?.get?.(name)
}
