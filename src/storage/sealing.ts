import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'

/** The lengths of the parts of a sealed value, in bytes. */
const KEY = 32
const KEY_ID = 8
const DAY = 4
const NONCE = 12
const TAG = 16
const HEADER = 1 + KEY_ID + DAY + NONCE

/** The first byte of every sealed value. */
const VERSION = 1

const ALGORITHM = 'aes-256-gcm'
const A_DAY = 86_400_000
/** Most derived keys that are remembered. They are of few purposes, and of yesterday and today. */
const MAX_DERIVED = 64

/** Fewest different bytes of a key. A random key has about 30; a placeholder has one or two. */
const FEWEST_BYTES = 8

/** What came of a sealed value: the text, or why it cannot be opened. @internal */
export type Opened = { readonly text: string } | { readonly fault: string }

/**
 * Seals texts, so that a store in which others can read and write neither shows nor changes them
 * (REV-3): AES-256-GCM with a random nonce of 96 bits. A sealed text opens only for the purpose and the
 * store key that it was sealed for.
 *
 * With random nonces, one key may seal 2³² values (NIST SP 800-38D §8.3). So every purpose and every day
 * has its own key, which HKDF derives from the operator's key (RFC 5869). The limit is then 49 000 values
 * a second, in all processes together.
 *
 * @internal
 */
export class Sealing {
  readonly #keys: readonly [SealingKey, ...SealingKey[]]
  readonly #clock: Clock

  /**
   * @param keys as {@link readSealingKey} returns them. The first one seals. All of them open, so a key
   * can be replaced while processes run
   */
  constructor(keys: readonly Buffer[], clock: Clock) {
    const [first, ...others] = keys.map((key) => new SealingKey(key))
    if (first === undefined) throw new TypeError('Sealing: needs a key')
    this.#keys = [first, ...others]
    this.#clock = clock
  }

  /** Seals a text for the value of a store key. */
  seal(purpose: string, storeKey: string, text: string): string {
    const [key] = this.#keys
    const day = Buffer.alloc(DAY)
    day.writeUInt32BE(Math.floor(this.#clock() / A_DAY))
    const nonce = randomBytes(NONCE)
    const header = Buffer.concat([Buffer.of(VERSION), key.id, day, nonce])
    const cipher = createCipheriv(ALGORITHM, key.derived(purpose, day), nonce, {
      authTagLength: TAG,
    })
    cipher.setAAD(boundTo(header, purpose, storeKey))
    const sealed = [header, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
    return Buffer.concat(sealed).toString('base64url')
  }

  /** Opens a sealed text. It does not throw. */
  open(purpose: string, storeKey: string, sealed: string): Opened {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length < HEADER + TAG || bytes[0] !== VERSION) return { fault: 'it is not sealed' }
    const header = bytes.subarray(0, HEADER)
    const id = header.subarray(1, 1 + KEY_ID)
    const key = this.#keys.find((one) => one.id.equals(id))
    if (key === undefined) return { fault: 'its key is not in `sharedStore.sealingKeys`' }
    const day = header.subarray(1 + KEY_ID, 1 + KEY_ID + DAY)
    const nonce = header.subarray(HEADER - NONCE)
    const decipher = createDecipheriv(ALGORITHM, key.derived(purpose, day), nonce, {
      authTagLength: TAG,
    })
    decipher.setAAD(boundTo(header, purpose, storeKey))
    decipher.setAuthTag(bytes.subarray(-TAG))
    try {
      const text = decipher.update(bytes.subarray(HEADER, -TAG))
      return { text: Buffer.concat([text, decipher.final()]).toString('utf8') }
    } catch {
      return { fault: 'it was changed, or belongs to another key' }
    }
  }
}

/**
 * Reads the text of a key: 32 bytes in base64, base64url or hexadecimal digits.
 *
 * @returns `undefined` if it is something else, or a placeholder such as zeros
 * @internal
 */
export function readSealingKey(text: string): Buffer | undefined {
  const encoding = /^[0-9a-f]{64}$/i.test(text)
    ? 'hex'
    : /^[\w\-+/]{43}=?$/.test(text)
      ? 'base64'
      : undefined
  const key = encoding && Buffer.from(text, encoding)
  return key?.length === KEY && new Set(key).size >= FEWEST_BYTES ? key : undefined
}

/** A key of the operator, its id, and the keys that are derived from it. */
class SealingKey {
  readonly id: Buffer
  readonly #key: Buffer
  readonly #derived = new Map<string, Buffer>()

  constructor(key: Buffer) {
    this.#key = key
    this.id = this.#derive('key id', KEY_ID)
  }

  /** The key for one purpose and one day. */
  derived(purpose: string, day: Buffer): Buffer {
    const info = `${purpose} ${day.toString('hex')}`
    let key = this.#derived.get(info)
    if (key === undefined) {
      key = this.#derive(`seal ${info}`, KEY)
      // The day stands in the value, so whoever can write to the store chooses it.
      if (this.#derived.size >= MAX_DERIVED) this.#derived.clear()
      this.#derived.set(info, key)
    }
    return key
  }

  #derive(info: string, length: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#key, '', `mcp-resource-server ${info}`, length))
  }
}

/** The additional data: what a sealed value is bound to, besides its key. */
function boundTo(header: Buffer, purpose: string, storeKey: string): Buffer {
  return Buffer.concat([header, Buffer.from(JSON.stringify([purpose, storeKey]))])
}
