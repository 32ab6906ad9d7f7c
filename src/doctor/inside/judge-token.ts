import { ChallengeError } from '../../errors/challenge-error.ts'
import { UnavailableError } from '../../errors/unavailable-error.ts'
import { checkScopes } from '../../gate/scopes.ts'
import { redacted, withoutToken } from '../../redaction.ts'
import { PresentedToken, readPresentedToken } from '../../token/presented-token.ts'
import { createScopeHierarchy } from '../../token/scope-hierarchy.ts'
import type { Claims, VerifiedToken } from '../../token/verified-token.ts'
import type { Report } from '../examination.ts'
import { findingOf, goodFinding } from '../finding.ts'
import { longLifeOf } from '../long-life.ts'
import type { InsideIssuer, InsideServer } from './inside-server.ts'
import { KEYCLOAK_FINDINGS } from './keycloak-catalogue.ts'
import { TOKEN_FINDINGS } from './token-catalogue.ts'
import { tokenFault } from './token-fault.ts'

/** A token that is judged. @internal */
export interface JudgedToken {
  readonly text: string
  /** Whose token it is, for what is seen: "The token". */
  readonly name: string
  /** Whether the token is of a program that nobody logs out of. */
  readonly isOfProgram?: boolean
}

/** Verifies a token with the rules of the gate, and reports what its claims show. @internal */
export async function judgeToken(
  server: InsideServer,
  { text, name, isOfProgram = false }: JudgedToken,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const claims = new PresentedToken(text).claims()
  const issuer = issuerOf(server, claims)
  if (issuer === undefined) return
  const seen = (words: string): string => `${name}: ${withoutToken(words, text)}`
  const refuse = (error: unknown, known: Claims | undefined): void => {
    const fault = redacted(error, text)
    report(tokenFault(fault, known, issuer, seen(fault.message)))
  }
  let token: VerifiedToken | undefined
  try {
    const presented = readPresentedToken(text, server.settings.maxTokenLength)
    ;({ token } = await server.verification.verify(presented, { signal }))
  } catch (error) {
    refuse(error, claims)
  }
  if (token !== undefined) {
    checkRequiredScopes(server, issuer, token, refuse, report, seen)
    await confirm(issuer, text, claims, report, seen, signal)
    reportBinding(server, token, report, seen)
    if (issuer.isKeycloak && token.subject === undefined) {
      report(findingOf(KEYCLOAK_FINDINGS, 'KEYCLOAK_NO_SUBJECT', seen('it has no "sub"')))
    }
  }
  const known = token?.claims ?? claims ?? {}
  reportClaims(issuer, known, report, seen)
  if (!isOfProgram && !isOfServiceAccount(known)) reportLogout(issuer, known, report, seen)
}

type Seen = (words: string) => string

/** The issuer that the token names; otherwise the only one, or the one for opaque tokens. */
function issuerOf({ issuers }: InsideServer, claims: Claims | undefined): InsideIssuer | undefined {
  return (
    issuers.find(({ url }) => url === claims?.iss) ??
    issuers.find(({ configured }) => configured.options.introspection?.opaqueTokens === true) ??
    issuers[0]
  )
}

function checkRequiredScopes(
  { settings }: InsideServer,
  issuer: InsideIssuer,
  token: VerifiedToken,
  refuse: (error: unknown, claims: Claims | undefined) => void,
  report: Report,
  seen: Seen,
): void {
  const { requiredScopes, scopeHierarchy } = settings
  const { profile } = issuer.configured.server
  const rules = {
    expandScopes: createScopeHierarchy(scopeHierarchy),
    scopeClaimsOf: () => profile.scopeClaims.jwt,
    challengeIncludesGranted: false,
  }
  try {
    checkScopes(rules, token, requiredScopes, undefined)
    report(goodFinding('TOKEN', seen('it is accepted, and has the scopes of every request')))
  } catch (error) {
    const none = !requiredScopes.some((scope) => token.scopes.includes(scope))
    if (issuer.isKeycloak && none && error instanceof ChallengeError) {
      const words = seen(error.message)
      report(findingOf(KEYCLOAK_FINDINGS, 'KEYCLOAK_SCOPE_NOT_IN_TOKEN', words))
    } else refuse(error, token.claims)
  }
}

/** Asks introspection about a token that was accepted without it. Only its own issuer gets the token. */
async function confirm(
  issuer: InsideIssuer,
  text: string,
  claims: Claims | undefined,
  report: Report,
  seen: Seen,
  signal: AbortSignal,
): Promise<void> {
  const { introspection, configured } = issuer
  if (introspection === undefined || configured.options.confirm !== 'never') return
  if (claims?.iss !== issuer.url) return
  try {
    const answer = await introspection.introspect(text, { lane: 'verified_tokens', signal })
    if (answer !== undefined) return
    const inactive = new ChallengeError('token_inactive', 'introspection calls it inactive')
    report(tokenFault(inactive, claims, issuer, seen(inactive.message)))
  } catch (error) {
    // The examination of the endpoint has reported it.
    if (!(error instanceof UnavailableError)) throw error
  }
}

function reportBinding(
  { settings }: InsideServer,
  { confirmation }: VerifiedToken,
  report: Report,
  seen: Seen,
): void {
  if (confirmation !== undefined) {
    const names = Object.keys(confirmation).join(' and ')
    report(findingOf(TOKEN_FINDINGS, 'TOKEN_BOUND', seen(`it is bound by "cnf": ${names}`)))
  }
  if (settings.dpop.mode === 'required' && confirmation?.jkt === undefined) {
    report(findingOf(TOKEN_FINDINGS, 'TOKEN_NOT_BOUND', seen('it has no "cnf" with "jkt"')))
  }
}

/** What the claims show that no rule refuses. */
function reportClaims(issuer: InsideIssuer, claims: Claims, report: Report, seen: Seen): void {
  const { maxTokenLifetime } = issuer.settings
  const life = longLifeOf(claims)
  if (life !== undefined && maxTokenLifetime === undefined) {
    report(findingOf(TOKEN_FINDINGS, 'TOKEN_LIVES_LONG', seen(`it lives ${life} s`)))
  }
  if (issuer.isKeycloak && [claims.aud].flat().includes('account')) {
    report(findingOf(KEYCLOAK_FINDINGS, 'KEYCLOAK_FULL_SCOPE', seen('its "aud" names "account"')))
  }
}

/** Whether a logout of the user of this token is noticed by a logout token. */
function reportLogout(issuer: InsideIssuer, claims: Claims, report: Report, seen: Seen): void {
  const { options, server } = issuer.configured
  const { backchannelLogout: logout } = options
  if (logout === undefined || claims.iss !== issuer.url) return
  if (claims.sid === undefined) {
    report(findingOf(TOKEN_FINDINGS, 'TOKEN_WITHOUT_SESSION', seen('it has no "sid"')))
  }
  const clientIds: readonly unknown[] = [logout.clientIds].flat()
  if (!server.profile.clientIdClaims.jwt.some((name) => clientIds.includes(claims[name]))) {
    const words = 'its client is not one of backchannelLogout.clientIds'
    report(findingOf(TOKEN_FINDINGS, 'TOKEN_OF_UNHEARD_CLIENT', seen(words)))
  }
}

/** Whether the token is of a program that Keycloak, or RFC 9068 §2.2, marks as such. */
function isOfServiceAccount(claims: Claims): boolean {
  const { preferred_username: name, sub, client_id: clientId } = claims
  if (typeof name === 'string' && name.startsWith('service-account-')) return true
  return sub === undefined || sub === clientId
}
