import { type JwsHeader, parseHeader } from './compact-jws.ts'

/** How many headers are kept. An issuer signs with one key, or with few. */
const MAX_HEADERS = 4

/**
 * Remembers the last valid headers of access tokens. All tokens that an issuer signs with one key have the
 * same header, which then is parsed once. A header is known only by exactly the same text.
 *
 * @internal
 */
export class KnownHeaders {
  readonly #known: { readonly encoded: string; readonly header: JwsHeader }[] = []
  #oldest = 0

  /** Reads the first part of a compact JWS. @throws {ChallengeError} as {@link parseHeader} */
  read(encoded: string): JwsHeader {
    for (const known of this.#known) if (known.encoded === encoded) return known.header
    const header = parseHeader(encoded)
    // The other tokens with this header get the same object.
    Object.freeze(header.header)
    // The text is copied, because V8 keeps a whole string (here the token) in memory for each part of it.
    const copy = Buffer.from(encoded, 'latin1').toString('latin1')
    this.#known[this.#oldest] = { encoded: copy, header }
    this.#oldest = (this.#oldest + 1) % MAX_HEADERS
    return header
  }
}
