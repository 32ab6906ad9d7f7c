import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../storage/clock.ts'

/** What {@link Nonces} needs. @internal */
export interface NonceSettings {
  /** The first secret makes nonces; nonces of all are accepted. `undefined`: a random secret. */
  readonly secrets: readonly string[] | undefined
  /** The length of a time slot, in seconds. New nonces are the same within a slot. */
  readonly lifetime: number
  /** Nonces for one resource are not accepted for another one. */
  readonly resource: string
  readonly clock: Clock
}

/** A nonce that is accepted now. @internal */
export interface AcceptedNonce {
  /** The instant from which the nonce is refused, in milliseconds since the epoch. */
  readonly until: number
  /** Whether the client needs a new nonce, because this one ends soon, or was made with an old secret. */
  readonly old: boolean
}

interface KnownNonce extends AcceptedNonce {
  readonly bytes: Buffer
}

/** The length of every nonce: a SHA-256 digest in base64url. */
const LENGTH = 43

/**
 * Makes and checks nonces for DPoP proofs (RFC 9449 §8, §9). A nonce is a keyed digest of a time slot, so
 * all instances with the same secrets accept it, and nothing is stored for a client. Accepted are the
 * nonces of the current slot, of the previous one, and of the next one: the clock of another instance
 * may be ahead. They are computed once in each slot, so a request costs no digest.
 *
 * @internal
 */
export class Nonces {
  readonly #secrets: readonly (string | Buffer)[]
  readonly #lifetime: number
  readonly #resource: string
  readonly #clock: Clock
  /** The slot for which {@link #known} was computed. */
  #slot = Number.NaN
  /** The nonces that are accepted in the slot. The one to give to clients comes first. */
  #known: readonly KnownNonce[] = []

  constructor({ secrets, lifetime, resource, clock }: NonceSettings) {
    this.#secrets = secrets ?? [randomBytes(32)]
    this.#lifetime = lifetime * 1000
    this.#resource = resource
    this.#clock = clock
  }

  /** The nonce to give to clients now. */
  current(): string {
    return this.#accepted()[0]?.bytes.toString() ?? ''
  }

  /** @returns `undefined` if the nonce is too old, or is not a nonce of this server */
  check(nonce: string): AcceptedNonce | undefined {
    // The caller chooses the nonce, so its length comes first.
    if (nonce.length !== LENGTH) return undefined
    const given = Buffer.from(nonce)
    if (given.length !== LENGTH) return undefined
    return this.#accepted().find(({ bytes }) => timingSafeEqual(bytes, given))
  }

  #accepted(): readonly KnownNonce[] {
    const slot = Math.floor(this.#clock() / this.#lifetime)
    if (slot !== this.#slot) {
      this.#slot = slot
      this.#known = [slot, slot + 1, slot - 1].flatMap((at) =>
        this.#secrets.map((secret, index) => ({
          bytes: Buffer.from(this.#make(secret, at)),
          until: (at + 2) * this.#lifetime,
          old: at < slot || index > 0,
        })),
      )
    }
    return this.#known
  }

  #make(secret: string | Buffer, slot: number): string {
    const content = JSON.stringify(['dpop-nonce', this.#lifetime, slot, this.#resource])
    return createHmac('sha256', secret).update(content).digest('base64url')
  }
}
