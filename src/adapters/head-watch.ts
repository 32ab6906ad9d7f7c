import type { AnswerHeaders, HttpAnswer } from '../http/http-answer.ts'
import { isThenable, type MaybePromise } from '../storage/maybe-promise.ts'
import { HeldAnswer, type Methods, SENDING, type Sending } from './held-answer.ts'
import { type HeadArguments, withLists } from './node-head.ts'
import type { NodeResponse } from './node-request.ts'

/** What is done with the head of an answer. @internal */
export interface HeadWatch {
  /** Header fields whose lists are merged with the handler's. */
  readonly headers: AnswerHeaders
  /**
   * Takes the head before anything of the answer goes out.
   *
   * @returns the answer to send in place of the handler's; `undefined`: the handler's may go
   */
  begun(status: number, rest: HeadArguments): MaybePromise<HttpAnswer | undefined>
  /** Called when the handler's head goes out. */
  goes(rest: HeadArguments): void
}

/**
 * Looks at the head of an answer once, before anything of it goes out. Where {@link HeadWatch.begun}
 * gives a promise, the answer waits for it: Node's methods cannot wait, so their calls are kept.
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
