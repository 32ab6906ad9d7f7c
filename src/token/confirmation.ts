import { ChallengeError } from '../errors.ts'
import { isObject } from '../json-object.ts'
import { quoted } from '../quoted.ts'

/** What a sender-constrained token is bound to (RFC 7800 `cnf`). */
export interface Confirmation {
  /** RFC 9449 §6.1: SHA-256 thumbprint of the DPoP key. */
  readonly jkt?: string
  /** RFC 8705 §3.1: SHA-256 thumbprint of the client certificate. */
  readonly 'x5t#S256'?: string
}

const KNOWN_MEMBERS: ReadonlySet<string> = new Set<keyof Confirmation>(['jkt', 'x5t#S256'])

/**
 * Reads `cnf`. An unknown member is a restriction that cannot be enforced, so the token is refused
 * (CNF-1).
 *
 * @param notes members that only describe another member, and that member's name: see
 * `TokenProfile.confirmationNotes`
 * @throws {ChallengeError} `confirmation_unknown`, `claim_malformed`
 * @internal
 */
export function readConfirmation(
  cnf: unknown,
  notes: ReadonlyMap<string, keyof Confirmation> = new Map(),
): Confirmation | undefined {
  if (cnf === undefined) return undefined
  if (!isObject(cnf)) throw new ChallengeError('claim_malformed', '"cnf" is not an object')
  const members = Object.entries(cnf)
  if (members.length === 0) throw new ChallengeError('confirmation_unknown', '"cnf" is empty')
  for (const [name, value] of members) {
    if (!KNOWN_MEMBERS.has(name)) {
      const described = notes.get(name)
      if (described !== undefined && cnf[described] !== undefined) continue
      throw new ChallengeError(
        'confirmation_unknown',
        `"cnf" has the unknown member ${quoted(name)}`,
      )
    }
    if (typeof value !== 'string' || value === '') {
      throw new ChallengeError('claim_malformed', `"cnf" member ${quoted(name)} is not a string`)
    }
  }
  return cnf as Confirmation
}

/**
 * Joins what a JWT says with what introspection says about it. The caller has to prove possession of
 * everything that either of them names. They cannot contradict each other: see `checkSameToken`.
 *
 * @internal
 */
export function joinConfirmations(
  signed: Confirmation | undefined,
  answered: Confirmation | undefined,
): Confirmation | undefined {
  return signed === undefined ? answered : { ...answered, ...signed }
}

/**
 * Refuses a bound token that is shown as a plain bearer token: it was stolen, or its client uses it
 * wrongly. Without a proof of possession nobody can tell (RFC 9449 §7.1, RFC 8705 §3).
 *
 * @throws {ChallengeError} `sender_constraint_unmet`
 * @internal
 */
export function checkBearerUse(confirmation: Confirmation | undefined): void {
  if (confirmation === undefined) return
  const binding = Object.keys(confirmation).join(', ')
  throw new ChallengeError(
    'sender_constraint_unmet',
    `the token is bound ("cnf": ${binding}) and was shown as a bearer token`,
  )
}
