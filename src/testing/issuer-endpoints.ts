import type { IssuerState } from './issuer-state.ts'
import { isTheClient } from './presented-client.ts'
import type { TestAnswer, TestIssuerRequest } from './test-answer.ts'

/** The metadata of the authorization server (RFC 8414 §2), with the changes of the test. @internal */
export function metadataOf({ issuer, shape, metadata }: IssuerState): Record<string, unknown> {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    introspection_endpoint: `${issuer}/introspect`,
    revocation_endpoint: `${issuer}/revoke`,
    token_endpoint_auth_methods_supported: CLIENT_METHODS,
    introspection_endpoint_auth_methods_supported: CLIENT_METHODS,
    revocation_endpoint_auth_methods_supported: CLIENT_METHODS,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'client_credentials', TOKEN_EXCHANGE],
    code_challenge_methods_supported: ['S256'],
    ...shape.metadata?.(issuer),
    ...Object.fromEntries(metadata),
  }
}

const CLIENT_METHODS = ['client_secret_basic', 'client_secret_post']

/** The grant type of token exchange (RFC 8693 §2.1). @internal */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** Answers about a token (RFC 7662 §2). A client that asks for a signed answer gets one (RFC 9701). @internal */
export async function introspect(
  state: IssuerState,
  request: TestIssuerRequest,
): Promise<TestAnswer> {
  const token = readToken(state.client, request)
  if (typeof token === 'object') return token
  const answer = introspectionOf(state, token)
  return request.headers.accept?.includes(SIGNED_ANSWER) ? signed(state, answer) : { body: answer }
}

function introspectionOf({ issued, shape }: IssuerState, token: string): Record<string, unknown> {
  const claims = issued.active(token)
  if (claims === undefined) return { active: false }
  // A bound token says how it is used (RFC 9449 §6.2).
  const tokenType = claims.cnf === undefined ? 'Bearer' : 'DPoP'
  return { ...claims, ...shape.introspected?.(claims), active: true, token_type: tokenType }
}

const SIGNED_ANSWER = 'application/token-introspection+jwt'

/** A signed answer (RFC 9701 §5). */
async function signed(
  { issuer, client, clock, keys }: IssuerState,
  answer: Record<string, unknown>,
): Promise<TestAnswer> {
  const claims = {
    iss: issuer,
    aud: client.clientId,
    iat: Math.floor(clock() / 1000),
    token_introspection: answer,
  }
  const body = await keys.signing.sign(claims, { typ: 'token-introspection+jwt' })
  return { headers: { 'content-type': SIGNED_ANSWER }, body }
}

/** Answers about a token as Google's tokeninfo does: a bearer token, and no client. @internal */
export function tokenInfo(
  { issued, shape, clock }: IssuerState,
  { headers }: TestIssuerRequest,
): TestAnswer {
  const claims = issued.active(headers.authorization?.replace(/^Bearer /i, '') ?? '')
  const body = claims && shape.tokenInfo?.(claims, clock() / 1000)
  if (body !== undefined) return { body }
  return { status: 400, body: { error: 'invalid_token', error_description: 'Invalid Value' } }
}

/** Revokes a token (RFC 7009 §2). A token that is not known counts as revoked (§2.2). @internal */
export function revoke({ client, issued }: IssuerState, request: TestIssuerRequest): TestAnswer {
  const token = readToken(client, request)
  if (typeof token === 'object') return token
  issued.revoke(token)
  return { headers: {}, body: '' }
}

/** The document at the issuer's own URL, if this kind of server has one. @internal */
export function issuerDocument({ issuer, shape, issued }: IssuerState): TestAnswer {
  const document = shape.issuerDocument?.(issuer, issued.notBefore)
  return document === undefined ? oauthError(404, 'not_found') : { body: document }
}

/** The token in the request of a client that has authenticated, or the error to answer with. */
function readToken(client: IssuerState['client'], request: TestIssuerRequest): string | TestAnswer {
  if (request.method !== 'POST') return oauthError(405, 'invalid_request')
  const form = new URLSearchParams(request.body)
  if (!isTheClient(client, request, form)) return oauthError(401, 'invalid_client')
  const tokens = form.getAll('token')
  const [token] = tokens
  return token === undefined || tokens.length > 1 ? oauthError(400, 'invalid_request') : token
}

/** An error answer (RFC 6749 §5.2). @internal */
export function oauthError(status: number, error: string): TestAnswer {
  return { status, body: { error } }
}
