import type { AuthorizationServer } from '../authorization-server/authorization-server.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { ownMember } from '../json-object.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import { quoted } from '../quoted.ts'
import { nameOf } from '../redaction.ts'
import type { Clock } from '../storage/clock.ts'
import type { BackgroundSource } from './background-sources.ts'
import { RepeatedAttempt } from './repeated-attempt.ts'
import type { Revocations } from './revocations.ts'

/** @internal */
export interface NotBeforeParts {
  readonly server: AuthorizationServer
  readonly url: string
  /** The member of the document that has the time. */
  readonly member: string
  /** In seconds. */
  readonly interval: number
  readonly revocations: Pick<Revocations, 'apply' | 'report'>
  /** In seconds. */
  readonly clockTolerance: number
  readonly clock: Clock
}

/** The first pause after a failure, in milliseconds. It is doubled after each further one. */
const FIRST_PAUSE = 1000

/**
 * Polls the not-before time of an authorization server, and revokes all its tokens that were issued until
 * then. `iat` and the time have whole seconds, so a token of the same second is refused too.
 *
 * A failure never refuses a request: what is known stays in force, and operators are told. A time that is
 * taken back, or set to 0, makes no refused token valid.
 *
 * @internal
 */
export class NotBefore implements BackgroundSource {
  readonly #parts: NotBeforeParts
  readonly #attempts: RepeatedAttempt
  /** The last second that was applied. */
  #applied = 0
  #isFailing = false

  constructor(parts: NotBeforeParts) {
    this.#parts = parts
    const interval = parts.interval * 1000
    this.#attempts = new RepeatedAttempt({
      attempt: () =>
        this.#fetch().then(
          () => this.#succeeded(),
          (error) => this.#failed(error),
        ),
      closed: () => this.#failure('close() was called'),
      interval,
      firstPause: FIRST_PAUSE,
      longestPause: Math.max(interval, 30 * FIRST_PAUSE),
    })
  }

  start(): void {
    this.#attempts.start()
  }

  /** Waits for the first fetch. @throws {UnavailableError} `not_before_failed` */
  ready(): Promise<void> {
    return this.#attempts.ready()
  }

  close(): void {
    this.#attempts.close()
  }

  async #fetch(): Promise<void> {
    const { server, url, revocations, clock, clockTolerance } = this.#parts
    const { issuer, http } = server
    const reply = await http.call({
      purpose: 'not_before',
      issuer,
      lane: 'documents',
      failure: 'not_before_failed',
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      signal: this.#attempts.signal,
    })
    if (reply.status !== 200) throw this.#failure(`HTTP ${reply.status}`)
    const notBefore = this.#read(reply.body)
    const now = clock() / 1000
    // A time in the future would refuse tokens that the server is yet to issue.
    const issuedUntil = Math.min(notBefore, Math.floor(now + clockTolerance))
    if (issuedUntil <= this.#applied) return
    this.#applied = issuedUntil
    // If the shared store is away, the revocation counts here, and is shared when the store answers.
    await revocations
      .apply([{ issuer, kind: 'everything', issuedUntil, at: now }], 'not_before')
      .catch(() => {})
  }

  #read(body: Uint8Array): number {
    const { member } = this.#parts
    let notBefore: unknown
    try {
      notBefore = ownMember(parseStrictJsonObject(body), member)
    } catch (error) {
      throw this.#failure((error as Error).message)
    }
    if (Number.isSafeInteger(notBefore) && Number(notBefore) >= 0) return Number(notBefore)
    const expected = 'a whole number of seconds since the epoch'
    throw this.#failure(`${quoted(member)} is ${quoted(notBefore)}; expected ${expected}`)
  }

  #succeeded(): void {
    if (!this.#isFailing) return
    this.#isFailing = false
    this.#report('source_back', 'the not-before time can be fetched again')
  }

  #failed(error: unknown): never {
    const failure = error instanceof UnavailableError ? error : this.#failure(nameOf(error), error)
    if (!this.#isFailing && !this.#attempts.signal.aborted) {
      this.#report('source_failed', failure.message)
    }
    this.#isFailing = true
    throw failure
  }

  #report(kind: 'source_failed' | 'source_back', detail: string): void {
    const { server, revocations } = this.#parts
    revocations.report({ kind, source: 'not_before', issuer: server.issuer, detail })
  }

  #failure(message: string, cause?: unknown): UnavailableError {
    const { url } = this.#parts
    return new UnavailableError('not_before_failed', `not-before at ${url}: ${message}`, { cause })
  }
}
