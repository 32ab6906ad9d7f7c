import { AsyncLocalStorage } from 'node:async_hooks'
import type {
  ConnectionMemory,
  DeliveredMessage,
  MessageGate,
  MessageOrigin,
  MessageRefusal,
} from '../gate/message-gate.ts'
import { verifiedTokenOf } from './auth-info.ts'

/** The part that the low-level servers of both MCP SDK majors share. */
export interface ConnectingServer {
  connect(transport: never): Promise<void>
  /** The transport that the server is connected to. */
  readonly transport?: unknown
}

/** A message that a transport delivers or sends. */
type Message = DeliveredMessage & { readonly id?: unknown; readonly result?: unknown }

/** The part of a transport, of either major, that is used here. */
interface Transport {
  start(): Promise<void>
  send(message: object, options?: unknown): Promise<void>
  onmessage?: ((message: Message, extra?: { readonly authInfo?: unknown }) => void) | undefined
  onerror?: ((error: Error) => void) | undefined
  readonly sessionId?: string | undefined
}

/** A message whose handler is running. @internal */
export interface InFlight {
  readonly transport: object
  readonly message: Message
  readonly origin: MessageOrigin
}

/** The message that a running handler, and what it sends, belong to. */
const inFlight = new AsyncLocalStorage<InFlight>()

/** The message whose handler calls this function. @internal */
export function messageInFlight(): InFlight | undefined {
  return inFlight.getStore()
}

/** The sender of a message, by what a transport or a handler's context has. @internal */
export function originOf(authInfo: unknown, sessionId: string | undefined): MessageOrigin {
  const { resource, token } = (authInfo ?? {}) as { resource?: unknown; token?: unknown }
  return {
    token: verifiedTokenOf(authInfo),
    resource: resource === undefined ? undefined : String(resource),
    shown: typeof token === 'string' ? token : '',
    sessionId,
  }
}

/**
 * Checks each message that a transport delivers to a server, and filters the lists that the server
 * answers with. It wraps what both majors of the SDK make public: `connect`, and a transport's
 * `start`, `onmessage` and `send`. So it does not matter when and how handlers were registered.
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
      'protectServer: the MCP SDK did not start the transport in connect(), so nothing can be ' +
        'guarded; this version of the SDK is not supported',
    )
  }
  server.connect = guarded as ConnectingServer['connect']
}

/** The SDK sets `onmessage` before it starts the transport, and messages come from then on. */
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
    throw new TypeError('protectServer: the MCP SDK has not set `onmessage` of its transport')
  }
  const send = transport.send.bind(transport)
  const memory: ConnectionMemory = {}
  const report = (error: unknown): void =>
    transport.onerror?.(error instanceof Error ? error : new Error(String(error)))

  transport.onmessage = (message, extra) => {
    const origin = originOf(extra?.authInfo, transport.sessionId)
    const settle = (refusal: MessageRefusal | undefined): void => {
      if (refusal === undefined) {
        inFlight.run({ transport, message, origin }, () => deliver(message, extra))
      } else if (refusal.answerable && message.method !== undefined && message.id !== undefined) {
        send({ jsonrpc: '2.0', id: message.id, error: refusal.error }).catch(report)
      }
    }
    const verdict = messages.check(message, origin, memory)
    if (verdict instanceof Promise) verdict.then(settle).catch(report)
    else settle(verdict)
  }

  transport.send = async (message: Message, options) => {
    if (message.result === undefined || message.method !== undefined) return send(message, options)
    const call = messageInFlight()
    // The request shows whether the answer is a list, and whose token filters it.
    if (call?.transport !== transport || call.message.id !== message.id) {
      throw new Error('protectServer: the server answers outside of the request that it answers')
    }
    const { method = '', params } = call.message
    const result = await messages.filterList(method, message.result, call.origin.token, params)
    return send(result === message.result ? message : { ...message, result }, options)
  }
}
