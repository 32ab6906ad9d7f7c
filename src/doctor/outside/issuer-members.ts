import { urlFault } from '../../http/secure-url.ts'
import { quoted } from '../../quoted.ts'
import type { Report } from '../examination.ts'
import { findingOf } from '../finding.ts'
import { AUTHORIZATION_SERVER_FINDINGS } from './authorization-server-catalogue.ts'
import { tokenChallenge } from './challenges.ts'
import { type JsonDocument, stringsOf } from './json-document.ts'
import { challengesOf, type ObservedServer } from './observed-server.ts'

/** The endpoints that are called with codes, tokens, secrets or for keys. */
const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'introspection_endpoint',
  'revocation_endpoint',
  'registration_endpoint',
  'pushed_authorization_request_endpoint',
]

/** Judges what an authorization server says of itself (RFC 8414 §2). @internal */
export function judgeIssuerMembers(
  server: ObservedServer,
  issuer: string,
  members: JsonDocument,
  report: Report,
): void {
  const say = (code: keyof typeof AUTHORIZATION_SERVER_FINDINGS, seen: string): void =>
    report(findingOf(AUTHORIZATION_SERVER_FINDINGS, code, `${quoted(issuer)}: ${seen}`))
  for (const name of ENDPOINTS) {
    const url = members[name]
    if (url === undefined) continue
    const fault =
      typeof url === 'string' ? urlFault(url, server.allowInsecureHttp) : 'is not a text'
    if (fault !== undefined) say('ENDPOINT_INSECURE', `${name} ${quoted(url)} ${fault}`)
  }
  const grants = stringsOf(members.grant_types_supported)
  if (grants === undefined || grants.includes('authorization_code')) {
    const methods = members.code_challenge_methods_supported
    if (!stringsOf(methods)?.includes('S256')) {
      say('PKCE_MISSING', `code_challenge_methods_supported is ${quoted(methods)}`)
    }
    for (const name of ['authorization_endpoint', 'token_endpoint']) {
      if (members[name] === undefined) say('ENDPOINT_MISSING', `the metadata has no ${name}`)
    }
  }
  if (members.registration_endpoint !== undefined) {
    const url = quoted(members.registration_endpoint)
    say(
      'REGISTRATION_OPEN',
      `registration is offered at ${url}; the metadata does not say who may register`,
    )
  }
  const unknown = unknownScopes(server, members)
  if (unknown.length > 0) {
    say('SCOPE_UNKNOWN', `scopes_supported of the authorization server lacks ${quoted(unknown)}`)
  }
}

/** The scopes that the server names and the authorization server does not, if it lists its scopes. */
function unknownScopes(server: ObservedServer, members: JsonDocument): readonly string[] {
  const offered = stringsOf(members.scopes_supported)
  if (offered === undefined) return []
  // Both lists may have tens of thousands of scopes.
  const known = new Set(offered)
  const named = tokenChallenge(challengesOf(server.answer))?.parameters.get('scope') ?? ''
  const listed = stringsOf(server.metadata?.members.scopes_supported) ?? []
  const wanted = new Set([...named.split(' '), ...listed].filter((scope) => scope !== ''))
  return [...wanted].filter((scope) => !known.has(scope))
}
