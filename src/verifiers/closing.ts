import type { HttpClient } from '../authorization-server/http-client.ts'
import { UnavailableError } from '../errors.ts'
import { leaveOnAbort } from '../storage/single-flight.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** Lets a caller leave, and the owner close the connections that were opened. @internal */
export function closing(verifier: TokenVerifier, http: HttpClient): TokenVerifier {
  let closed = false
  return {
    verify(token, context) {
      if (closed) return Promise.reject(closedError())
      const work = verifier.verify(token, context)
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
