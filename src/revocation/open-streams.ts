import { nameOf } from '../redaction.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/** @internal */
export interface OpenStreamsOptions {
  readonly isRevoked: (token: VerifiedToken) => boolean
  /** Called with the number of streams after some were ended. */
  readonly onEnded: (streams: number) => void
}

/** How many streams are looked at before other work may run. */
const AT_ONCE = 500

/**
 * The event streams that are open, with the tokens that opened them. The streams of a revoked token are
 * ended.
 *
 * @internal
 */
export class OpenStreams {
  readonly #streams = new Set<{ readonly token: VerifiedToken; readonly end: () => void }>()
  readonly #options: OpenStreamsOptions
  /** Whether a pass is under way, and whether another one must follow it. */
  #pass: 'none' | 'running' | 'again' = 'none'

  constructor(options: OpenStreamsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#streams.size
  }

  /**
   * Adds a stream. The token may have been revoked since the request was allowed; then the stream ends at
   * once.
   *
   * @param end ends the stream. It is never called before this method returns
   * @returns a function to call when the stream has ended
   */
  add(token: VerifiedToken, end: () => void): () => void {
    const stream = { token, end }
    this.#streams.add(stream)
    if (this.#options.isRevoked(token)) this.endRevoked()
    return () => void this.#streams.delete(stream)
  }

  /** Ends the streams of revoked tokens. Many entries may arrive at once, so all share one pass. */
  endRevoked(): void {
    if (this.#streams.size === 0) return
    if (this.#pass !== 'none') {
      this.#pass = 'again'
      return
    }
    this.#pass = 'running'
    this.#look(this.#streams.values(), 0)
  }

  /** Looks at some streams, and leaves the rest for later: the end of many streams takes a while. */
  #look(
    streams: Iterator<{ readonly token: VerifiedToken; readonly end: () => void }>,
    ended: number,
  ): void {
    setImmediate(() => {
      let sum = ended
      for (let looked = 0; looked < AT_ONCE; looked += 1) {
        const { done, value } = streams.next()
        if (done === true) return this.#passed(sum)
        if (!this.#options.isRevoked(value.token)) continue
        this.#streams.delete(value)
        sum += 1
        try {
          value.end()
        } catch (error) {
          process.emitWarning(`an event stream of a revoked token did not end: ${nameOf(error)}`)
        }
      }
      this.#look(streams, sum)
    })
  }

  #passed(ended: number): void {
    if (ended > 0) this.#options.onEnded(ended)
    const again = this.#pass === 'again'
    this.#pass = 'none'
    if (again) this.endRevoked()
  }
}
