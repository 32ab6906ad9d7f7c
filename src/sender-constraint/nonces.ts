import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../storage/clock.ts'

/** What {@link Nonces} needs. @internal */
export interface NonceSettings {
  readonly secrets: readonly string[] | undefined
  /** Seconds for which new nonces are the same. */
  readonly lifetime: number
  /** Nonces for one resource are not accepted for another one. */
  readonly resource: string
  readonly clock: Clock
}

/**
 * Makes and checks nonces for DPoP proofs (RFC 9449 §9). A nonce is a keyed digest of the time, so
 * nothing is stored, and all instances with the same secret accept it.
 *
 * @internal
 */
export class Nonces {
  readonly #secrets: readonly (string | Buffer)[]
  readonly #lifetime: number
  readonly #resource: string
  readonly #clock: Clock

  constructor({ secrets, lifetime, resource, clock }: NonceSettings) {
    this.#secrets = secrets ?? [randomBytes(32)]
    this.#lifetime = lifetime * 1000
    this.#resource = resource
    this.#clock = clock
  }

  /** The nonce to give to clients now. */
  current(): string {
    return this.#make(this.#secrets[0] ?? '', this.#slot())
  }

  /** How fresh a nonce is. `undefined`: it is too old, or not a nonce of this server. */
  check(nonce: string): 'current' | 'previous' | undefined {
    const slot = this.#slot()
    const given = Buffer.from(nonce)
    const is = (at: number): boolean =>
      this.#secrets.some((secret) => {
        const made = Buffer.from(this.#make(secret, at))
        return made.length === given.length && timingSafeEqual(made, given)
      })
    // The clock of another instance may be ahead.
    if (is(slot) || is(slot + 1)) return 'current'
    return is(slot - 1) ? 'previous' : undefined
  }

  #slot(): number {
    return Math.floor(this.#clock() / this.#lifetime)
  }

  #make(secret: string | Buffer, slot: number): string {
    const digest = createHmac('sha256', secret).update(`dpop-nonce ${slot} ${this.#resource}`)
    return digest.digest('base64url')
  }
}
