import type { VerifiedToken } from '../token/verified-token.ts'

/**
 * The event streams that are open, with the tokens that opened them. The streams of a revoked token are
 * ended.
 *
 * @internal
 */
export class OpenStreams {
  readonly #streams = new Set<{ readonly token: VerifiedToken; readonly end: () => void }>()
  readonly #isRevoked: (token: VerifiedToken) => boolean
  #sweeping = false

  constructor(isRevoked: (token: VerifiedToken) => boolean) {
    this.#isRevoked = isRevoked
  }

  get size(): number {
    return this.#streams.size
  }

  /** @returns a function to call when the stream has ended */
  add(token: VerifiedToken, end: () => void): () => void {
    const stream = { token, end }
    this.#streams.add(stream)
    return () => void this.#streams.delete(stream)
  }

  /** Ends the streams of revoked tokens. Many entries may arrive at once, so all share one pass. */
  endRevoked(): void {
    if (this.#sweeping || this.#streams.size === 0) return
    this.#sweeping = true
    setImmediate(() => {
      this.#sweeping = false
      for (const stream of this.#streams) {
        if (!this.#isRevoked(stream.token)) continue
        this.#streams.delete(stream)
        stream.end()
      }
    })
  }
}
