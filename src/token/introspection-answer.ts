import type { ChallengeError } from '../errors.ts'
import { readAudience } from './audience.ts'
import { readConfirmation } from './confirmation.ts'
import { readNumericDate } from './lifetime.ts'
import { readText } from './rules.ts'
import { readScopeList } from './scope.ts'
import type { SettledProfile } from './settled-profile.ts'
import type { Claims } from './verified-token.ts'

const DATES = ['exp', 'nbf', 'iat'] as const

/**
 * Finds a member of an introspection answer that has the wrong type (RFC 7662 §2.2). Such an answer is
 * a fault of the server. In a JWT the same claim is a fault of the token, since its issuer signed it.
 *
 * @returns what is wrong, or `undefined`
 * @internal
 */
export function answerFault(answer: Claims, profile: SettledProfile): string | undefined {
  try {
    for (const name of profile.introspectionTexts) readText(answer, name)
    for (const name of DATES) readNumericDate(answer, name)
    if (answer.aud !== undefined) readAudience(answer.aud)
    for (const name of profile.scopeClaims.introspection) {
      if (answer[name] !== undefined) readScopeList(answer[name], name)
    }
    readConfirmation(answer.cnf, profile.confirmationNotes)
    return undefined
  } catch (error) {
    const { reason, message } = error as ChallengeError
    // An unknown member of `cnf` is well-formed: the rules refuse the token.
    return reason === 'claim_malformed' ? message : undefined
  }
}
