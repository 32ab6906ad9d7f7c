import type { HttpClient } from '../authorization-server/http-client.ts'
import { leaveOnAbort } from '../storage/single-flight.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** Lets a caller leave, and the owner close the connections that were opened. @internal */
export function closing(verifier: TokenVerifier, http: HttpClient): TokenVerifier {
  return {
    verify(token, context) {
      const work = verifier.verify(token, context)
      return context?.signal === undefined ? work : leaveOnAbort(work, context.signal)
    },
    stillTrusts: (token) => verifier.stillTrusts?.(token) ?? true,
    ready: async () => verifier.ready?.(),
    close: () => http.close(),
  }
}
