import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import type { SignatureAlgorithm } from '../jws/algorithms.ts'

/** Options of `createTestKey`. */
export interface TestKeyOptions {
  /**
   * The algorithm that the key signs with.
   *
   * @defaultValue `'ES256'`
   */
  readonly algorithm?: SignatureAlgorithm
  /**
   * The id of the key: `kid`.
   *
   * @defaultValue a random id
   */
  readonly keyId?: string
}

/** A key pair that signs tokens. */
export interface TestKey {
  readonly algorithm: SignatureAlgorithm
  /** `kid` of the public key and of the tokens. */
  readonly keyId: string
  readonly privateKey: KeyObject
  /** The public key, as a key set publishes it. */
  readonly publicKey: JWK & { readonly kid: string }
  /**
   * Signs anything: claims, or exact bytes.
   *
   * @param header members besides `alg` and `kid`, or in their place. A member that is `undefined` is left
   * out.
   */
  sign(
    payload: object | string | Uint8Array,
    header?: Readonly<Record<string, unknown>>,
  ): Promise<string>
}
