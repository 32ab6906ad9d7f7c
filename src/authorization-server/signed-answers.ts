import { ChallengeError } from '../errors/challenge-error.ts'
import { isObject } from '../json-object.ts'
import { isAcceptedAlgorithm } from '../jws/algorithms.ts'
import { type CompactJws, parseCompactJws } from '../jws/compact-jws.ts'
import { checkSignature } from '../jws/signature.ts'
import { quoted } from '../quoted.ts'
import { type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import { readAudience } from '../token/audience.ts'
import { readNumericDate } from '../token/lifetime.ts'
import type { SignedAnswerMode } from './options.ts'
import type { TokenIssuer } from './token-issuer.ts'

/** @internal */
export interface SignedAnswersOptions {
  /** The authorization server. Its keys verify the answers. */
  readonly server: TokenIssuer
  readonly mode: SignedAnswerMode
  /** Id of this server's client: the audience of the answers. */
  readonly clientId: string
  /** Seconds by which clocks may differ. */
  readonly clockTolerance: number
}

/** The media type of plain answers (RFC 7662 §2.2). */
const PLAIN = 'application/json'
/** The media type of signed answers, and without `application/` their header `typ` (RFC 9701 §5). */
const SIGNED = 'application/token-introspection+jwt'

const TYPES = new Set([SIGNED, SIGNED.slice('application/'.length)])

/**
 * Seconds before the question from which an answer is too old. It is more than zero because the clock
 * of the authorization server may be behind. An older answer may be a recorded one.
 */
const OLDEST = 60

/** Asks for signed introspection answers, and verifies them (RFC 9701). @internal */
export class SignedAnswers {
  readonly #options: SignedAnswersOptions

  constructor(options: SignedAnswersOptions) {
    this.#options = options
  }

  /**
   * The `Accept` header for a question.
   *
   * A server whose endpoint the operator configured may have no metadata. So the metadata is not
   * fetched only to find out whether that server offers signed answers.
   *
   * @throws {UnavailableError} `discovery_failed`
   */
  accept(): MaybePromise<string> {
    const { mode, server } = this.#options
    if (mode === 'required') return SIGNED
    if (mode === 'never' || server.isConfigured('introspection_endpoint')) return PLAIN
    return whenSettled(server.metadata(), (metadata) =>
      this.#offered(metadata.introspection_signing_alg_values_supported)
        ? `${SIGNED}, ${PLAIN};q=0.5`
        : PLAIN,
    )
  }

  /**
   * Finds out whether an answer is signed.
   *
   * @returns a description of the fault if the answer has another format than this server accepts
   */
  format(contentType = ''): 'signed' | 'plain' | { readonly fault: string } {
    const { mode } = this.#options
    const type = contentType.split(';', 1)[0]?.trim().toLowerCase()
    if (type === SIGNED && mode !== 'never') return 'signed'
    if (type === PLAIN && mode !== 'required') return 'plain'
    if (mode !== 'required') return { fault: 'the answer is not application/json' }
    return {
      fault: `the answer is not signed, and \`introspection.signedAnswers\` is "required"; set \`introspection_signed_response_alg\` for this server's client at the authorization server`,
    }
  }

  /**
   * Verifies a signed answer: type, algorithm, signature, issuer, audience, and that it is not old. The
   * messages repeat no claim, because a claim may contain anything that this server has sent.
   *
   * Only the members of `token_introspection` are the answer. The other claims describe the JWT
   * (RFC 9701 §5).
   *
   * @param asked when the question was sent, in seconds since the epoch
   * @param now seconds since the epoch
   * @returns the members of the answer, or a description of the fault
   * @throws {UnavailableError} `key_set_unavailable`, `discovery_failed`
   */
  async read(
    body: Uint8Array,
    asked: number,
    now: number,
  ): Promise<{ readonly members: Record<string, unknown> } | { readonly fault: string }> {
    try {
      const jws = parseCompactJws(Buffer.from(body).toString('latin1'))
      const fault = this.#faultOf(jws, asked, now)
      if (fault !== undefined) return { fault: `the signed answer: ${fault}` }
      const { server } = this.#options
      await checkSignature(jws, await server.keys.find(jws.algorithm, jws.keyId))
      return { members: jws.claims.token_introspection as Record<string, unknown> }
    } catch (error) {
      // The answer is not the caller's token. So its faults are never the caller's.
      if (!(error instanceof ChallengeError)) throw error
      const encrypted =
        "it is encrypted, which is not supported; remove `introspection_encrypted_response_alg` from this server's client at the authorization server"
      const fault = error.reason === 'token_encrypted' ? encrypted : error.message
      return { fault: `the signed answer: ${fault}` }
    }
  }

  #offered(algorithms: unknown): boolean {
    const { server } = this.#options
    return (
      Array.isArray(algorithms) &&
      algorithms.some((name) => isAcceptedAlgorithm(name, server.algorithms))
    )
  }

  #faultOf(
    { algorithm, type, claims }: CompactJws,
    asked: number,
    now: number,
  ): string | undefined {
    const { server, clientId, clockTolerance } = this.#options
    if (!isAcceptedAlgorithm(algorithm, server.algorithms)) {
      return `"alg" is ${quoted(algorithm)}, which is not an accepted algorithm; change \`introspection_signed_response_alg\` of this server's client at the authorization server`
    }
    // Otherwise any JWT of the server, such as an access token, could be passed off as an answer.
    if (!TYPES.has(type?.toLowerCase() ?? '')) return '"typ" is not token-introspection+jwt'
    if (claims.iss !== server.issuer) return `"iss" is not ${quoted(server.issuer)}`
    if (!readAudience(claims.aud).includes(clientId)) {
      return `"aud" does not name this server's client, ${quoted(clientId)}`
    }
    const issuedAt = readNumericDate(claims, 'iat')
    if (issuedAt === undefined) return 'no "iat"'
    if (!(issuedAt <= now + clockTolerance)) {
      return '"iat" is in the future: compare the clocks of both servers'
    }
    if (!(issuedAt >= asked - OLDEST - clockTolerance)) {
      return `"iat" is more than ${OLDEST} s before the question: compare the clocks of both servers`
    }
    const expiresAt = readNumericDate(claims, 'exp')
    if (expiresAt !== undefined && !(now < expiresAt + clockTolerance)) return 'it has expired'
    const notBefore = readNumericDate(claims, 'nbf')
    if (notBefore !== undefined && !(notBefore <= now + clockTolerance))
      return 'it is not valid yet'
    return isObject(claims.token_introspection)
      ? undefined
      : '"token_introspection" is not an object'
  }
}
