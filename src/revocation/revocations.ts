import { ChallengeError } from '../errors/challenge-error.ts'
import type { Clock } from '../storage/clock.ts'
import { LONGEST_WAIT } from '../storage/in-time.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { SharedStore } from '../storage/shared-store.ts'
import type { RevocationEvent } from '../telemetry/events.ts'
import { publishRevocation, revocationsObserved } from '../telemetry/publish.ts'
import { type SharedStoreState, showSharedStore } from '../telemetry/states.ts'
import { warnOnce } from '../telemetry/warnings.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { type BackgroundSource, BackgroundSources } from './background-sources.ts'
import { OpenStreams } from './open-streams.ts'
import type { RevocationSettings } from './options-schema.ts'
import { readRevocation } from './read-revocation.ts'
import {
  factsOf,
  type Revocation,
  type RevocationEntry,
  type RevokedTokens,
  revocationKey,
  type SessionOpening,
} from './revocation.ts'
import { RevocationList } from './revocation-list.ts'
import { bounded } from './shared-entry.ts'
import { SharedRevocations } from './shared-revocations.ts'

/** How long a request waits for the first reading of the shared store, in milliseconds. */
const REQUEST_WAIT = 3000

/** @internal */
export interface RevocationsOptions {
  readonly resource: string
  readonly settings: RevocationSettings
  /** The configured issuers. */
  readonly issuers: readonly string[]
  readonly store: SharedStore | undefined
  readonly onOutage: 'local' | 'refuse'
  readonly clockTolerance: number
  readonly clock: Clock
}

/** A session is marked as checked again after this part of the longest life of a token. */
const RECHECK_SHARE = 0.1

/**
 * The revocations of a resource server: the list, the store that shares it, and the open streams. Every
 * source of revocations calls {@link Revocations.apply}.
 *
 * @internal
 */
export class Revocations implements SharedStoreState {
  readonly #options: RevocationsOptions
  readonly #list: RevocationList
  readonly #shared: SharedRevocations | undefined
  readonly #streams: OpenStreams
  readonly #restore: (() => Promise<boolean>)[] = []
  /** The source of the latest revocation. */
  #latest: RevocationEvent['source'] = 'program'
  readonly #sources = new BackgroundSources()

  constructor(options: RevocationsOptions) {
    const { settings, clock, store } = options
    this.#options = options
    this.#list = new RevocationList({
      longestTokenLife: settings.longestTokenLife,
      maxRevocations: settings.maxRevocations,
      clock,
      onFull: () => this.#full(),
      // Otherwise an instance that starts later would not know that the entry is kept.
      onKept: (entry) => this.#shared?.appendLater(entry),
    })
    this.#streams = new OpenStreams({
      isRevoked: (token) => this.#list.isRevoked(token),
      onEnded: (streams) => this.#ended(streams),
    })
    const issuers = new Set(options.issuers.map((issuer) => revocationKey(issuer, 'everything')))
    this.#shared =
      store &&
      new SharedRevocations({
        store,
        list: {
          maxEntries: settings.maxRevocations,
          // Another resource server may share the store, and have other issuers.
          add: (entry) => {
            const { key, everything } = entry
            const isForged = key !== everything && issuers.has(key)
            if (issuers.has(everything) && !isForged) this.#add(entry, 'shared_store')
          },
          find: (key) => this.#list.find(key),
          entries: () => this.#list.entries(),
        },
        longestTokenLife: settings.longestTokenLife,
        clock,
        onChange: (away, detail) => this.#storeChanged(away, detail),
        onLost: async () => {
          const restored = await Promise.all(this.#restore.map((restore) => restore()))
          return restored.every(Boolean)
        },
        onFault: (detail) =>
          this.report({ kind: 'message_refused', source: 'shared_store', detail }),
      })
    if (store !== undefined) showSharedStore(this)
  }

  /** The protected resource. */
  get resource(): string {
    return this.#options.resource
  }

  /** Whether the shared store answers; `undefined` if there is none, until it was asked, and after `close()`. */
  get storeAnswers(): boolean | undefined {
    return this.#shared?.answers
  }

  /**
   * Checks that a token is not revoked.
   *
   * @returns a promise only while this process has not caught up with the shared store
   * @throws {ChallengeError} `token_revoked` @throws {UnavailableError} `shared_store_failed`
   */
  check(token: VerifiedToken): MaybePromise<void> {
    this.#sources.start()
    const shared = this.#shared
    if (shared?.isCurrent === false) {
      if (!shared.isCaughtUp && !shared.isAway) {
        return shared.caughtUp(REQUEST_WAIT).then(() => this.#checkList(token))
      }
      if (!shared.isCaughtUp || this.#options.onOutage === 'refuse') throw shared.away()
    }
    this.#checkList(token)
  }

  /** Ends an open stream when its token is revoked. @returns a function to call when the stream has ended */
  watch(token: VerifiedToken, end: () => void): () => void {
    return this.#streams.add(token, end)
  }

  /** The number of open streams. Tests use it to find leaks. */
  get openStreams(): number {
    return this.#streams.size
  }

  /** What a store of MCP sessions keeps about the token that opens a session. */
  openingOf(token: VerifiedToken): SessionOpening {
    return { ...factsOf(token), checkedAt: this.#options.clock() / 1000 }
  }

  /**
   * Checks that the token that opened an MCP session is not revoked. It may have expired long ago.
   *
   * @returns what the store keeps from now on; `undefined` if the token is revoked
   */
  stillOpen(opening: SessionOpening): SessionOpening | undefined {
    const { clock, settings } = this.#options
    if (this.#list.hits(opening, opening.checkedAt)) return undefined
    // Without the shared store, this process may not know every revocation until now.
    if (this.#shared?.isCurrent === false) return opening
    const now = clock() / 1000
    const isRecent = now - opening.checkedAt < settings.longestTokenLife * RECHECK_SHARE
    return isRecent ? opening : { ...opening, checkedAt: now }
  }

  /**
   * Revokes tokens. When the promise resolves, the revocation counts in every process that shares the
   * store.
   *
   * @throws {TypeError} naming what is wrong
   * @throws {UnavailableError} `shared_store_failed`: the revocation counts in this process alone, until
   * the store answers again
   */
  async revoke(revocation: Revocation): Promise<void> {
    const { issuers, clockTolerance, clock } = this.#options
    const context = { issuers, clockTolerance, now: clock() / 1000 }
    await this.apply([readRevocation(revocation, context)], 'program')
  }

  /** Adds revocations, and shares them. @throws {UnavailableError} `shared_store_failed` */
  async apply(revoked: readonly RevokedTokens[], source: RevocationEvent['source']): Promise<void> {
    const entries = revoked.map(({ issuer, kind, id, issuedUntil, at }): RevocationEntry => {
      const key = revocationKey(issuer, kind, id)
      const everything = revocationKey(issuer, 'everything')
      return this.#bounded({ key, everything, issuedUntil, at })
    })
    // Every entry counts here before the first wait.
    const added = entries.map((entry) => ({ entry, isNew: this.#add(entry, source) }))
    for (const { issuer, kind } of revoked) {
      this.report({ kind: 'revoked', source, issuer, detail: kind })
    }
    await Promise.all(added.map(({ entry, isNew }) => this.#shared?.publish(entry, isNew)))
  }

  /** Tells operators what has happened. */
  report(event: Pick<RevocationEvent, 'kind' | 'source' | 'detail'> & { issuer?: string }): void {
    if (!revocationsObserved()) return
    const { resource } = this.#options
    publishRevocation({ resource, issuer: undefined, ...event })
  }

  /** Adds a source that works in the background, from the first request on. Its failure refuses no request. */
  addSource(source: BackgroundSource): void {
    this.#sources.add(source)
  }

  /**
   * Waits until this process knows every revocation of the shared store, also with `onOutage: 'local'`:
   * an instance that has never read the revocations knows none. Then it waits until every source works.
   *
   * @throws {UnavailableError} `shared_store_failed`, after 10 s; `security_events_failed`
   */
  async ready(): Promise<void> {
    const shared = this.#shared
    await shared?.caughtUp(LONGEST_WAIT)
    if (shared?.isAway && this.#options.onOutage === 'refuse') throw shared.away()
    await this.#sources.ready()
  }

  /**
   * Calls a function when the shared store may have lost what it had, until the function says that the
   * store has it again.
   */
  whenStoreHasLost(restore: () => Promise<boolean>): void {
    this.#restore.push(restore)
  }

  /** Whether the shared store is known not to answer. */
  get storeIsAway(): boolean {
    return this.#shared?.isAway === true
  }

  close(): void {
    this.#shared?.close()
    this.#sources.close()
  }

  #checkList(token: VerifiedToken): void {
    if (!this.#list.isRevoked(token)) return
    throw new ChallengeError('token_revoked', 'the token is in the list of revocations')
  }

  #add(entry: RevocationEntry, source: RevocationEvent['source']): boolean {
    const isNew = this.#list.add(entry)
    if (!isNew) return false
    this.#latest = source
    this.#streams.endRevoked()
    return true
  }

  #ended(streams: number): void {
    const detail = `open event streams of revoked tokens were ended: ${streams}`
    this.report({ kind: 'streams_ended', source: this.#latest, detail })
  }

  /** A clock that fails must not stop a revocation. */
  #bounded(entry: RevocationEntry): RevocationEntry {
    try {
      return bounded(entry, this.#options.clock() / 1000)
    } catch {
      return entry
    }
  }

  #storeChanged(away: boolean, detail: string): void {
    this.report({ kind: away ? 'store_away' : 'store_back', source: 'shared_store', detail })
    if (!away) return
    const meanwhile =
      this.#options.onOutage === 'refuse'
        ? 'Requests are answered with 503 until it answers'
        : 'This instance goes on with the revocations that it knows (option `sharedStore.onOutage`)'
    warnOnce(this, 'MCP_SHARED_STORE_FAILED', `${detail}. ${meanwhile}`)
  }

  #full(): void {
    const { maxRevocations } = this.#options.settings
    const detail = `the list of revocations is full (option \`revocation.maxRevocations\`, ${maxRevocations}): the oldest entries now revoke every token that was issued until then`
    this.report({ kind: 'list_full', source: 'program', detail })
    warnOnce(this, 'MCP_REVOCATION_LIST_FULL', detail)
  }
}
