import { digestOf } from '../storage/digest.ts'
import {
  type CompactJws,
  parseCompactJws,
  type TokenShape,
  tokenShape,
  unverifiedClaims,
} from './compact-jws.ts'
import { checkTokenText } from './rules.ts'
import type { Claims } from './verified-token.ts'

/**
 * A token as a caller presented it. Nothing about it is verified. What is read from its text is read
 * when it is first needed, and once.
 *
 * The constructor checks nothing: use {@link readPresentedToken} for a text whose length is unknown.
 *
 * @internal
 */
export class PresentedToken {
  /** The token itself: a secret of its bearer. */
  readonly text: string
  #digest: string | undefined
  #shape: TokenShape | undefined
  #jws: CompactJws | undefined
  #claims: { readonly read: Claims | undefined } | undefined

  constructor(text: string) {
    this.text = text
  }

  /** The name under which a cache keeps what is known of the token. */
  get digest(): string {
    this.#digest ??= digestOf(this.text)
    return this.#digest
  }

  /** What the token looks like from outside. */
  get shape(): TokenShape {
    this.#shape ??= tokenShape(this.text)
    return this.#shape
  }

  /**
   * The token as a JWS, read strictly.
   *
   * @throws {ChallengeError} `token_malformed`, `token_encrypted`, `critical_header_refused`
   */
  jws(): CompactJws {
    this.#jws ??= parseCompactJws(this.text, this.shape)
    return this.#jws
  }

  /**
   * The claims that the token has in its payload, however the rest of it looks; `undefined` where
   * there is no payload that can be read. See {@link unverifiedClaims}.
   */
  claims(): Claims | undefined {
    if (this.#jws !== undefined) return this.#jws.claims
    this.#claims ??= { read: unverifiedClaims(this.text) }
    return this.#claims.read
  }
}

/**
 * Reads the text that a caller presents as its token. Its length is checked here and not again.
 *
 * @param maxTokenLength characters
 * @throws {ChallengeError} `token_too_long`, `token_malformed`
 * @internal
 */
export function readPresentedToken(text: string, maxTokenLength: number): PresentedToken {
  checkTokenText(text, maxTokenLength)
  return new PresentedToken(text)
}
