import type { SignatureAlgorithm } from '../jws/algorithms.ts'
import { nearestName } from '../nearest-name.ts'
import { quoted } from '../quoted.ts'
import { createTestKey } from './create-test-key.ts'
import type { TestKey, TestKeyOptions } from './test-key.ts'

/** Options of {@link TestIssuer.rotateKeys}. */
export interface TestRotationOptions extends TestKeyOptions {
  /**
   * Whether the keys until now stay published. `true` is a planned rotation: tokens of the old keys stay
   * valid. `false` is the rotation after a key was stolen.
   *
   * @defaultValue `true`
   */
  readonly keepOld?: boolean
}

type PublicKey = TestKey['publicKey']

/** The keys of a test issuer. @internal */
export class IssuerKeys {
  readonly #where: string
  readonly #algorithm: SignatureAlgorithm
  readonly #publishesEncryptionKey: boolean
  #keys: readonly TestKey[]
  #signing: TestKey
  #encryptionKey: PublicKey | undefined

  constructor(parts: {
    readonly where: string
    readonly algorithm: SignatureAlgorithm
    readonly keys: readonly TestKey[] | undefined
    readonly publishesEncryptionKey: boolean
  }) {
    const { where, algorithm, keys = [] } = parts
    const [first = createTestKey({ algorithm })] = keys
    this.#where = where
    this.#algorithm = algorithm
    this.#publishesEncryptionKey = parts.publishesEncryptionKey
    this.#keys = keys.length === 0 ? [first] : [...keys]
    this.#signing = first
  }

  /** The key that signs tokens. */
  get signing(): TestKey {
    return this.#signing
  }

  /** The public keys that the key set has. */
  get published(): readonly PublicKey[] {
    const keys: PublicKey[] = this.#keys.map(({ publicKey }) => publicKey)
    // Keycloak has a second RSA key, which encrypts. It must never be taken for a key that signs.
    if (this.#publishesEncryptionKey && this.#signing.algorithm.startsWith('RS')) {
      this.#encryptionKey ??= createEncryptionKey()
      keys.push(this.#encryptionKey)
    }
    return keys
  }

  /** Whether a key is one of the issuer's. */
  has(key: TestKey): boolean {
    return this.#keys.includes(key)
  }

  /** The key with an id, or the given key. @throws {TypeError} if no key has the id */
  named(key: string | TestKey | undefined): TestKey {
    if (key === undefined) return this.#signing
    if (typeof key !== 'string') return key
    const ids = this.#keys.map(({ keyId }) => keyId)
    const found = this.#keys.find(({ keyId }) => keyId === key)
    if (found !== undefined) return found
    const nearest = nearestName(key, ids)
    const hint = nearest === undefined ? '' : ` (did you mean ${quoted(nearest)}?)`
    const list = ids.map((id) => quoted(id)).join(', ')
    throw new TypeError(
      `${this.#where}: the issuer has no key ${quoted(key)}${hint}; its keys are ${list}`,
    )
  }

  /** Publishes one more key, which does not sign. */
  add(key: TestKey | TestKeyOptions = {}): TestKey {
    const added = 'sign' in key ? key : createTestKey({ algorithm: this.#algorithm, ...key })
    this.#keys = [...this.#keys, added]
    return added
  }

  /** Signs with a new key from now on. */
  rotate({ keepOld = true, ...options }: TestRotationOptions = {}): TestKey {
    const key = createTestKey({ algorithm: this.#algorithm, ...options })
    this.#keys = keepOld ? [key, ...this.#keys] : [key]
    this.#signing = key
    return key
  }

  /** Takes a key out of the key set. Tokens that it signed are no longer valid. */
  remove(key: string | TestKey): void {
    const removed = this.named(key)
    this.#keys = this.#keys.filter((one) => one !== removed)
  }
}

function createEncryptionKey(): PublicKey {
  const { publicKey } = createTestKey({ algorithm: 'RS256' })
  return { ...publicKey, alg: 'RSA-OAEP', use: 'enc' }
}
