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
 * @internal
 */
export function watchHead(response: NodeResponse, watch: HeadWatch): void {
  const methods = response as unknown as Methods
  const own: Methods = { ...methodsOf(methods) }
  const intercept =
    (name: Sending) =>
    (...args: unknown[]): unknown => {
      Object.assign(methods, own)
      const [status, ...rest] = name === 'writeHead' ? args : [response.statusCode]
      const instead = watch.begun(status as number, rest)
      const send = (): unknown => {
        watch.goes(rest)
        const head = withLists(response, rest, watch.headers)
        return name === 'writeHead'
          ? own.writeHead.call(response, status, ...head)
          : own[name].apply(response, args)
      }
      if (instead === undefined) return send()
      const held = new HeldAnswer(response, own)
      const result = held.keep(name, send)
      if (isThenable(instead)) Promise.resolve(instead).then((answer) => held.settle(answer))
      else held.settle(instead)
      return result
    }
  for (const name of SENDING) methods[name] = intercept(name)
}

function methodsOf({ writeHead, write, end, flushHeaders }: Methods): Methods {
  return { writeHead, write, end, flushHeaders }
}
