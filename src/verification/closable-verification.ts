import type { HttpClient } from '../authorization-server/http/http-client.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { redacted } from '../redaction.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import { leaveOnAbort } from '../storage/single-flight.ts'
import type { Explanation } from '../token/explanation.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { explainVerification } from './explain-verification.ts'
import type { VerificationContext } from './token-verifier.ts'
import type { TokenVerification, Verification } from './verification.ts'

/**
 * A verification with its own HTTP client, for a verifier that is used without a resource server. A
 * caller can abort its wait, `close()` closes the connections, and no error quotes the token.
 *
 * @internal
 */
export class ClosableVerification implements TokenVerification {
  readonly #verification: TokenVerification
  readonly #http: HttpClient
  #closed = false

  constructor(verification: TokenVerification, http: HttpClient) {
    this.#verification = verification
    this.#http = http
  }

  async verify(presented: PresentedToken, context: VerificationContext): Promise<Verification> {
    if (this.#closed) throw closedError()
    const work = this.#verifyRedacted(presented, context)
    return context.signal === undefined ? work : leaveOnAbort(work, context.signal)
  }

  explain(presented: PresentedToken, explanation: Explanation): Promise<VerifiedToken | undefined> {
    return explainVerification(this.#verification, presented, explanation)
  }

  stillTrusts(verification: Verification): MaybePromise<boolean> {
    return this.#verification.stillTrusts(verification)
  }

  async ready(): Promise<void> {
    if (this.#closed) throw closedError()
    await this.#verification.ready?.()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#http.close()
  }

  async #verifyRedacted(
    presented: PresentedToken,
    context: VerificationContext,
  ): Promise<Verification> {
    try {
      return await this.#verification.verify(presented, context)
    } catch (error) {
      throw redacted(error, presented.secret)
    }
  }
}

/** Makes the error that a closed verifier throws at every use. @internal */
export function closedError(): UnavailableError {
  return new UnavailableError('closed', 'the verifier was closed by close()')
}
