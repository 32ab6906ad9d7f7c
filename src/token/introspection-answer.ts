import type { ChallengeError } from '../errors/challenge-error.ts'
import { readAudience } from './audience.ts'
import { readConfirmation } from './confirmation.ts'
import { readNumericDate } from './lifetime.ts'
import { readScopeList } from './scope.ts'
import type { SettledProfile } from './settled-profile.ts'
import { readText } from './text-claim.ts'
import type { Claims } from './verified-token.ts'

const DATES = ['exp', 'nbf', 'iat'] as const

/**
 * Finds a member of an introspection answer that has the wrong type (RFC 7662 §2.2). Such an answer is
 * the authorization server's fault, not the caller's.
 *
 * @returns a description of the fault, or `undefined` if every member has the right type
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
    // An unknown member of `cnf` is no fault of the answer. The rules will refuse the token.
    return reason === 'claim_malformed' ? message : undefined
  }
}
