import type { Transmitter } from '../../authorization-server/transmitter/transmitter.ts'
import { ChallengeError } from '../../errors/challenge-error.ts'
import { UnavailableError } from '../../errors/unavailable-error.ts'
import { parseCompactJws } from '../../jws/compact-jws.ts'
import { quoted } from '../../quoted.ts'
import { nameOf } from '../../redaction.ts'
import type { RevocationEvent } from '../../telemetry/events.ts'
import type { SecurityEvents } from '../events/security-events.ts'
import { type SetError, setErrorOf } from '../events/set-error.ts'
import { type AttemptPauses, RepeatedAttempt } from '../repeated-attempt.ts'
import { RefusedMessage } from '../signed-message.ts'
import { readPollAnswer } from './poll-answer.ts'

/** @internal */
export interface PollTiming extends AttemptPauses {
  /** How long a message is tried again that newer keys or another audience may make good. */
  readonly patience: number
}

/** @internal */
export const POLL_TIMING: PollTiming = {
  interval: 5000,
  firstPause: 1000,
  longestPause: 60_000,
  patience: 60_000,
}

/** @internal */
export interface EventPollingParts {
  readonly transmitter: Transmitter
  readonly events: Pick<SecurityEvents, 'accept'>
  /** The URL to poll: a `URL` from the options, or what the stream says; `undefined` while it is not known. */
  readonly url: () => URL | string | undefined
  /** Called when the stream may be another one: the URL is gone, or the audience is wrong. */
  readonly onDoubt?: () => void
  readonly report: (event: Pick<RevocationEvent, 'kind' | 'detail'>) => void
  readonly timing?: Partial<PollTiming>
}

/** Most events in one answer. */
const MOST_EVENTS = 100
/** Most polls without a pause, while the transmitter says that there is more. */
const MOST_ROUNDS = 100

/**
 * Fetches the security events of a stream (RFC 8936). There is one poll at a time.
 *
 * An event is acknowledged with the next poll, and only after it counts here, and in the shared store if
 * there is one. An event that could not be judged, because keys or store did not answer, is neither
 * acknowledged nor refused: the transmitter sends it again.
 *
 * @internal
 */
export class EventPolling {
  readonly #parts: EventPollingParts
  readonly #timing: PollTiming
  readonly #attempts: RepeatedAttempt
  #acknowledged = new Set<string>()
  #refused = new Map<string, SetError>()
  /** When a message was first refused for a reason that may pass, in milliseconds. */
  #doubted = new Map<string, number>()
  #maxEvents = MOST_EVENTS
  #failure: string | undefined

  constructor(parts: EventPollingParts) {
    this.#parts = parts
    this.#timing = { ...POLL_TIMING, ...parts.timing }
    this.#attempts = new RepeatedAttempt({
      ...this.#timing,
      attempt: () => this.#drain(),
      closed: () => parts.transmitter.failed('close() was called'),
    })
  }

  start(): void {
    this.#attempts.start()
  }

  /** Waits until the events that are there have been fetched. @throws {UnavailableError} */
  ready(): Promise<void> {
    return this.#attempts.ready()
  }

  close(): void {
    this.#attempts.close()
  }

  /** Polls until the transmitter has no more events. */
  async #drain(): Promise<void> {
    try {
      for (let round = 0; round < MOST_ROUNDS && !this.#attempts.signal.aborted; round += 1) {
        if (!(await this.#poll())) break
      }
    } catch (error) {
      if (this.#attempts.signal.aborted) throw error
      const failure =
        error instanceof UnavailableError ? error : this.#parts.transmitter.failed(nameOf(error))
      // The answer may have been too large.
      this.#maxEvents = Math.max(1, Math.floor(this.#maxEvents / 2))
      if (failure.message !== this.#failure) {
        this.#failure = failure.message
        this.#parts.report({ kind: 'source_failed', detail: failure.message })
      }
      throw failure
    }
    if (this.#failure === undefined) return
    this.#failure = undefined
    this.#parts.report({ kind: 'source_back', detail: 'security events can be fetched again' })
  }

  /** Polls once. @returns whether to poll again at once */
  async #poll(): Promise<boolean> {
    const { transmitter, onDoubt } = this.#parts
    const url = this.#url()
    const maxEvents = this.#maxEvents
    const acknowledged = [...this.#acknowledged]
    const refused = [...this.#refused]
    const { status, retryAfter, value, words } = await transmitter.call({
      to: url,
      purpose: 'security_events',
      method: 'POST',
      signal: this.#attempts.signal,
      // Not a long poll: the answer would take longer than the limits of HTTP calls allow.
      body: {
        maxEvents,
        returnImmediately: true,
        ack: acknowledged,
        setErrs: Object.fromEntries(refused),
      },
    })
    if (status === 404 || status === 410) onDoubt?.()
    if (status !== 200 && status !== 202 && status !== 204) {
      throw transmitter.failed(words, retryAfter)
    }
    const answer = readPollAnswer(value, maxEvents)
    if (typeof answer === 'string') throw transmitter.failed(`the poll endpoint: ${answer}`)
    for (const tokenId of acknowledged) this.#acknowledged.delete(tokenId)
    for (const [tokenId] of refused) this.#refused.delete(tokenId)
    this.#maxEvents = Math.min(MOST_EVENTS, maxEvents * 2)
    this.#forgetDoubts(answer.sets.map(([tokenId]) => tokenId))
    for (const [tokenId, set] of answer.sets) await this.#take(tokenId, set)
    const progress = this.#acknowledged.size + this.#refused.size > 0
    return answer.moreAvailable && progress
  }

  #url(): URL {
    const { transmitter, url } = this.#parts
    const given = url()
    if (given === undefined) throw transmitter.failed('the poll endpoint is not known yet')
    if (given instanceof URL) return given
    const fault = transmitter.metadata.urlFault(given)
    if (fault === undefined) return new URL(given)
    throw transmitter.failed(`"endpoint_url" of the stream ${fault}`)
  }

  /** Accepts one event. @throws {UnavailableError} if it cannot be judged now */
  async #take(tokenId: string, set: unknown): Promise<void> {
    try {
      await this.#parts.events.accept(readSet(tokenId, set))
      this.#doubted.delete(tokenId)
      this.#acknowledged.add(tokenId)
    } catch (error) {
      if (!(error instanceof RefusedMessage)) throw error
      if (this.#isDoubtful(tokenId, error)) return
      const detail = `a polled security event was refused: ${error.message}`
      this.#parts.report({ kind: 'message_refused', detail })
      this.#refused.set(tokenId, setErrorOf(error))
    }
  }

  /**
   * Whether a refusal may pass: the issuer has new keys, or the stream is another one, and this server does
   * not know yet. A transmitter never again sends an event that was refused, so such an event is tried for a
   * while.
   */
  #isDoubtful(tokenId: string, { fault }: RefusedMessage): boolean {
    if (fault !== 'key' && fault !== 'audience') return false
    if (fault === 'audience') this.#parts.onDoubt?.()
    const now = performance.now()
    const since = this.#doubted.get(tokenId) ?? now
    this.#doubted.set(tokenId, since)
    if (now - since < this.#timing.patience) return true
    this.#doubted.delete(tokenId)
    return false
  }

  #forgetDoubts(present: readonly string[]): void {
    const ids = new Set(present)
    for (const tokenId of this.#doubted.keys()) {
      if (!ids.has(tokenId)) this.#doubted.delete(tokenId)
    }
  }
}

/** Reads one member of `sets`. Its name must be the event's own `jti` (RFC 8936 §2.3). */
function readSet(tokenId: string, set: unknown): string {
  if (typeof set !== 'string') throw new RefusedMessage('request', 'it is not a string')
  let jti: unknown
  try {
    jti = parseCompactJws(set).claims.jti
  } catch (error) {
    if (!(error instanceof ChallengeError)) throw error
    throw new RefusedMessage('request', error.message)
  }
  if (jti === tokenId) return set
  throw new RefusedMessage('request', `"jti" is ${quoted(jti)}, its name is ${quoted(tokenId)}`)
}
