import { UnavailableError } from '../errors/unavailable-error.ts'
import { sameAlgorithm } from '../jws/algorithms.ts'
import { parseCompactJws } from '../jws/compact-jws.ts'
import { SigningError } from '../jws/own-signer.ts'
import { checkSignature } from '../jws/signature.ts'
import { createSigner, type Signer } from '../jws/signer.ts'
import { importKey, type VerificationKey } from '../jws/verification-key.ts'
import { optionError } from '../options/option-error.ts'
import type { Clock } from '../storage/clock.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { SignedMetadataSettings } from './options.ts'
import type { ProtectedResourceMetadata } from './protected-resource-metadata.ts'

/** Seconds until signing is tried again after it failed. Everybody can ask for the document. */
const RETRY_AFTER = 5

/** @internal */
export interface SignedMetadataParts {
  /** The public function that was called, for messages. */
  readonly where: string
  readonly settings: SignedMetadataSettings
  /** The document without `signed_metadata`. */
  readonly metadata: ProtectedResourceMetadata
  readonly clock: Clock
}

/**
 * The metadata document with the same members signed as `signed_metadata` (RFC 9728 §2.2). Both are made
 * from one value, so they cannot differ.
 *
 * It is signed when it is first needed, and once in the life of the process: the metadata does not
 * change, and the JWT has no `exp`. If signing fails there is no document, because a client cannot tell
 * an unsigned document from one whose signature somebody removed.
 *
 * @internal
 */
export class SignedMetadata {
  readonly #metadata: ProtectedResourceMetadata
  readonly #issuer: string
  readonly #signer: Signer
  readonly #clock: Clock
  #document: string | undefined
  #signing: Promise<string> | undefined
  #failure: { readonly error: UnavailableError; readonly at: number } | undefined

  /** @throws {TypeError} naming the option that is wrong */
  constructor({ where, settings, metadata, clock }: SignedMetadataParts) {
    const { key, algorithm, keyId, issuer, publishKey } = settings
    const option = 'signedMetadata.key'
    this.#signer = createSigner(where, option, key, { algorithm, keyId })
    if (publishKey && this.#signer.publicJwk() === undefined) {
      const wants =
        'has no public half that can be read, which `signedMetadata.publishKey` needs; give a signer with `publicKey`, or a key that can be exported'
      throw optionError(where, option, wants, key)
    }
    this.#metadata = metadata
    this.#issuer = issuer ?? metadata.resource
    this.#clock = clock
  }

  /**
   * Returns the document as JSON; a promise of it only if it must be signed first.
   *
   * @throws {UnavailableError} `metadata_signing_failed`
   */
  document(): MaybePromise<string> {
    if (this.#document !== undefined) return this.#document
    this.#signing ??= this.#sign().finally(() => {
      this.#signing = undefined
    })
    return this.#signing
  }

  /**
   * Returns the public key as a JWK Set in JSON.
   *
   * @throws {UnavailableError} `metadata_signing_failed`
   */
  async keySet(): Promise<string> {
    // A key that signs nothing is not published.
    await this.document()
    const found = await this.#publicKey()
    return JSON.stringify({ keys: found === undefined ? [] : [found.jwk] })
  }

  async #sign(): Promise<string> {
    const now = this.#clock()
    const failed = this.#failure
    const age = failed === undefined ? Number.POSITIVE_INFINITY : now - failed.at
    // A negative age means that the clock was set back. Then the real age is unknown.
    if (failed !== undefined && age >= 0 && age < RETRY_AFTER * 1000) throw failed.error
    try {
      const claims = { ...this.#metadata, iss: this.#issuer, iat: Math.floor(now / 1000) }
      const found = await this.#publicKey()
      const jwt = await this.#signer.sign(found === undefined ? {} : { kid: found.jwk.kid }, claims)
      if (found !== undefined) await checkOwnSignature(jwt, found.key)
      this.#document = JSON.stringify({ ...this.#metadata, signed_metadata: jwt })
      return this.#document
    } catch (cause) {
      const message = `the metadata cannot be signed: ${(cause as Error).message}; check \`signedMetadata.key\``
      const error = new UnavailableError('metadata_signing_failed', message, {
        retryAfter: RETRY_AFTER,
      })
      this.#failure = { error, at: now }
      throw error
    }
  }

  /** The public key, if it is known. A key without `kid` gets its thumbprint as `kid` (RFC 7638). */
  async #publicKey(): Promise<PublicKey | undefined> {
    const jwk = this.#signer.publicJwk()
    if (jwk === undefined) return undefined
    const key = await importKey(jwk, sameAlgorithm(this.#signer.algorithm))
    if (key === undefined) throw new SigningError('the public key cannot be read')
    return { jwk: { ...jwk, kid: jwk.kid ?? key.thumbprint }, key }
  }
}

interface PublicKey {
  readonly jwk: Readonly<Record<string, unknown>>
  readonly key: VerificationKey
}

/** Verifies a signature just made. An operator's own signer may name the public half of another key. */
async function checkOwnSignature(jwt: string, key: VerificationKey): Promise<void> {
  try {
    await checkSignature(parseCompactJws(jwt), key)
  } catch {
    throw new SigningError('the signature does not fit the public key')
  }
}
