import type { ChallengeError } from '../errors.ts'
import { readAudience } from './audience.ts'
import { readConfirmation } from './confirmation.ts'
import { readNumericDate } from './lifetime.ts'
import { readText } from './rules.ts'
import { readScopes } from './scope.ts'
import type { Claims } from './verified-token.ts'

/** Members of an answer that are strings: RFC 7662 §2.2, and those that Keycloak adds. */
const TEXTS = ['iss', 'sub', 'jti', 'client_id', 'azp', 'token_type', 'typ'] as const
const DATES = ['exp', 'nbf', 'iat'] as const

/**
 * Says which member of an introspection answer has another type than RFC 7662 §2.2 gives it, or
 * nothing where all are well. Such an answer says nothing about the token, so it is the server's
 * fault; the same claim in a JWT is the token's, since its issuer signed it.
 *
 * @internal
 */
export function answerFault(answer: Claims): string | undefined {
  try {
    for (const name of TEXTS) readText(answer, name)
    for (const name of DATES) readNumericDate(answer, name)
    if (answer.aud !== undefined) readAudience(answer.aud)
    readScopes(answer.scope)
    readConfirmation(answer.cnf)
    return undefined
  } catch (error) {
    const { reason, message } = error as ChallengeError
    // A binding that is not known here is well-formed: the rules refuse its token.
    return reason === 'claim_malformed' ? message : undefined
  }
}
