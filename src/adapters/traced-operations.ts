import type { DeliveredMessage, MessageOrigin, MessageRefusal } from '../gate/message-gate.ts'
import { isObject } from '../json-object.ts'
import { traceCarrierOf } from '../mcp/trace-carrier.ts'
import { describeCall, knownRevision, tracedText } from '../mcp/traced-call.ts'
import { traceOperation } from '../telemetry/run-traces.ts'
import type { TraceCarrier } from '../telemetry/trace-runner.ts'
import { noteInTrace, type OperationEnd, type OperationTrace } from '../telemetry/traces.ts'
import type { KnownNames } from './known-names.ts'

/** A message that a transport delivers or sends. @internal */
export type Message = DeliveredMessage & {
  readonly id?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

/** How many operations of one connection are open at most. The oldest one ends when there are more. */
const MOST_OPEN = 1000

/** An operation whose answer has not been sent. */
interface OpenOperation {
  readonly message: Message
  readonly id: unknown
  readonly trace: OperationTrace
  readonly started: number
  readonly settle: () => void
  /** How the operation ends if the answer that is being sent arrives, or closes the connection. */
  answer?: Ending
}

type Ending = Omit<OperationEnd, 'duration'>

/** What a transport tells about a message, beside its sender. */
export interface Circumstances {
  readonly origin: MessageOrigin
  /** Reads the value of the header field `MCP-Protocol-Version`. */
  readonly revision: () => unknown
  readonly refusal: MessageRefusal | undefined
}

/** What is read from a message before it is delivered. */
interface Described {
  readonly id: unknown
  readonly trace: OperationTrace
  readonly carrier: TraceCarrier | undefined
}

/** Traces the operations of one connection, from the delivery of each message to its answer. @internal */
export class TracedOperations {
  readonly #names: KnownNames
  readonly #open = new Set<OpenOperation>()
  /** The revision that the server has answered `initialize` with. */
  #revision: string | undefined

  constructor(names: KnownNames) {
    this.#names = names
  }

  /**
   * Delivers a message inside its trace. A response of the client has no trace.
   *
   * @throws the error of the delivery
   */
  deliver(message: Message, about: Circumstances, delivery: () => void): void {
    const described = unlessItThrows(() => this.#describe(message, about))
    if (described === undefined) {
      delivery()
      return
    }
    const { id, trace, carrier } = described
    const { refusal } = about
    let failure: { readonly error: unknown } | undefined
    const work = (): Promise<void> =>
      new Promise((settle) => {
        const operation: OpenOperation = { message, id, trace, started: performance.now(), settle }
        this.#begin(operation)
        try {
          delivery()
        } catch (error) {
          failure = { error }
          this.#end(operation, failed('delivery_failed'))
        }
        if (refusal !== undefined) this.#end(operation, refused(refusal))
        else if (!isAnswered(id)) this.#end(operation, endedAs('delivered'))
      })
    void traceOperation(trace, carrier, work)
    if (failure !== undefined) throw failure.error
  }

  /** Whether no operation is open. */
  get none(): boolean {
    return this.#open.size === 0
  }

  /** Sends an answer, and ends its operation. @throws the error of `send` */
  async answer<T>(to: Message | undefined, answer: Message, send: () => Promise<T>): Promise<T> {
    const operation = this.#find(to, answer.id)
    if (operation === undefined) return send()
    const ending = unlessItThrows(() => this.#read(operation, answer)) ?? endedAs('answered')
    operation.answer = ending
    try {
      const sent = await send()
      this.#end(operation, ending)
      return sent
    } catch (error) {
      this.#end(operation, failed('send_failed'))
      throw error
    }
  }

  /** Ends all operations, because the connection is closed. */
  close(): void {
    for (const operation of this.#open) {
      this.#end(operation, operation.answer ?? endedAs('closed'))
    }
  }

  /** @returns `undefined` for a response of the client */
  #describe(message: Message, about: Circumstances): Described | undefined {
    const { method, id, params } = message
    if (method === undefined) return undefined
    const { origin, revision, refusal } = about
    const { token, resource, shown, sessionId, correlationId } = origin
    const call = describeCall({ id, method, params }, shown)
    const trace: OperationTrace = {
      ...call,
      protocolVersion: this.#revision ?? call.protocolVersion ?? knownRevision(revision()),
      methodKnown: this.#names.hasMethod(call.method),
      nameKnown: this.#names.hasTarget(call),
      correlationId,
      resource: token && resource,
      sessionId: tracedText(sessionId, shown),
      issuer: token?.issuer,
      subject: token?.subject,
      clientId: token?.clientId,
    }
    // A caller whose message is refused has no influence on the traces of this server.
    if (refusal !== undefined) return { id, trace, carrier: undefined }
    if (method === 'notifications/cancelled') this.#cancel(params?.requestId)
    return { id, trace, carrier: traceCarrierOf(params?._meta, shown) }
  }

  #begin(operation: OpenOperation): void {
    this.#open.add(operation)
    const [oldest] = this.#open
    if (this.#open.size > MOST_OPEN && oldest !== undefined) this.#end(oldest, endedAs('closed'))
  }

  #find(to: Message | undefined, id: unknown): OpenOperation | undefined {
    let found: OpenOperation | undefined
    for (const operation of this.#open) {
      // A client may use an id twice. Then the handler tells which request it answers.
      if (operation.message === to && operation.id === id) return operation
      if (operation.id === id && id !== undefined) found ??= operation
    }
    return found
  }

  #cancel(requestId: unknown): void {
    const cancelled = requestId === undefined ? undefined : this.#find(undefined, requestId)
    if (cancelled !== undefined) this.#end(cancelled, endedAs('cancelled'))
  }

  /** Reads from an answer how its operation ends. */
  #read({ trace }: OpenOperation, { result, error }: Message): Ending {
    if (error !== undefined) {
      const code = isObject(error) && typeof error.code === 'number' ? error.code : undefined
      return failed(code === undefined ? '_OTHER' : String(code), code)
    }
    if (isObject(result) && trace.tool !== undefined && result.isError === true) {
      return failed('tool_error')
    }
    this.#names.learn(trace, result)
    trace.methodKnown = this.#names.hasMethod(trace.method)
    trace.nameKnown = this.#names.hasTarget(trace)
    if (trace.method === 'initialize' && isObject(result)) {
      this.#revision = tracedText(result.protocolVersion, '')
      trace.protocolVersion = this.#revision
    }
    return endedAs('answered')
  }

  #end(operation: OpenOperation, ending: Ending): void {
    if (!this.#open.delete(operation)) return
    const { trace, started, settle } = operation
    noteInTrace(trace, { end: { ...ending, duration: performance.now() - started } })
    settle()
  }
}

/** Whether a message with this id is a request of JSON-RPC. No other message gets an answer. */
function isAnswered(id: unknown): boolean {
  return typeof id === 'string' || typeof id === 'number'
}

/** Reads something for a trace. A message or result that cannot be read goes its way without it. */
function unlessItThrows<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function endedAs(outcome: Ending['outcome']): Ending {
  return { outcome, errorCode: undefined, errorType: undefined }
}

function failed(errorType: string, errorCode?: number): Ending {
  return { outcome: 'failed', errorCode, errorType }
}

function refused({ error: { code } }: MessageRefusal): Ending {
  return { outcome: 'refused', errorCode: code, errorType: String(code) }
}
