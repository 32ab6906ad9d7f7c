import { isObject } from '../json-object.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import { ID_TOKEN_CLAIMS } from '../token/token-type.ts'

/** Longest text that is looked at. A real token is much shorter. */
const LONGEST = 65_536

/** Header types (RFC 7515 §4.1.9) of tokens that are not access tokens. */
const BY_HEADER: Readonly<Record<string, string>> = {
  'dpop+jwt': 'a DPoP proof (RFC 9449), which belongs into the header DPoP',
  'logout+jwt': 'a logout token',
  'secevent+jwt': 'a security event token (RFC 8417)',
  'token-introspection+jwt': 'a signed introspection answer (RFC 9701)',
  'client-authentication+jwt': 'the assertion of a client',
  'oauth-authz-req+jwt': 'an authorization request (RFC 9101)',
}

/** Values of the claim `typ` of Keycloak's tokens, and of `token_use` of Amazon Cognito. */
const BY_CLAIM: Readonly<Record<string, string>> = {
  refresh: 'a refresh token',
  offline: 'a refresh token (an offline token)',
  id: 'an ID token',
  logout: 'a logout token',
}

/**
 * Recognises a token that is no access token by its unverified header and claims. People often paste
 * another token of the same answer.
 *
 * @returns what the token is, such as `a refresh token`; `undefined` if nothing speaks against an access
 * token
 * @internal
 */
export function otherKindOf(token: string): string | undefined {
  if (token.length > LONGEST) return undefined
  const parts = token.split('.')
  if (parts.length === 5) return 'an encrypted token (JWE)'
  if (parts.length !== 3) return undefined
  const header = read(parts[0])
  const claims = read(parts[1])
  const type = lower(header.typ)?.replace(/^application\//, '')
  if (type === 'at+jwt') return undefined
  const byHeader = type === undefined ? undefined : own(BY_HEADER, type)
  if (byHeader !== undefined) return byHeader
  if (isObject(claims.events)) {
    const isLogout = Object.keys(claims.events).some((name) => name.endsWith('backchannel-logout'))
    return isLogout ? 'a logout token' : 'a security event token (RFC 8417)'
  }
  if (claims.token_introspection !== undefined) return 'a signed introspection answer (RFC 9701)'
  for (const claim of [claims.typ, claims.token_use]) {
    const name = lower(claim)
    const byClaim = name === undefined ? undefined : own(BY_CLAIM, name)
    if (byClaim !== undefined) return byClaim
    if (name === 'bearer' || name === 'access' || name === 'dpop') return undefined
  }
  return ID_TOKEN_CLAIMS.some((name) => claims[name] !== undefined) ? 'an ID token' : undefined
}

function read(part = ''): Readonly<Record<string, unknown>> {
  try {
    return parseStrictJsonObject(Buffer.from(part, 'base64url'))
  } catch {
    return {}
  }
}

function lower(value: unknown): string | undefined {
  return typeof value === 'string' ? value.toLowerCase() : undefined
}

function own(names: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined
}
