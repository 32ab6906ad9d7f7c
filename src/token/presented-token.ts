import {
  type CompactJws,
  parseCompactJws,
  type TokenShape,
  tokenShape,
  unverifiedClaims,
} from '../jws/compact-jws.ts'
import { digestOf } from '../storage/digest.ts'
import { checkTokenText } from './rules.ts'
import type { Claims } from './verified-token.ts'

/**
 * A token as a caller presented it. Nothing about it is verified. Its digest, shape and claims are
 * computed when they are first needed, and then kept.
 *
 * The constructor checks nothing: use {@link readPresentedToken} for a text whose length is unknown.
 *
 * @internal
 */
export class PresentedToken {
  /** The token itself. It is a secret: never log it. */
  readonly text: string
  #digest: string | undefined
  #shape: TokenShape | undefined
  #jws: CompactJws | undefined
  #claims: { readonly read: Claims | undefined } | undefined

  constructor(text: string) {
    this.text = text
  }

  /** The digest of the token. Caches use it as the key. */
  get digest(): string {
    this.#digest ??= digestOf(this.text)
    return this.#digest
  }

  /** The kind of token that the text looks like. */
  get shape(): TokenShape {
    this.#shape ??= tokenShape(this.text)
    return this.#shape
  }

  /**
   * The token as a JWS, parsed strictly.
   *
   * @throws {ChallengeError} `token_malformed`, `token_encrypted`, `critical_header_refused`
   */
  jws(): CompactJws {
    this.#jws ??= parseCompactJws(this.text, this.shape)
    return this.#jws
  }

  /**
   * The unverified claims of the token's payload, also if other parts of the token are malformed.
   * `undefined` if the payload cannot be read. See {@link unverifiedClaims}.
   */
  claims(): Claims | undefined {
    if (this.#jws !== undefined) return this.#jws.claims
    this.#claims ??= { read: unverifiedClaims(this.text) }
    return this.#claims.read
  }
}

/**
 * Reads the text that a caller presents as its token. This is the only place that checks the length of
 * a token.
 *
 * @param maxTokenLength characters
 * @throws {ChallengeError} `token_too_long`, `token_malformed`
 * @internal
 */
export function readPresentedToken(text: string, maxTokenLength: number): PresentedToken {
  checkTokenText(text, maxTokenLength)
  return new PresentedToken(text)
}
