import { randomUUID } from 'node:crypto'
import { backOff, Waiting } from '../waiting.ts'
import type { RegisteredStreams } from './registered-streams.ts'

/** How often a stream is verified, in milliseconds. @internal */
export interface VerificationTiming {
  /** The time until the first verification event is asked for. With push, the server must listen by then. */
  readonly firstVerification: number
  /** The time after which a missing verification event is reported. */
  readonly verificationWait: number
  /** The longest time between two requests for an event. */
  readonly longestPause: number
}

/** @internal */
export interface StreamVerificationParts {
  readonly streams: RegisteredStreams
  readonly streamId: string
  readonly timing: VerificationTiming
  /** Called when the event is missing for `verificationWait`, or cannot be asked for. */
  readonly onMissing: (detail: string) => void
  /** Called when an event has arrived. */
  readonly onVerified: () => void
}

/**
 * Verifies a stream: it asks for a verification event with a random `state`, until one arrives (SSF 1.0
 * §8.1.4).
 *
 * Several instances may share one address. Then the event for one instance may arrive at another. So every
 * verification event of the stream counts, whichever instance has asked for it: it is signed, it is not a
 * repetition, and it shows that events of the stream arrive here.
 *
 * @internal
 */
export class StreamVerification {
  readonly #parts: StreamVerificationParts
  readonly #stop = new AbortController()
  readonly #waiting = new Waiting(this.#stop.signal)
  readonly #state = randomUUID()
  #verified = false

  constructor(parts: StreamVerificationParts) {
    this.#parts = parts
  }

  get verified(): boolean {
    return this.#verified
  }

  start(): void {
    void this.#ask()
  }

  /** A verification event of this stream has arrived. */
  arrived(): void {
    if (this.#verified || this.#stop.signal.aborted) return
    this.#verified = true
    this.#waiting.end()
    this.#parts.onVerified()
  }

  close(): void {
    this.#stop.abort()
  }

  async #ask(): Promise<void> {
    const { streams, streamId, timing, onMissing } = this.#parts
    const { firstVerification, verificationWait, longestPause } = timing
    const { signal } = this.#stop
    const isOver = (): boolean => this.#verified || signal.aborted
    await this.#waiting.wait(firstVerification)
    const started = performance.now()
    let told: string | undefined
    for (let asked = 1; !isOver(); asked += 1) {
      let pause = backOff(asked, verificationWait / 4, longestPause)
      let fault: string | undefined
      try {
        const later = await streams.verify(streamId, this.#state)
        if (later !== undefined) pause = Math.max(pause, later * 1000)
      } catch (error) {
        fault = (error as Error).message
      }
      if (isOver()) return
      if (fault === undefined && performance.now() - started >= verificationWait) {
        fault =
          'no verification event has arrived: the transmitter cannot reach this server, or the events of the stream arrive elsewhere'
      }
      if (fault !== undefined && fault !== told) onMissing(fault)
      told = fault ?? told
      await this.#waiting.wait(pause)
    }
  }
}
