import { type BoundedCache, createBoundedCache } from '../../storage/bounded-cache.ts'
import type { Clock } from '../../storage/clock.ts'
import { digestOf } from '../../storage/digest.ts'
import { principalOf } from '../../token/principal.ts'
import type { VerifiedToken } from '../../token/verified-token.ts'

/** Milliseconds for which the scopes of a client and user are remembered. */
const REMEMBERED = 2 * 60 * 60_000

const MAX_PRINCIPALS = 1000

/** How many lost scopes are remembered of a client and user. */
const MAX_LOST = 50

interface Memory {
  readonly scopes: readonly string[]
  /** Seconds since the epoch. */
  readonly issuedAt: number
  /** Scopes that earlier tokens had, and that the latest token lacks. */
  readonly lost: readonly string[]
}

/**
 * Remembers which scopes the last tokens of a client and user had. So a refusal can say that a scope went
 * missing, for example at a refresh. It takes note of new tokens only: a token from the cache costs nothing.
 *
 * @internal
 */
export class RememberedScopes {
  readonly #memories: BoundedCache<Memory>
  readonly #seen = new WeakSet<VerifiedToken>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#memories = createBoundedCache(MAX_PRINCIPALS, clock)
    this.#clock = clock
  }

  /** Takes note of a token that was just verified. It never throws. */
  add(token: VerifiedToken): void {
    try {
      if (this.#seen.has(token)) return
      this.#seen.add(token)
      const key = keyOf(token)
      if (key === undefined) return
      const now = this.#clock()
      const { scopes, issuedAt = now / 1000 } = token
      const before = this.#memories.get(key)
      // An older token with fewer scopes has lost nothing.
      if (before !== undefined && before.issuedAt >= issuedAt) return
      const lost = [...new Set([...(before?.scopes ?? []), ...(before?.lost ?? [])])]
        .filter((scope) => !scopes.includes(scope))
        .slice(0, MAX_LOST)
      this.#memories.set(key, { scopes, issuedAt, lost }, now + REMEMBERED)
    } catch {
      // The clock has failed, or a verifier of the user returned something odd. No check depends on it.
    }
  }

  /** Whether an earlier token of the same client and user had one of these scopes. */
  hadOneOf(scopes: readonly string[], token: VerifiedToken): boolean {
    const key = keyOf(token)
    const memory = key === undefined ? undefined : this.#memories.get(key)
    return memory?.lost.some((scope) => scopes.includes(scope)) === true
  }
}

function keyOf(token: VerifiedToken): string | undefined {
  const principal = principalOf(token)
  return principal === undefined ? undefined : digestOf(principal)
}
