import type { HttpClient } from '../authorization-server/http-client.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** Lets the owner of a verifier close the connections that were opened for it. @internal */
export function closing(verifier: TokenVerifier, http: HttpClient): TokenVerifier {
  return {
    verify: (token, context) => verifier.verify(token, context),
    stillTrusts: (token) => verifier.stillTrusts?.(token) ?? true,
    ready: async () => verifier.ready?.(),
    close: () => http.close(),
  }
}
