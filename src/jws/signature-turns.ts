// The global functions may be those of fake timers, which do not run by themselves.
import { setImmediate } from 'node:timers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MaybePromise } from '../storage/maybe-promise.ts'

/** The longest time in ms that one signature may take on this thread. A longer one goes to WebCrypto. */
const LONGEST_SIGNATURE = 0.3

/** The longest time in ms that signatures may occupy one turn of the event loop. */
const LONGEST_TURN = 1

/** The clock of the platform, also if fake timers replace it later. */
const realTime = performance.now.bind(performance)

/** The two ways to verify a signature, for one key. @internal */
export interface SignatureWays {
  /** Verifies on this thread. `undefined` if that is impossible. */
  readonly here: ((signed: Uint8Array, signature: Uint8Array) => boolean) | undefined
  /** Verifies on another thread, with WebCrypto. */
  elsewhere(signed: Uint8Array, signature: Uint8Array): Promise<boolean>
  /**
   * The shortest time in ms that a valid signature took, in either way. The time of WebCrypto includes the
   * hand-over to the other thread and back, so that time is never too short. The times of invalid signatures do
   * not count: many invalid signatures are refused before the computation.
   */
  cost: number
}

/**
 * Decides for each signature whether it is verified on this thread or by WebCrypto.
 *
 * WebCrypto hands a signature to another thread and back. For a single signature that takes longer than
 * the computation. For many at the same time WebCrypto is better: its threads work in parallel, and the
 * event loop is free. So a signature is verified on this thread if it is quick, and
 * - it is the first one in this turn of the event loop, or
 * - WebCrypto is verifying no other signature, and the turn stays below {@link LONGEST_TURN}.
 *
 * @internal
 */
export class SignatureTurns {
  readonly #now: () => number
  /** When the first signature of this turn began. `undefined` if there was none. */
  #began: number | undefined
  /** How many signatures WebCrypto is verifying. */
  #elsewhere = 0
  /** Whether a signature waits for the next turn. */
  #waits = false

  /** @param now milliseconds, from any start */
  constructor(now: () => number = realTime) {
    this.#now = now
  }

  verify(ways: SignatureWays, signed: Uint8Array, signature: Uint8Array): MaybePromise<boolean> {
    const { here, cost } = ways
    const start = this.#now()
    if (here === undefined || cost > LONGEST_SIGNATURE) {
      return this.#verifyElsewhere(ways, signed, signature, start)
    }
    if (this.#began === undefined) {
      this.#began = start
      setImmediate(this.#endTurn)
    } else if (this.#elsewhere > 0 || start + cost - this.#began > LONGEST_TURN) {
      if (this.#elsewhere > 0 || this.#waits) {
        return this.#verifyElsewhere(ways, signed, signature, start)
      }
      // One caller verifies many tokens one after the other. Waiting for the next turn takes less time than
      // another thread.
      this.#waits = true
      return nextTurn().then(() => {
        this.#waits = false
        return this.verify(ways, signed, signature)
      })
    }
    const holds = here(signed, signature)
    if (holds) this.#learn(ways, start)
    return holds
  }

  readonly #endTurn = (): void => {
    this.#began = undefined
  }

  async #verifyElsewhere(
    ways: SignatureWays,
    signed: Uint8Array,
    signature: Uint8Array,
    start: number,
  ): Promise<boolean> {
    this.#elsewhere += 1
    try {
      const holds = await ways.elsewhere(signed, signature)
      if (holds) this.#learn(ways, start)
      return holds
    } finally {
      this.#elsewhere -= 1
    }
  }

  /** Lowers the cost to the measured time. A time of zero or less is ignored: the clock stood still, or was set back. */
  #learn(ways: SignatureWays, start: number): void {
    const time = this.#now() - start
    if (time > 0 && time < ways.cost) ways.cost = time
  }
}
