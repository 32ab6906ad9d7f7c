import { ChallengeError } from '../errors.ts'
import { quoted } from '../quoted.ts'
import { parseCompactJws, tokenShape } from '../token/compact-jws.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { TokenVerifier, VerificationContext } from './token-verifier.ts'

/**
 * Hands each token to the verifier of the issuer that it names. The name is not yet to be
 * believed: it only chooses whose keys and rules the token has to stand up to, and that verifier
 * judges the issuer again. Keys of one issuer never verify another's tokens (RFC 8725 §3.8).
 *
 * @internal
 */
export class ByIssuer implements TokenVerifier {
  readonly #verifiers: ReadonlyMap<string, TokenVerifier>
  readonly #opaque: TokenVerifier | undefined

  /** @param opaque takes the tokens that name no issuer */
  constructor(verifiers: ReadonlyMap<string, TokenVerifier>, opaque: TokenVerifier | undefined) {
    this.#verifiers = verifiers
    this.#opaque = opaque
  }

  async verify(token: string, context?: VerificationContext): Promise<VerifiedToken> {
    return this.#verifierFor(token).verify(token, context)
  }

  stillTrusts(token: VerifiedToken): boolean {
    const verifier = this.#verifiers.get(token.issuer)
    return verifier !== undefined && (verifier.stillTrusts?.(token) ?? true)
  }

  async ready(): Promise<void> {
    await Promise.all([...this.#verifiers.values()].map((verifier) => verifier.ready?.()))
  }

  #verifierFor(token: string): TokenVerifier {
    if (tokenShape(token) === 'opaque') {
      if (this.#opaque !== undefined) return this.#opaque
      throw new ChallengeError('token_opaque', 'not a JWT, and this server does not introspect')
    }
    const { iss } = parseCompactJws(token).claims
    const verifier = typeof iss === 'string' ? this.#verifiers.get(iss) : undefined
    if (verifier !== undefined) return verifier
    if (iss === undefined) throw new ChallengeError('issuer_missing', 'no "iss"')
    throw new ChallengeError('issuer_unknown', `"iss" is ${quoted(iss)}, not a configured issuer`)
  }
}
