import {
  type CompactJws,
  parseCompactJws,
  type TokenShape,
  tokenShape,
  unverifiedClaims,
} from '../jws/compact-jws.ts'
import { KnownHeaders } from '../jws/known-headers.ts'
import { digestOf } from '../storage/digest.ts'
import { checkTokenText } from './rules.ts'
import type { Claims } from './verified-token.ts'

/** The characters of an access token: `token68` (RFC 9110 §11.2, RFC 6750 §2.1, RFC 9449 §7.1). */
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/

/** The headers of all access tokens of this process. Nothing in them depends on the issuer. */
const headers = new KnownHeaders()
const readHeader = headers.read.bind(headers)

/** Whether a text is one `token68`. This reads every character: check the length before. @internal */
export function isToken68(text: string): boolean {
  return TOKEN68.test(text)
}

/**
 * A token as a caller presented it. Nothing about it is verified. Its digest, shape and claims are
 * computed when they are first needed, and then kept.
 *
 * The constructor checks nothing: use {@link readPresentedToken} for a text whose length is unknown.
 *
 * A token from a header must be a `token68`. Its characters are checked when its text is first read. The digest
 * needs no check: the cache holds only results of `token68`s, and a text with the same digest is the same text.
 * So a token that is in the cache is never checked again.
 *
 * @internal
 */
export class PresentedToken {
  /** The token itself, which may be no `token68`. It is a secret: use it only to remove it from messages. */
  readonly secret: string
  readonly #malformed: (() => Error) | undefined
  #isToken68: boolean | undefined
  #digest: string | undefined
  #shape: TokenShape | undefined
  #jws: CompactJws | undefined
  #claims: { readonly read: Claims | undefined } | undefined

  /** @param malformed makes the error for a text that is no `token68`; without it, any text is read */
  constructor(text: string, malformed?: () => Error) {
    this.secret = text
    this.#malformed = malformed
  }

  /** The token itself. It is a secret: never log it. @throws the error for a text that is no `token68` */
  get text(): string {
    this.checkText()
    return this.secret
  }

  /** Whether the token is a `token68`. */
  get isToken68(): boolean {
    this.#isToken68 ??= isToken68(this.secret)
    return this.#isToken68
  }

  /** @throws the error for a text that is no `token68`, if the token must be one */
  checkText(): void {
    if (this.#malformed !== undefined && !this.isToken68) throw this.#malformed()
  }

  /** The digest of the token. Caches use it as the key. */
  get digest(): string {
    this.#digest ??= digestOf(this.secret)
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
    this.#jws ??= parseCompactJws(this.text, this.shape, readHeader)
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
