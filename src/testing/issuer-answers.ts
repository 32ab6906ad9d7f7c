import type { IssuedTokens } from './issued-tokens.ts'
import type { TestKey } from './test-key.ts'

/** A request that a test issuer has received. */
export interface TestIssuerRequest {
  readonly method: string
  readonly url: string
  /** The header fields, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** @internal */
export interface TestIssuerAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

/** What a test issuer answers from. @internal */
export interface IssuerState {
  readonly issuer: string
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  readonly keys: TestKey[]
  readonly issued: IssuedTokens
  readonly requests: TestIssuerRequest[]
}

/** Answers a request. The same answers are given by every transport. @internal */
export function answerTo(state: IssuerState, request: TestIssuerRequest): TestIssuerAnswer {
  state.requests.push(request)
  const { origin, pathname } = new URL(request.url)
  const own = new URL(state.issuer)
  if (origin !== own.origin) return json(404, { error: 'not_found' })
  const path = own.pathname === '/' ? '' : own.pathname
  switch (pathname) {
    case `/.well-known/oauth-authorization-server${path}`:
    case `${path}/.well-known/openid-configuration`:
      return json(200, metadataOf(state))
    case `${path}/jwks`:
      return json(200, { keys: state.keys.map(({ publicKey }) => publicKey) })
    case `${path}/introspect`:
      return introspect(state, request)
    default:
      return json(404, { error: 'not_found' })
  }
}

function metadataOf({ issuer }: IssuerState): object {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    introspection_endpoint: `${issuer}/introspect`,
    introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
  }
}

function introspect({ client, issued }: IssuerState, request: TestIssuerRequest): TestIssuerAnswer {
  if (request.method !== 'POST') return json(405, { error: 'invalid_request' })
  const expected = [client.clientId, client.clientSecret].map(encodeURIComponent).join(':')
  const [scheme = '', credentials = ''] = (request.headers.authorization ?? '').split(' ')
  const given = Buffer.from(credentials, 'base64').toString()
  if (scheme.toLowerCase() !== 'basic' || given !== expected) {
    return json(401, { error: 'invalid_client' })
  }
  const token = new URLSearchParams(request.body).get('token')
  return token === null
    ? json(400, { error: 'invalid_request' })
    : json(200, issued.introspect(token))
}

function json(status: number, value: object): TestIssuerAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  }
}
