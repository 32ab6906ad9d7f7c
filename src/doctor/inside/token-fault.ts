import { ChallengeError } from '../../errors/challenge-error.ts'
import type { ChallengeReason } from '../../errors/reasons.ts'
import type { UnavailableError } from '../../errors/unavailable-error.ts'
import { DECOY_AUDIENCE } from '../../keycloak/realm-scopes.ts'
import type { Claims } from '../../token/verified-token.ts'
import { type Finding, findingOf } from '../finding.ts'
import type { InsideIssuer } from './inside-server.ts'
import { KEYCLOAK_FINDINGS } from './keycloak-catalogue.ts'
import { TOKEN_FINDINGS } from './token-catalogue.ts'

type Code = keyof typeof TOKEN_FINDINGS

/** The findings for the reasons of the gate. A reason that is not listed is `TOKEN_REFUSED`. */
const CODES: Readonly<Partial<Record<ChallengeReason, Code>>> = {
  token_too_long: 'TOKEN_UNREADABLE',
  token_malformed: 'TOKEN_UNREADABLE',
  token_encrypted: 'TOKEN_UNREADABLE',
  token_opaque: 'TOKEN_UNREADABLE',
  critical_header_refused: 'TOKEN_UNREADABLE',
  algorithm_refused: 'TOKEN_SIGNATURE_UNVERIFIED',
  key_unknown: 'TOKEN_SIGNATURE_UNVERIFIED',
  key_ambiguous: 'TOKEN_SIGNATURE_UNVERIFIED',
  signature_invalid: 'TOKEN_SIGNATURE_UNVERIFIED',
  issuer_missing: 'TOKEN_OF_ANOTHER_ISSUER',
  issuer_unknown: 'TOKEN_OF_ANOTHER_ISSUER',
  token_type_refused: 'TOKEN_OF_ANOTHER_KIND',
  audience_missing: 'TOKEN_WITHOUT_AUDIENCE',
  audience_mismatch: 'TOKEN_FOR_ANOTHER_SERVER',
  claim_missing: 'TOKEN_CLAIM_MISSING',
  claim_malformed: 'TOKEN_CLAIM_MISSING',
  token_expired: 'TOKEN_EXPIRED',
  token_not_yet_valid: 'TOKEN_FROM_THE_FUTURE',
  token_issued_in_future: 'TOKEN_FROM_THE_FUTURE',
  token_lifetime_exceeded: 'TOKEN_LIVES_TOO_LONG',
  token_inactive: 'TOKEN_INACTIVE',
  token_revoked: 'TOKEN_INACTIVE',
  scope_missing: 'TOKEN_SCOPE_MISSING',
}

/** Near misses of an audience that are spellings of this server. */
const SPELLINGS: ReadonlySet<unknown> = new Set([
  'audience_scheme',
  'audience_loopback',
  'audience_port',
  'audience_origin',
  'audience_slash',
  'audience_case',
  'audience_spelling',
])

/**
 * Makes the finding for a token that the gate refuses.
 *
 * @param claims the token's claims, which are not verified; `undefined` if there are none to be read
 * @internal
 */
export function tokenFault(
  error: ChallengeError | UnavailableError,
  claims: Claims | undefined,
  issuer: InsideIssuer,
  seen: string,
): Finding {
  if (!(error instanceof ChallengeError)) return findingOf(TOKEN_FINDINGS, 'TOKEN_UNCHECKED', seen)
  const special = issuer.isKeycloak ? keycloakCode(error, claims, issuer) : undefined
  if (special !== undefined) return findingOf(KEYCLOAK_FINDINGS, special, seen)
  const { reason } = error
  if (reason === 'audience_mismatch' && SPELLINGS.has(error.nearMiss)) {
    return findingOf(TOKEN_FINDINGS, 'TOKEN_AUDIENCE_NEARLY', seen)
  }
  if (reason === 'token_inactive' && claims?.sub !== undefined && claims.aud === undefined) {
    return findingOf(TOKEN_FINDINGS, 'TOKEN_WITHOUT_AUDIENCE', seen)
  }
  return findingOf(TOKEN_FINDINGS, CODES[reason] ?? 'TOKEN_REFUSED', seen)
}

/** The finding that only Keycloak has for a refusal. */
function keycloakCode(
  { reason, nearMiss }: ChallengeError,
  claims: Claims = {},
  { configured, introspection, clock }: InsideIssuer,
): keyof typeof KEYCLOAK_FINDINGS | undefined {
  const audience: readonly unknown[] = [claims.aud ?? []].flat()
  if (nearMiss === 'audience_several' && audience.includes(DECOY_AUDIENCE)) {
    return 'KEYCLOAK_RESOURCE_NOT_SENT'
  }
  if (reason === 'audience_missing' || reason === 'claim_missing') {
    if (claims.sub !== undefined) return undefined
    if (claims.aud !== undefined) return 'KEYCLOAK_NO_SUBJECT'
    return introspection === undefined ? 'KEYCLOAK_LIGHTWEIGHT_TOKEN' : undefined
  }
  if (reason !== 'token_inactive' || audience.length === 0) return undefined
  const clientId = configured.options.introspection?.clientId
  const expired = typeof claims.exp === 'number' && claims.exp * 1000 <= clock()
  return audience.includes(clientId) || expired ? undefined : 'KEYCLOAK_CLIENT_NOT_IN_AUDIENCE'
}
