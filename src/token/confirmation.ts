import { ChallengeError } from '../errors/challenge-error.ts'
import { isObject } from '../json-object.ts'
import { quoted } from '../quoted.ts'

/** The key or certificate that a sender-constrained token is bound to: its claim `cnf` (RFC 7800 §3). */
export interface Confirmation {
  /** SHA-256 thumbprint of the DPoP key (RFC 9449 §6.1). */
  readonly jkt?: string
  /** SHA-256 thumbprint of the client certificate (RFC 8705 §3.1). */
  readonly 'x5t#S256'?: string
}

/** The members of {@link Confirmation}. @internal */
export const CONFIRMATION_MEMBERS: readonly (keyof Confirmation)[] = ['jkt', 'x5t#S256']

const KNOWN_MEMBERS: ReadonlySet<string> = new Set(CONFIRMATION_MEMBERS)

/**
 * Reads `cnf`. An unknown member is a restriction that cannot be enforced, so the token is refused
 * (CNF-1).
 *
 * @returns the members that bind the token
 * @param notes the names of members that only describe another member, each with the name of the
 * described member: see `TokenProfile.confirmationNotes`
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
  return Object.fromEntries(members.filter(([name]) => KNOWN_MEMBERS.has(name)))
}

/**
 * Joins the confirmation of a JWT with the confirmation of the introspection answer for it. The caller
 * must prove possession of every key and certificate in either. The two cannot contradict each other,
 * because `checkSameToken` has compared them.
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
 * Refuses a bound token that is presented as a plain bearer token. Without a proof of possession, the
 * token may be stolen (RFC 9449 §7.1, RFC 8705 §3).
 *
 * @throws {ChallengeError} `sender_constraint_unmet`
 * @internal
 */
export function checkBearerUse(confirmation: Confirmation | undefined): void {
  const why =
    'was presented as a plain bearer token; expected the scheme DPoP and a proof, which the option ' +
    '`dpop` must allow'
  refuseBound(confirmation, why)
}

/**
 * Refuses a bound token where there is no request, such as in a public verifier. The proof of possession
 * is in the request, so nothing can check the proof.
 *
 * @throws {ChallengeError} `sender_constraint_unmet`
 * @internal
 */
export function checkUnbound(confirmation: Confirmation | undefined): void {
  refuseBound(
    confirmation,
    'a verifier cannot check the proof of possession, because the proof is in the request; use a gate, ' +
      'such as expressGate or fetchGate, or resourceServer.authenticate(request)',
  )
}

function refuseBound(confirmation: Confirmation | undefined, why: string): void {
  if (confirmation === undefined) return
  const binding = Object.keys(confirmation).join(', ')
  throw new ChallengeError(
    'sender_constraint_unmet',
    `the token is bound ("cnf": ${binding}), and ${why}`,
  )
}
