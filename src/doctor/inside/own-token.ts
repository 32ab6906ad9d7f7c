import { inspectedServer, type TokenAnswer } from '../../authorization-server/inspection.ts'
import { unverifiedClaims } from '../../jws/compact-jws.ts'
import { quoted } from '../../quoted.ts'
import type { Report } from '../examination.ts'
import { findingOf } from '../finding.ts'
import type { InsideIssuer } from './inside-server.ts'
import { KEYCLOAK_FINDINGS } from './keycloak-catalogue.ts'

/**
 * Requests a token for this server by client credentials, with the scopes that every request needs.
 *
 * @returns `undefined` if the client gets no token, or none with these scopes
 * @internal
 */
export async function ownTokenOf(
  issuer: InsideIssuer,
  kind: 'without resource' | 'with resource',
  report: Report,
): Promise<string | undefined> {
  const { resource, requiredScopes } = issuer.settings
  const parameters = {
    grant_type: 'client_credentials',
    scope: requiredScopes.join(' '),
    ...(kind === 'with resource' ? { resource } : {}),
  }
  const answer = await request(issuer, parameters)
  const { access_token: token, error } = answer?.members ?? {}
  if (kind === 'with resource' && issuer.isKeycloak && error === 'invalid_target') {
    const seen = `HTTP ${answer?.status}, error "invalid_target", for \`resource\` ${quoted(resource)}`
    report(findingOf(KEYCLOAK_FINDINGS, 'KEYCLOAK_RESOURCE_UNKNOWN', seen))
  }
  if (answer?.status !== 200 || typeof token !== 'string') return undefined
  // A server may leave out scopes that the client must not have (RFC 6749 §3.3).
  const { scope = unverifiedClaims(token)?.scope } = answer.members
  const granted = typeof scope === 'string' ? scope.split(' ') : []
  const said = scope !== undefined && !issuer.isKeycloak
  return said && !requiredScopes.every((name) => granted.includes(name)) ? undefined : token
}

/** @returns `undefined` if there is no answer that can be read */
async function request(
  { configured, settings }: InsideIssuer,
  parameters: Readonly<Record<string, string>>,
): Promise<TokenAnswer | undefined> {
  try {
    const { requestToken } = await inspectedServer(configured.server, settings)
    return await requestToken?.(parameters)
  } catch {
    // The client may have no right to this grant. The other examinations report broken endpoints.
    return undefined
  }
}
