import { describe, expect, it } from 'vitest'
import { RESOURCE, SERVER_CLIENT } from './support/realms.ts'
import {
  assertedToken,
  boundToken,
  decoded,
  personToken,
  requestToken,
  serviceToken,
  type TokenAnswer,
} from './support/tokens.ts'

/** Tokens of a real Keycloak, with everything that `keycloakProfile` relies on. */
interface Shape {
  readonly header: { readonly alg: string; readonly typ: string }
  readonly typ: unknown
  readonly aud: unknown
  readonly azp: unknown
  readonly clientId: unknown
  readonly scopes: readonly string[]
  /** Which claims of these are there. */
  readonly has: readonly string[]
}

const WATCHED = ['sub', 'sid', 'jti', 'iat', 'exp', 'nbf', 'cnf', 'realm_access', 'resource_access']

function shapeOf(token: string): Shape {
  const { header, claims } = decoded(token)
  const { aud } = claims
  return {
    header: { alg: String(header.alg), typ: String(header.typ) },
    typ: claims.typ,
    // Their order is Keycloak's whim, as is that of the scopes.
    aud: Array.isArray(aud) ? [...aud].sort() : aud,
    azp: claims.azp,
    clientId: claims.client_id,
    scopes: String(claims.scope ?? '')
      .split(' ')
      .sort(),
    has: WATCHED.filter((name) => claims[name] !== undefined),
  }
}

const SCOPES = ['email', 'mcp:tools', 'profile']
const PERSON = ['sub', 'sid', 'jti', 'iat', 'exp']
const ROLES = ['realm_access', 'resource_access']
const SERVICE = ['sub', 'jti', 'iat', 'exp']
const RS256 = { alg: 'RS256', typ: 'JWT' }
const access = { typ: 'Bearer', aud: RESOURCE, scopes: SCOPES }

/** A service account's token names its client twice. */
const service = (client: string, header = RS256, has = SERVICE): Shape => ({
  ...access,
  header,
  azp: client,
  clientId: client,
  has,
})

/** A person's token names its client once, and the person's roles if there are any. */
const person = (client: string, more: Partial<Shape> = {}): Shape => ({
  ...access,
  header: RS256,
  azp: client,
  clientId: undefined,
  has: PERSON,
  ...more,
})

const bob = { user: 'bob' }
const withRoles = { has: [...PERSON, ...ROLES] }
const AT_JWT = { alg: 'RS256', typ: 'at+jwt' }

const accessTokens: readonly [string, () => Promise<TokenAnswer>, Shape][] = [
  ['a person', () => personToken('person'), person('person', withRoles)],
  ['a person without roles', () => personToken('person', bob), person('person')],
  [
    'a person, with further scopes',
    () => personToken('person', { scope: 'mcp:write mcp:admin' }),
    person('person', {
      ...withRoles,
      scopes: ['email', 'mcp:admin', 'mcp:tools', 'mcp:write', 'profile'],
    }),
  ],
  [
    'a person without the role that a scope needs',
    () => personToken('person', { ...bob, scope: 'mcp:write mcp:admin' }),
    person('person', { scopes: ['email', 'mcp:tools', 'mcp:write', 'profile'] }),
  ],
  [
    'at+jwt, a person',
    () => personToken('rfc9068-person'),
    person('rfc9068-person', { ...withRoles, header: AT_JWT, clientId: 'rfc9068-person' }),
  ],
  [
    'a service account with a role',
    () => serviceToken('service'),
    service('service', RS256, [...SERVICE, 'realm_access']),
  ],
  [
    'at+jwt, a service account',
    () => serviceToken('rfc9068-service'),
    service('rfc9068-service', AT_JWT),
  ],
  ['private_key_jwt', () => assertedToken(), service('private-key')],
  ['ES256', () => serviceToken('es256'), service('es256', { alg: 'ES256', typ: 'JWT' })],
  ['PS256', () => serviceToken('ps256'), service('ps256', { alg: 'PS256', typ: 'JWT' })],
  ['EdDSA', () => serviceToken('eddsa'), service('eddsa', { alg: 'EdDSA', typ: 'JWT' })],
  [
    'DPoP-bound',
    () => boundToken('dpop'),
    { ...service('dpop', RS256, [...SERVICE, 'cnf']), typ: 'DPoP' },
  ],
  [
    'lightweight',
    () => personToken('lightweight'),
    person('lightweight', { aud: undefined, has: ['sid', 'jti', 'iat', 'exp'] }),
  ],
  [
    'no scope of this server',
    () => personToken('elsewhere'),
    person('elsewhere', { aud: undefined, scopes: ['email', 'profile'] }),
  ],
  [
    'every role in scope',
    () => personToken('full-scope', bob),
    person('full-scope', { ...withRoles, aud: 'account', scopes: ['email', 'profile'] }),
  ],
  [
    'two audiences',
    () => serviceToken('service', { realm: 'two-audiences' }),
    { ...service('service'), aud: [RESOURCE, SERVER_CLIENT] },
  ],
  [
    'two audiences, one of them asked for (RFC 8707)',
    () => personToken('person', { realm: 'two-audiences', resource: RESOURCE }),
    person('person'),
  ],
  [
    'a service account with a refresh token: a session as well',
    () => serviceToken('service-by-resource', { resource: RESOURCE }),
    service('service-by-resource', RS256, PERSON),
  ],
  [
    'audience by role',
    () => personToken('person', { realm: 'by-role' }),
    person('person', { aud: SERVER_CLIENT, has: [...PERSON, 'resource_access'] }),
  ],
  [
    'audience by role, without the role',
    () => personToken('person', { ...bob, realm: 'by-role' }),
    person('person', { aud: undefined }),
  ],
]

describe('access tokens of the recipe’s clients', () => {
  it.each(accessTokens)('%s', async (_what, request, shape) => {
    const answer = await request()
    expect(shapeOf(answer.access_token)).toEqual(shape)
    expect(answer.token_type).toBe(shape.typ)
  })

  it('gives no token to a DPoP-bound client without a proof', async () => {
    await expect(serviceToken('dpop')).rejects.toThrow('DPoP proof is missing')
  })

  it('binds the token of any client that sends a proof', async () => {
    const { access_token } = await boundToken('service')
    expect(decoded(access_token).claims).toMatchObject({
      typ: 'DPoP',
      cnf: { jkt: expect.any(String) },
    })
  })

  it('refuses a resource that no client stands for', async () => {
    const resource = 'http://127.0.0.1:3002/mcp'
    await expect(personToken('person', { resource })).rejects.toThrow('invalid_target')
  })
})

describe('other tokens', () => {
  it('an ID token is for the client', async () => {
    const { id_token = '' } = await personToken('person', { scope: 'openid' })
    expect(decoded(id_token)).toMatchObject({
      header: RS256,
      claims: { typ: 'ID', aud: 'person', azp: 'person' },
    })
  })

  it('a refresh token is for Keycloak itself', async () => {
    const { refresh_token = '' } = await personToken('person')
    expect(decoded(refresh_token)).toMatchObject({
      header: { alg: 'HS512', typ: 'JWT' },
      claims: { typ: 'Refresh', azp: 'person' },
    })
  })

  it('an offline token can be had', async () => {
    const { refresh_token = '' } = await personToken('person', { scope: 'offline_access' })
    expect(decoded(refresh_token).claims.typ).toBe('Offline')
  })

  it('an exchanged token is for the downstream API alone', async () => {
    const { access_token } = await personToken('person')
    const exchanged = await requestToken('main', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: RESOURCE,
      client_secret: 'secret-of-the-server',
      subject_token: access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      scope: 'backend:read',
    })
    expect(decoded(exchanged.access_token).claims).toMatchObject({
      typ: 'Bearer',
      aud: 'backend-api',
      azp: RESOURCE,
      scope: 'backend:read',
      userLoginId: 'alice',
    })
  })
})
