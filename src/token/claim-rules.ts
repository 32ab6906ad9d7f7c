import { ChallengeError } from '../errors/challenge-error.ts'
import { quoted } from '../quoted.ts'
import { audienceOf, checkAudience } from './audience.ts'
import { checkClaims, checkIssuer, checkType, readClientId } from './claim-checks.ts'
import { CONFIRMATION_MEMBERS, readConfirmation } from './confirmation.ts'
import type { ExaminedClaims, ReadClaims } from './examined-claims.ts'
import {
  checkIssuedAt,
  checkLifetime,
  checkNotBefore,
  checkUnexpired,
  readDates,
  type TokenDates,
} from './lifetime.ts'
import { describeMoment } from './moment.ts'
import { readScopes } from './scope.ts'
import { readText } from './text-claim.ts'

/** One rule for the claims of a token. @internal */
export interface ClaimRule {
  /** The name of the rule in explanations, such as `audience`. */
  readonly name: string
  /** The rule that must hold before this rule can be checked. */
  readonly needs?: string
  /**
   * Checks the rule, and keeps what it has read in `read`.
   *
   * @throws {ChallengeError} if the token breaks the rule
   */
  check(examined: ExaminedClaims, read: ReadClaims): void
  /** Says what the rule has found. It names no claim that identifies the user. */
  seen(examined: ExaminedClaims, read: ReadClaims): string
  /** Says more than the error does when the rule is broken. */
  more?(examined: ExaminedClaims, read: ReadClaims): string
}

/** The rules that also apply to claims of which some may be missing. An absent audience is passed over. */
const INCOMPLETE = new Set([
  'issuer',
  'type',
  'audience',
  'dates',
  'expiry',
  'not-before',
  'issued-at',
  'lifetime',
  'confirmation',
])

/**
 * The rules for the claims of JWTs and of introspection answers, in their order. The gate runs them until
 * one is broken. An explanation runs all of them. So a new rule belongs here, and nowhere else.
 *
 * @internal
 */
export const CLAIM_RULES: readonly ClaimRule[] = [
  {
    name: 'issuer',
    check: checkIssuer,
    seen: ({ claims }) =>
      claims.iss === undefined
        ? 'the answer has no "iss", and the issuer itself gave it'
        : `"iss" is ${quoted(claims.iss)}`,
  },
  {
    name: 'type',
    check: checkType,
    seen: ({ rules, headerType }) => {
      const header = headerType === undefined ? '' : ` (header "typ" is ${quoted(headerType)})`
      return `it is an access token of the profile ${quoted(rules.profile.name)}${header}`
    },
  },
  {
    name: 'audience',
    check({ claims, source, rules }, read) {
      const aud = audienceOf(claims, source, rules.profile)
      read.audience = checkAudience(aud, rules.audiences, rules.exclusiveAudience, {
        claims,
        profile: rules.profile,
      })
    },
    seen: ({ claims, rules }, { audience }) =>
      claims.aud === undefined
        ? `there is no "aud"; by the profile ${quoted(rules.profile.name)} the audience is ${quoted(audience)}`
        : `"aud" is ${quoted(claims.aud)}`,
  },
  {
    name: 'dates',
    check({ claims }, read) {
      read.dates = readDates(claims)
    },
    seen: ({ claims }) =>
      `${['exp', 'nbf', 'iat']
        .filter((name) => claims[name] !== undefined)
        .map(quoted)
        .join(', ')} can be read`,
  },
  {
    name: 'expiry',
    needs: 'dates',
    check: ({ rules, now }, read) =>
      checkUnexpired(datesOf(read).expiresAt, rules.clockTolerance, now),
    seen: atMoment('exp'),
    more: atMoment('exp'),
  },
  {
    name: 'not-before',
    needs: 'dates',
    check: ({ rules, now }, read) => checkNotBefore(datesOf(read), rules, now),
    seen: atMoment('nbf'),
    more: atMoment('nbf'),
  },
  {
    name: 'issued-at',
    needs: 'dates',
    check: ({ rules, now }, read) => checkIssuedAt(datesOf(read), rules, now),
    seen: atMoment('iat'),
    more: atMoment('iat'),
  },
  {
    name: 'lifetime',
    needs: 'dates',
    check: ({ rules }, read) => checkLifetime(datesOf(read), rules),
    seen({ rules: { maxTokenLifetime } }, read) {
      const { expiresAt, issuedAt } = datesOf(read)
      const lives =
        issuedAt === undefined ? '' : `the token is valid for ${expiresAt - issuedAt} s; `
      return `${lives}maxTokenLifetime is ${maxTokenLifetime === undefined ? 'not set' : `${maxTokenLifetime} s`}`
    },
  },
  {
    name: 'subject',
    check({ claims }, read) {
      read.subject = readText(claims, 'sub')
    },
    seen: (_examined, { subject }) =>
      subject === undefined ? 'there is no "sub"' : 'there is a "sub"',
  },
  {
    name: 'token-id',
    check({ claims }, read) {
      read.tokenId = readText(claims, 'jti')
    },
    seen: (_examined, { tokenId }) =>
      tokenId === undefined ? 'there is no "jti"' : 'there is a "jti"',
  },
  {
    name: 'client-id',
    check(examined, read) {
      read.clientId = readClientId(examined)
    },
    seen: (_examined, { clientId }) => `the client is ${quoted(clientId)}`,
  },
  {
    name: 'claims',
    check: checkClaims,
    seen: ({ source, rules }) =>
      source === 'jwt'
        ? `every claim that the profile ${quoted(rules.profile.name)} requires is there`
        : 'a subject or a client is named',
  },
  {
    name: 'scope-claim',
    check({ claims, source, rules }, read) {
      const { scopeClaims, scopePrefix } = rules.profile
      read.scopes = readScopes(claims, scopeClaims[source], scopePrefix)
    },
    seen: (_examined, { scopes }) =>
      scopes === undefined || scopes.length === 0
        ? 'the token has no scopes'
        : `the scopes are ${quoted(scopes.join(' '))}`,
  },
  {
    name: 'confirmation',
    check({ claims, rules }, read) {
      read.confirmation = readConfirmation(claims.cnf, rules.profile.confirmationNotes)
    },
    seen(_examined, { confirmation }) {
      const members = CONFIRMATION_MEMBERS.filter((name) => confirmation?.[name] !== undefined)
      return members.length === 0
        ? 'the token is not bound to a key or certificate'
        : `the token is bound ("cnf": ${members.join(', ')})`
    },
  },
]

/** The {@link CLAIM_RULES} for claims of which some may be missing. @internal */
export const INCOMPLETE_CLAIM_RULES: readonly ClaimRule[] = CLAIM_RULES.filter(({ name }) =>
  INCOMPLETE.has(name),
).map((rule) => {
  if (rule.name !== 'audience') return rule
  return {
    ...rule,
    check(examined, read) {
      if (examined.claims.aud !== undefined) rule.check(examined, read)
    },
  }
})

/** The dates, which the rule `dates` has read. */
function datesOf({ dates }: ReadClaims): TokenDates {
  if (dates === undefined) throw new ChallengeError('claim_missing', 'no "exp"')
  return dates
}

function atMoment(name: 'exp' | 'nbf' | 'iat'): ClaimRule['seen'] {
  return ({ claims, now }) => {
    const value = claims[name]
    return typeof value === 'number'
      ? `"${name}" is ${describeMoment(value, now)}`
      : `there is no "${name}"`
  }
}
