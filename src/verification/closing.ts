import type { HttpClient } from '../authorization-server/http/http-client.ts'
import { UnavailableError } from '../errors.ts'
import { redacted } from '../redaction.ts'
import { leaveOnAbort } from '../storage/single-flight.ts'
import { checkTokenText } from '../token/rules.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { TokenVerifier, VerificationContext } from './token-verifier.ts'

/**
 * Gives a verifier what `createResourceServer` would give it otherwise: a caller may leave, `close()` ends
 * the connections, and no error quotes the token.
 *
 * @internal
 */
export function closing(verifier: TokenVerifier, http: HttpClient): TokenVerifier {
  let closed = false
  return {
    verify(token, context) {
      if (closed) return Promise.reject(closedError())
      const work = verifyRedacted(verifier, token, context)
      return context?.signal === undefined ? work : leaveOnAbort(work, context.signal)
    },
    stillTrusts: (token) => verifier.stillTrusts?.(token) ?? true,
    async ready() {
      if (closed) throw closedError()
      await verifier.ready?.()
    },
    close() {
      closed = true
      return http.close()
    },
  }
}

/** The error of every use of a closed verifier. @internal */
export function closedError(): UnavailableError {
  return new UnavailableError('closed', 'close() was called: nothing is verified any more')
}

async function verifyRedacted(
  verifier: TokenVerifier,
  token: string,
  context: VerificationContext | undefined,
): Promise<VerifiedToken> {
  try {
    // A user without TypeScript may pass anything. The verifier itself judges the length.
    checkTokenText(token, Number.POSITIVE_INFINITY)
    return await verifier.verify(token, context)
  } catch (error) {
    throw redacted(error, token)
  }
}
