import { Allowance } from '../../storage/allowance.ts'
import { type BoundedCache, createBoundedCache } from '../../storage/bounded-cache.ts'
import type { Clock } from '../../storage/clock.ts'
import { digestOf } from '../../storage/digest.ts'
import type { PresentedToken } from '../../token/presented-token.ts'
import type { ExpandScopes } from '../../token/scope-hierarchy.ts'
import type { VerifiedToken } from '../../token/verified-token.ts'
import type { TokenVerification } from '../../verification/verification.ts'
import type { Challenged } from '../decision.ts'
import { claimedIdentity, printableIdentity } from './claimed-identity.ts'
import { LoopReports } from './loop-reports.ts'
import type { Identity, Refusal } from './refusal.ts'

/** A token is fresh if it was issued at most this many seconds ago. */
const FRESH = 120

/** A row of refusals ends after this many milliseconds without another one. */
const ROW_ENDS = 15 * 60_000

/** So many different fresh tokens must be refused before the first report. */
const FIRST_REPORT = 3

const MAX_ROWS = 256

/** The last tokens of a row. A client may repeat a request with the same token. */
const MAX_TOKENS = 8

/** Signature checks of refused tokens in one second, at most. */
const MAX_CHECKS = 20

/** Reasons that a fresh token of an authorization server cannot have, or that are part of every login. */
const NO_LOOP: ReadonlySet<Challenged['reason']> = new Set([
  'authorization_malformed',
  'token_malformed',
  'token_too_long',
  'token_expired',
  'dpop_nonce_missing',
  'dpop_nonce_invalid',
])

/** The refusals of one client and user, one after the other, for one reason. */
interface Row {
  readonly reason: Challenged['reason']
  readonly since: number
  lacking: readonly string[]
  tokens: readonly string[]
  refusals: number
  nextReport: number
}

/** What {@link ClientLoops} needs of the gate. @internal */
export interface LoopContext {
  readonly resource: string
  readonly verification: TokenVerification
  readonly expandScopes: ExpandScopes
  /** The names of the claims that may hold the client id, for the issuer that a token names. */
  readonly clientIdClaimsOf: (token: { readonly issuer: string }) => readonly string[]
  readonly clock: Clock
}

/**
 * Notices clients that are refused again and again, each time with a token that was just issued. Such a
 * client logs in for ever, and every single refusal looks harmless.
 *
 * Most refusals come before the signature check, so anybody can send such tokens. Therefore the signature
 * of a refused fresh token is checked afterwards, a few times a second, and refusals with and without a
 * valid signature are counted apart. Nothing here changes a decision, and nothing is kept of an allowed
 * request.
 *
 * @internal
 */
export class ClientLoops {
  readonly #context: LoopContext
  readonly #rows: BoundedCache<Row>
  /** Apart, so that made-up tokens cannot push out the rows of real clients. */
  readonly #unverifiedRows: BoundedCache<Row>
  readonly #reports: LoopReports
  readonly #checks: Allowance
  readonly #keys = new WeakMap<VerifiedToken, string>()
  /** Whether there may be rows. Every allowed request looks at it. */
  #hasRows = false

  constructor(context: LoopContext) {
    const { resource, clock } = context
    this.#context = context
    this.#rows = createBoundedCache(MAX_ROWS, clock)
    this.#unverifiedRows = createBoundedCache(MAX_ROWS, clock)
    this.#reports = new LoopReports(resource, clock)
    this.#checks = new Allowance(MAX_CHECKS, 1000, clock)
  }

  /** How many rows are kept. */
  get size(): number {
    return this.#rows.size + this.#unverifiedRows.size
  }

  /**
   * Takes note of a refused token. It never throws.
   *
   * @param token the verified token, if only possession, revocation or scopes were refused
   * @returns a promise if the signature is checked first. It never rejects, and no answer waits for it
   */
  refused(
    presented: PresentedToken,
    token: VerifiedToken | undefined,
    challenge: Pick<
      Challenged,
      'reason' | 'nearMiss' | 'detail' | 'correlationId' | 'requiredScopes'
    >,
  ): Promise<void> | undefined {
    try {
      if (NO_LOOP.has(challenge.reason)) return undefined
      const claims = token?.claims ?? presented.claims()
      const issuedAt = token?.issuedAt ?? claims?.iat
      const at = this.#context.clock()
      if (claims === undefined || !isFresh(issuedAt, at)) return undefined
      const identity = token ?? claimedIdentity(claims, this.#context.clientIdClaimsOf)
      const { reason, nearMiss, requiredScopes = [] } = challenge
      const granted = token === undefined ? [] : this.#context.expandScopes(token.scopes)
      const refusal = {
        reason,
        nearMiss,
        challenge,
        lacking:
          reason === 'scope_missing'
            ? requiredScopes.filter((scope) => !granted.includes(scope))
            : [],
        at,
        digest: presented.digest,
        key: keyOf(identity),
        identity: () => token ?? printableIdentity(identity, presented.secret),
      }
      if (token === undefined) return this.#countChecked(refusal, presented)
      this.#count({ ...refusal, verified: true })
    } catch {
      // The clock has failed, or a claim cannot be read. The refusal itself is not affected.
    }
    return undefined
  }

  /** Ends the row of a client whose request was allowed. */
  allowed(token: VerifiedToken): void {
    if (!this.#hasRows) return
    try {
      this.#endRows(token)
    } catch {
      // As in `refused`.
    }
  }

  #endRows(token: VerifiedToken): void {
    let key = this.#keys.get(token)
    if (key === undefined) {
      key = keyOf(token)
      this.#keys.set(token, key)
    }
    for (const rows of [this.#rows, this.#unverifiedRows]) {
      const row = rows.get(key)
      // With the same token, a request for which its scopes suffice is allowed, and another one is not.
      if (row === undefined || this.#lacksStill(row, token)) continue
      rows.delete(key)
    }
    this.#hasRows = this.size > 0
  }

  #lacksStill({ reason, lacking }: Row, { scopes }: VerifiedToken): boolean {
    if (reason !== 'scope_missing') return false
    const granted = this.#context.expandScopes(scopes)
    return lacking.some((scope) => !granted.includes(scope))
  }

  /** Finds out whether the issuer has signed the token, and then counts the refusal. */
  async #countChecked(
    refusal: Omit<Refusal, 'verified'>,
    presented: PresentedToken,
  ): Promise<void> {
    try {
      const { verification } = this.#context
      const verified =
        verification.isSigned !== undefined &&
        this.#checks.take() &&
        (await verification.isSigned(presented))
      this.#count({ ...refusal, verified })
    } catch {
      // As in `refused`.
    }
  }

  #count(refusal: Refusal): void {
    const rows = refusal.verified ? this.#rows : this.#unverifiedRows
    const { at, key } = refusal
    const known = rows.get(key)
    const row = known !== undefined && continues(known, refusal) ? known : newRow(refusal)
    if (row.tokens.includes(refusal.digest)) return
    row.tokens = [...row.tokens, refusal.digest].slice(-MAX_TOKENS)
    row.lacking = refusal.lacking
    row.refusals += 1
    rows.set(key, row, at + ROW_ENDS)
    this.#hasRows = true
    if (row.refusals < row.nextReport) return
    // A loop that goes on is reported ever more rarely.
    row.nextReport = row.refusals * 2
    this.#reports.report(refusal, row.refusals, at - row.since)
  }
}

/** A token from the future is fresh: its issuer's clock is ahead, which causes loops too. */
function isFresh(issuedAt: unknown, now: number): boolean {
  return typeof issuedAt === 'number' && issuedAt >= now / 1000 - FRESH
}

function newRow({ reason, lacking, at }: Refusal): Row {
  return { reason, since: at, lacking, tokens: [], refusals: 0, nextReport: FIRST_REPORT }
}

/** Whether a refusal has the cause of those before: the same reason, and a scope that was lacking before. */
function continues({ reason, lacking }: Row, refusal: Refusal): boolean {
  if (reason !== refusal.reason) return false
  return reason !== 'scope_missing' || refusal.lacking.some((scope) => lacking.includes(scope))
}

function keyOf({ issuer, clientId, subject }: Identity): string {
  return digestOf(JSON.stringify([issuer, clientId, subject]))
}
