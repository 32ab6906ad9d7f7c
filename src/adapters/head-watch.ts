import type { AnswerHeaders, HttpAnswer } from '../http/http-answer.ts'
import { isThenable, type MaybePromise } from '../storage/maybe-promise.ts'
import { HeldAnswer, type Methods, SENDING, type Sending } from './held-answer.ts'
import { type HeadArguments, withLists } from './node-head.ts'
import type { NodeResponse } from './node-request.ts'

/** What {@link watchHead} does with the head (status and header fields) of an answer. @internal */
export interface HeadWatch {
  /** The header fields of the gate. A field that is a list is merged with the list of the handler. */
  readonly headers: AnswerHeaders
  /**
   * Called with the head before any part of the answer is sent.
   *
   * @returns the answer to send instead of the handler's answer; `undefined` sends the handler's answer
   */
  begun(status: number, rest: HeadArguments): MaybePromise<HttpAnswer | undefined>
  /** Called when the handler's head is sent. */
  goes(rest: HeadArguments): void
}

/**
 * Reports the head of an answer once, before any part of the answer is sent. If {@link HeadWatch.begun}
 * returns a promise, the answer waits for it. Node's methods cannot wait, so a {@link HeldAnswer}
 * stores their calls until then.
 *
 * The methods stay in place until the answer has ended. Other middleware may have replaced them meanwhile, for
 * example to compress the answer, and must not lose its own methods.
 *
 * @internal
 */
export function watchHead(response: NodeResponse, watch: HeadWatch): void {
  const watched = response as unknown as Methods & Watched
  const { writeHead, write, end, flushHeaders } = watched
  const own = { writeHead, write, end, flushHeaders }
  const outer = watched[HEAD]
  if (outer === undefined) {
    watched[HEAD] = new WatchedHead(response, own, watch)
    watched.writeHead = WATCHING.writeHead
    watched.write = WATCHING.write
    watched.end = WATCHING.end
    watched.flushHeaders = WATCHING.flushHeaders
  } else if (SENDING.every((name) => own[name] === WATCHING[name])) {
    watched[HEAD] = new WatchedHead(response, methodsOf(outer), watch)
  } else {
    // Between two guards, other middleware has replaced a method. The method calls the outer guard by `HEAD`.
    Object.assign(watched, methodsOf(new WatchedHead(response, own, watch)))
  }
}

/** The key under which a response keeps its {@link WatchedHead}. */
const HEAD = Symbol('watched head')

interface Watched {
  [HEAD]?: WatchedHead
}

/**
 * The methods of every watched response. All responses share them, because functions made for each response
 * cost more than all checks of a request: V8's minor garbage collections do not free a response that has a new
 * function as a property, nor anything that the response refers to.
 */
const WATCHING: Methods = {
  writeHead: watching('writeHead'),
  write: watching('write'),
  end: watching('end'),
  flushHeaders: watching('flushHeaders'),
}

function watching(name: Sending) {
  return function (this: Watched, ...args: unknown[]): unknown {
    return this[HEAD]?.call(name, args)
  }
}

/** Methods for one response, which calls an inner guard or other middleware between two guards. */
function methodsOf(head: WatchedHead): Methods {
  return {
    writeHead: (...args) => head.call('writeHead', args),
    write: (...args) => head.call('write', args),
    end: (...args) => head.call('end', args),
    flushHeaders: (...args) => head.call('flushHeaders', args),
  }
}

const NO_ARGUMENTS: HeadArguments = Object.freeze([])

/** The head of one answer, and the methods of the response that send it. */
class WatchedHead {
  readonly #response: NodeResponse
  readonly #own: Methods
  readonly #watch: HeadWatch
  #begun = false
  #held: HeldAnswer | undefined

  /** @param own the methods that send the answer: those of the response, or those of an outer guard */
  constructor(response: NodeResponse, own: Methods, watch: HeadWatch) {
    this.#response = response
    this.#own = own
    this.#watch = watch
  }

  /** Called instead of a method of the response. @returns what the method returns */
  call(name: Sending, args: readonly unknown[]): unknown {
    if (this.#held !== undefined) return this.#held.call(name, args)
    if (this.#begun) return this.#own[name].apply(this.#response, args as unknown[])
    this.#begun = true
    const isHead = name === 'writeHead'
    const status = isHead ? args[0] : this.#response.statusCode
    const rest = isHead ? args.slice(1) : NO_ARGUMENTS
    const instead = this.#watch.begun(status as number, rest)
    if (instead === undefined) return this.#send(name, args, rest)
    const held = new HeldAnswer(this.#response, this.#own)
    this.#held = held
    const result = held.keep(name, () => this.#send(name, args, rest))
    if (isThenable(instead)) Promise.resolve(instead).then((answer) => held.settle(answer))
    else held.settle(instead)
    return result
  }

  #send(name: Sending, args: readonly unknown[], rest: HeadArguments): unknown {
    this.#watch.goes(rest)
    const head = withLists(this.#response, rest, this.#watch.headers)
    const all = head === rest ? args : [args[0], ...head]
    try {
      return this.#own[name].apply(this.#response, all as unknown[])
    } catch (error) {
      // Node has refused the head, so the handler's next head is the head of the answer.
      if (!this.#response.headersSent) this.#begun = false
      throw error
    }
  }
}
