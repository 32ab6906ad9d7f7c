import { UnavailableError } from '../errors/unavailable-error.ts'
import { isObject } from '../json-object.ts'
import { CONFIRMATION_MEMBERS, readConfirmation } from '../token/confirmation.ts'
import { INTROSPECTION_MAX_AGE } from '../token/defaults.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { TokenVerifier } from './token-verifier.ts'
import type { TokenVerification } from './verification.ts'

const NO_VERIFIED_TOKEN =
  'verify() did not return a verified token with a list `scopes` and a number `expiresAt`; create the ' +
  'token with createVerifiedToken()'

/**
 * Wraps a verifier that a user wrote, or that another copy of this package made, as a verification. Its
 * keys are unknown, so its results are trusted until they are too old or the token expires.
 *
 * @internal
 */
export function foreignVerification(verifier: TokenVerifier): TokenVerification {
  return {
    async verify({ text }, context) {
      // The context of a request makes its signal only when it is read, so the verifier gets a plain one.
      const found = await verifier.verify(text, { ...context, signal: context.signal })
      checkShape(found)
      const token = withBinding(found)
      const maxAge =
        token.verifiedBy === 'signature' ? Number.POSITIVE_INFINITY : INTROSPECTION_MAX_AGE
      return { token, keyId: undefined, maxAge }
    },
    stillTrusts: () => true,
    async ready() {
      await verifier.ready?.()
    },
    async close() {
      await verifier.close?.()
    },
  }
}

/**
 * Reads the binding of a token. The verifier may pass on the claims of a bound token and leave out
 * `confirmation`. The token is bound all the same (RFC 7800 §3). A binding that the gate cannot enforce
 * is refused (CNF-1).
 *
 * @throws {ChallengeError} `confirmation_unknown`, `claim_malformed`
 * @throws {UnavailableError} `verifier_failed` when `confirmation` and the claims name different keys
 */
function withBinding(token: VerifiedToken): VerifiedToken {
  const claimed: unknown = token.claims?.cnf
  if (token.confirmation === undefined) {
    if (claimed === undefined) return token
    return Object.freeze({ ...token, confirmation: readConfirmation(claimed) })
  }
  const given = Object.entries(token.confirmation).filter(([, value]) => value !== undefined)
  const confirmation = readConfirmation(Object.fromEntries(given))
  for (const name of CONFIRMATION_MEMBERS) {
    const value = isObject(claimed) ? claimed[name] : undefined
    if (value === undefined || value === confirmation?.[name]) continue
    const detail = `verify() returned a token whose \`confirmation\` has another ${name} than its claim "cnf"`
    throw new UnavailableError('verifier_failed', detail)
  }
  return Object.freeze({ ...token, confirmation })
}

/** Checks the members that later code relies on. @throws {UnavailableError} `verifier_failed` */
function checkShape(token: VerifiedToken): void {
  // A verifier in JavaScript may return anything. If `scopes` were a string, `includes` would match
  // parts of a scope.
  if (
    !Array.isArray(token?.scopes) ||
    !Number.isFinite(token.expiresAt) ||
    !(token.confirmation === undefined || isObject(token.confirmation))
  ) {
    throw new UnavailableError('verifier_failed', NO_VERIFIED_TOKEN)
  }
}
