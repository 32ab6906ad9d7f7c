import type { Transmitter } from '../../authorization-server/transmitter/transmitter.ts'
import { UnavailableError } from '../../errors/unavailable-error.ts'
import { quoted } from '../../quoted.ts'
import { nameOf, redacted, withoutToken } from '../../redaction.ts'
import type { RevocationEvent } from '../../telemetry/events.ts'
import type { ManagementEvent } from '../events/management-event.ts'
import { RepeatedAttempt } from '../repeated-attempt.ts'
import { RegisteredStreams, secretsOf } from './registered-streams.ts'
import type { StreamConfiguration, WantedStream } from './stream-configuration.ts'
import { StreamVerification, type VerificationTiming } from './stream-verification.ts'

/** How often a stream is looked at, in milliseconds. @internal */
export interface StreamTiming extends VerificationTiming {
  /** The time between two looks at a stream that works. */
  readonly checkInterval: number
  /** The pause after the first failure. It is doubled after each further one, up to `longestPause`. */
  readonly firstPause: number
  /** Shortest time between two looks that events of the transmitter cause. */
  readonly leastPause: number
}

/** @internal */
export const STREAM_TIMING: StreamTiming = {
  checkInterval: 300_000,
  firstPause: 1000,
  longestPause: 60_000,
  leastPause: 10_000,
  firstVerification: 1000,
  verificationWait: 30_000,
}

/** @internal */
export interface EventStreamParts {
  readonly transmitter: Transmitter
  readonly wanted: WantedStream
  /** Tells operators. */
  readonly report: (event: Pick<RevocationEvent, 'kind' | 'detail'>) => void
  readonly timing?: Partial<StreamTiming>
}

/**
 * The stream of security events of one authorization server, for its whole life: it is adopted or created,
 * verified, watched, and mended (SSF 1.0 §8.1).
 *
 * A failure never affects a request. It is reported, and everything is tried again, with growing pauses.
 *
 * @internal
 */
export class EventStream {
  readonly #parts: EventStreamParts
  readonly #timing: StreamTiming
  readonly #streams: RegisteredStreams
  readonly #attempts: RepeatedAttempt
  readonly #secret: string
  #stream: StreamConfiguration | undefined
  #verification: StreamVerification | undefined
  /** What operators were told last about a failure; `undefined` if all is well. */
  #failure: string | undefined
  /** The differences that were reported. */
  #differing = ''

  constructor(parts: EventStreamParts) {
    // The transmitter knows the secret of the pushes, and may repeat it in its texts.
    const [secret = ''] = secretsOf(parts.wanted)
    this.#secret = secret
    this.#parts = {
      ...parts,
      report: (event) => parts.report({ ...event, detail: withoutToken(event.detail, secret) }),
    }
    this.#timing = { ...STREAM_TIMING, ...parts.timing }
    this.#streams = new RegisteredStreams(parts.transmitter)
    this.#attempts = new RepeatedAttempt({
      ...this.#timing,
      attempt: () => this.#setUp(),
      closed: () => parts.transmitter.failed('close() was called'),
      interval: this.#timing.checkInterval,
    })
  }

  /** The `aud` of the stream's events. Empty until the stream is known. */
  get audiences(): readonly string[] {
    return this.#stream?.audiences ?? []
  }

  /** The URL at which the events are polled, as the transmitter says. */
  get pollUrl(): string | undefined {
    return this.#stream?.url
  }

  /** Starts to set up the stream, and to watch it. */
  start(): void {
    this.#attempts.start()
  }

  /**
   * Waits until the stream is set up. It does not wait for the verification event: with push, that event
   * arrives only after the program listens, and most programs call `ready()` before.
   *
   * @throws {UnavailableError} `security_events_failed`, with what to do
   */
  ready(): Promise<void> {
    return this.#attempts.ready()
  }

  /** An event about the stream itself has arrived. */
  handle(event: ManagementEvent): void {
    const stream = this.#stream
    if (stream === undefined) return
    if (event.streamId !== undefined && event.streamId !== stream.id) return
    if (event.kind === 'verification') {
      this.#verification?.arrived()
      return
    }
    const { status, reason } = event
    const why = reason === undefined ? '' : ` (${quoted(reason)})`
    const detail = `the transmitter says that the stream ${quoted(stream.id)} is ${quoted(status)}${why}`
    this.#parts.report({ kind: 'stream_changed', detail })
    if (status !== 'enabled' || this.#failure !== undefined) this.look()
  }

  /** Looks at the stream soon, because something seems to be wrong with it. */
  look(): void {
    this.#attempts.soon()
  }

  close(): void {
    this.#attempts.close()
    this.#verification?.close()
  }

  /** Sets the stream up, or looks at it. */
  async #setUp(): Promise<void> {
    const { transmitter, wanted, report } = this.#parts
    const before = this.#stream
    try {
      const { stream, done, differing } = await this.#streams.settle(wanted, before === undefined)
      if (this.#attempts.signal.aborted) return
      this.#stream = stream
      if (before === undefined || before.id !== stream.id) this.#isNew(stream, done, before)
      else this.#compare(stream, before, differing)
      await this.#enable(stream)
      if (this.#failure === undefined) return
      this.#failure = undefined
      report({ kind: 'source_back', detail: `the stream ${quoted(stream.id)} works again` })
    } catch (error) {
      if (this.#attempts.signal.aborted) throw error
      const known = error instanceof UnavailableError ? error : transmitter.failed(nameOf(error))
      const failure = redacted(known, this.#secret)
      // The endpoints may have moved.
      transmitter.metadata.expire()
      if (failure.message !== this.#failure) {
        this.#failure = failure.message
        report({ kind: 'source_failed', detail: failure.message })
      }
      throw failure
    }
  }

  #isNew(
    stream: StreamConfiguration,
    done: 'adopted' | 'created' | 'updated',
    before: StreamConfiguration | undefined,
  ): void {
    const { report } = this.#parts
    const lost =
      before === undefined
        ? ''
        : `; the stream ${quoted(before.id)} is gone, and events since then may be lost`
    const names = stream.eventsDelivered?.map((event) => event.replace(/^.*\//, ''))
    const delivers = names === undefined ? '' : `; it delivers ${quoted(names.join(' '))}`
    report({
      kind: 'stream_changed',
      detail: `the stream ${quoted(stream.id)} was ${done}${delivers}${lost}`,
    })
    this.#differing = ''
    this.#verify(stream)
  }

  #compare(
    stream: StreamConfiguration,
    before: StreamConfiguration,
    differing: readonly string[],
  ): void {
    const { report } = this.#parts
    const id = quoted(stream.id)
    if (stream.audiences.join('\n') !== before.audiences.join('\n')) {
      const detail = `the stream ${id} has another audience: ${stream.audiences.map(quoted).join(', ')}`
      report({ kind: 'stream_changed', detail })
    }
    const now = differing.join(', ')
    const detail = `somebody has changed ${now} of the stream ${id}; a restart of this server changes it back`
    // Its events go elsewhere.
    if (differing.includes('delivery')) throw this.#parts.transmitter.failed(detail)
    if (now !== this.#differing && now !== '') report({ kind: 'stream_changed', detail })
    this.#differing = now
  }

  /**
   * Enables a paused stream: its events are kept meanwhile, and nobody else has a reason to pause it. A
   * disabled stream stays disabled: an administrator wants it so, and has to hear that events are lost.
   */
  async #enable({ id }: StreamConfiguration): Promise<void> {
    const { transmitter, report } = this.#parts
    const found = await this.#streams.status(id)
    if (found === undefined || found.status === 'enabled') return
    const { status, reason } = found
    const why = reason === undefined ? '' : ` (${quoted(reason)})`
    if (status !== 'paused') {
      const cure = 'to enable it: npx mcp-resource-server stream status --set enabled'
      throw transmitter.failed(
        `the stream ${quoted(id)} is ${quoted(status)}${why}, and its events are lost; ${cure}`,
      )
    }
    await this.#streams.setStatus(id, 'enabled', 'The receiver is there.')
    report({
      kind: 'stream_changed',
      detail: `the stream ${quoted(id)} was paused${why}, and is enabled again`,
    })
  }

  #verify({ id }: StreamConfiguration): void {
    const { report } = this.#parts
    this.#verification?.close()
    let missing = false
    this.#verification = new StreamVerification({
      streams: this.#streams,
      streamId: id,
      timing: this.#timing,
      onMissing(fault) {
        missing = true
        report({
          kind: 'source_failed',
          detail: `the stream ${quoted(id)} is not verified: ${fault}`,
        })
      },
      onVerified() {
        const kind = missing ? 'source_back' : 'stream_changed'
        report({ kind, detail: `the stream ${quoted(id)} is verified` })
      },
    })
    void this.#hasVerification().then((has) => {
      if (has) this.#verification?.start()
    })
  }

  async #hasVerification(): Promise<boolean> {
    const { metadata } = this.#parts.transmitter
    try {
      return (await metadata.endpoint('verification_endpoint')) !== undefined
    } catch {
      return true
    }
  }
}
