import { oauthError, TOKEN_EXCHANGE } from './issuer-endpoints.ts'
import type { IssuerState } from './issuer-state.ts'
import { isTheClient } from './presented-client.ts'
import type { TestAnswer, TestIssuerRequest } from './test-answer.ts'

/** Seconds for which the tokens of the token endpoint are valid. */
const LIFETIME = 300

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

/**
 * Issues a token to the client: for itself (RFC 6749 §4.4), or in exchange for a token of this issuer
 * (RFC 8693). A test issuer has no users who log in, so it has no other grant.
 *
 * @internal
 */
export async function issueToken(
  state: IssuerState,
  request: TestIssuerRequest,
): Promise<TestAnswer> {
  if (request.method !== 'POST') return oauthError(405, 'invalid_request')
  const form = new URLSearchParams(request.body)
  if (!isTheClient(state.client, request, form)) return oauthError(401, 'invalid_client')
  switch (form.get('grant_type')) {
    case 'client_credentials':
      return issued(state, form, { subject: state.client.clientId })
    case TOKEN_EXCHANGE: {
      const subject = state.issued.active(form.get('subject_token') ?? '')
      if (subject === undefined) return oauthError(400, 'invalid_request')
      const answer = await issued(state, form, { subject: String(subject.sub) })
      return { body: { ...(answer.body as object), issued_token_type: ACCESS_TOKEN } }
    }
    default:
      return oauthError(400, 'unsupported_grant_type')
  }
}

/** The token of the client for the requested audience and scopes. */
async function issued(
  state: IssuerState,
  form: URLSearchParams,
  { subject }: { readonly subject: string },
): Promise<TestAnswer> {
  const scope = form.get('scope')
  const audience = [...form.getAll('resource'), ...form.getAll('audience')]
  const token = await state.issued.jwt({
    subject,
    clientId: state.client.clientId,
    expiresIn: LIFETIME,
    ...(scope === null ? {} : { scopes: scope.split(' ').filter((word) => word !== '') }),
    ...(audience.length === 0
      ? {}
      : { audience: audience.length === 1 ? audience.join() : audience }),
  })
  return {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: {
      access_token: token,
      token_type: 'Bearer',
      expires_in: LIFETIME,
      ...(scope === null ? {} : { scope }),
    },
  }
}
