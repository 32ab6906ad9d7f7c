import { ChallengeError } from '../errors/challenge-error.ts'
import { quoted } from '../quoted.ts'
import type { ExaminedClaims } from './examined-claims.ts'
import { issuerNearMiss } from './near-miss.ts'
import { nearMissText } from './near-miss-texts.ts'
import { readText } from './text-claim.ts'
import { checkNotAnotherKind, checkTokenType } from './token-type.ts'

/**
 * Compares `iss` with the configured issuer, as exact strings (RFC 9068 §4, RFC 9207 §2.4, S1.11).
 *
 * @throws {ChallengeError} `issuer_missing`, `issuer_unknown`
 * @internal
 */
export function checkIssuer({ claims, source, rules: { issuer } }: ExaminedClaims): void {
  // An introspection answer may leave out `iss` (RFC 7662 §2.2), because the endpoint belongs to the
  // configured issuer.
  if (claims.iss === undefined && source === 'introspection') return
  if (claims.iss === undefined) throw new ChallengeError('issuer_missing', 'no "iss"')
  if (claims.iss !== issuer) {
    const nearMiss = issuerNearMiss(claims.iss, [issuer])
    const detail = `"iss" is ${quoted(claims.iss)}; expected ${quoted(issuer)}${nearMissText(nearMiss)}`
    throw new ChallengeError('issuer_unknown', detail, undefined, nearMiss)
  }
}

/**
 * Checks that the token is an access token.
 *
 * @throws {ChallengeError} `token_type_refused`, `sender_constraint_unmet`
 * @internal
 */
export function checkType(examined: ExaminedClaims): void {
  const { source, headerType, claims, rules } = examined
  if (source === 'jwt') checkNotAnotherKind(headerType, claims)
  rules.profile.checkType(examined)
  if (source === 'introspection') checkTokenType(claims)
}

/**
 * Checks that the required claims are there.
 *
 * @throws {ChallengeError} `claim_missing`
 * @internal
 */
export function checkClaims({ claims, source, rules: { profile } }: ExaminedClaims): void {
  const names = profile.clientIdClaims[source]
  const hasClient = names.some((name) => claims[name] !== undefined)
  // Only `active` is required in an introspection answer (RFC 7662 §2.2). So an answer needs no other
  // claims than audience, expiry, and a subject or a client id.
  if (source === 'introspection') {
    if (hasClient || claims.sub !== undefined) return
    throw new ChallengeError('claim_missing', 'the answer has neither "sub" nor "client_id"')
  }
  for (const name of profile.requiredClaims) {
    if (claims[name] === undefined) {
      throw new ChallengeError(
        'claim_missing',
        `no "${name}", which the token profile ${profile.name} requires`,
      )
    }
  }
  if (!hasClient) throw new ChallengeError('claim_missing', `no "${names.join('" or "')}"`)
}

/**
 * Reads the id of the OAuth client from the first claim of the profile that has one.
 *
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function readClientId({ claims, source, rules }: ExaminedClaims): string | undefined {
  for (const name of rules.profile.clientIdClaims[source]) {
    const value = readText(claims, name)
    if (value !== undefined) return value
  }
  return undefined
}
