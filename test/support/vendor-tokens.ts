/**
 * Access tokens and ID tokens as the vendors document them, with the clock of `tokens.ts`. Ids are made up.
 * The pages that the claims come from stand in the doc comments of the profiles.
 */
import type { AuthorizationServerOptions } from '../../src/resource-server/authorization-server-options.ts'
import type { ResourceServerOptions } from '../../src/resource-server/options.ts'
import type { TestKey } from '../../src/testing/index.ts'
import { type Claims, forge, NOW, RESOURCE, rsaKey, testResourceServer } from './tokens.ts'

export const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47'
export const OTHER_TENANT = 'fa15d692-e9c7-4460-a743-29f2956fd429'
export const APPLICATION = '6e74172b-be56-4843-9ff4-e66a39bb12e3'
export const ENTRA_CLIENT = '75dbe77f-10a3-4e59-85fd-8c127544f17c'
export const POOL = 'eu-central-1_Abc123xyz'
export const COGNITO_CLIENT = '7lhlkkfbfb4q5kpp90urffao'
export const GOOGLE_CLIENT = '407408718192.apps.googleusercontent.com'

/** A token: the members of the header besides `alg` and `kid`, and all claims. */
export interface VendorToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Claims
}

const TIMES = { iat: NOW - 60, exp: NOW + 300 }
const JWT = { typ: 'JWT' }

export const AUTH0_TOKEN: VendorToken = {
  header: JWT,
  claims: {
    iss: 'https://acme.eu.auth0.com/',
    sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
    aud: [RESOURCE, 'https://acme.eu.auth0.com/userinfo'],
    azp: 'my_client_id',
    scope: 'openid profile mcp:tools',
    permissions: ['mcp:tools', 'mcp:admin'],
    ...TIMES,
  },
}

export const AUTH0_RFC9068_TOKEN: VendorToken = {
  header: { typ: 'at+jwt' },
  claims: {
    iss: 'https://acme.eu.auth0.com/',
    sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
    aud: [RESOURCE, 'https://acme.eu.auth0.com/userinfo'],
    client_id: 'my_client_id',
    jti: '73WakrfVbNJBaAmhQtEeDv',
    scope: 'openid profile mcp:tools',
    ...TIMES,
  },
}

export const AUTH0_ID_TOKEN: VendorToken = {
  header: JWT,
  claims: {
    iss: 'https://acme.eu.auth0.com/',
    sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
    aud: 'my_client_id',
    sid: 'b1yKzTsYlTpZpLSCQ0Xk3kfPzLuUsd3h',
    name: 'Alice',
    ...TIMES,
  },
}

export const ENTRA_V2_TOKEN: VendorToken = {
  header: JWT,
  claims: {
    aud: APPLICATION,
    iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    ...TIMES,
    nbf: NOW - 60,
    aio: 'AXQAi/8IAAAAtAaZLo3ChMif6KOnttRB7eBq4',
    azp: ENTRA_CLIENT,
    azpacr: '0',
    name: 'Abe Lincoln',
    oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
    preferred_username: 'abeli@microsoft.com',
    rh: 'I',
    scp: 'access_as_user mcp:tools',
    roles: ['Operator'],
    sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
    tid: TENANT,
    uti: 'fqiBqXLPj0eQa82S-IYFAA',
    ver: '2.0',
  },
}

export const ENTRA_V1_TOKEN: VendorToken = {
  header: { ...JWT, x5t: 'i6lGk3FZzxRcUb2C3nEQ7syHJlY' },
  claims: {
    aud: `api://${APPLICATION}`,
    iss: `https://sts.windows.net/${TENANT}/`,
    ...TIMES,
    nbf: NOW - 60,
    acr: '1',
    amr: ['wia'],
    appid: ENTRA_CLIENT,
    appidacr: '0',
    ipaddr: '222.222.222.22',
    oid: '02223b6b-aa1d-42d4-9ec0-1b2bb9194438',
    scp: 'user_impersonation mcp:tools',
    sub: 'l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA',
    tid: TENANT,
    unique_name: 'abeli@microsoft.com',
    uti: 'FVsGxYXI30-TuikuuUoFAA',
    ver: '1.0',
  },
}

/** An ID token for the app registration of the server itself, so that its audience is an accepted one. */
export const ENTRA_ID_TOKEN: VendorToken = {
  header: JWT,
  claims: {
    ver: '2.0',
    iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
    aud: APPLICATION,
    ...TIMES,
    nbf: NOW - 60,
    name: 'Abe Lincoln',
    oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
    tid: TENANT,
    roles: ['Operator'],
    uti: 'fqiBqXLPj0eQa82S-IYFAA',
  },
}

export const OKTA_TOKEN: VendorToken = {
  header: { typ: undefined },
  claims: {
    ver: 1,
    jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
    iss: 'https://acme.okta.com/oauth2/aus9o8wzkhckw9TLa0h7z',
    aud: RESOURCE,
    sub: 'alice@example.com',
    ...TIMES,
    cid: 'nmdP1fcyvdVO11AL7ECm',
    uid: '00ulthapbErVUwVJy4x6',
    scp: ['openid', 'mcp:tools'],
    groups: ['Operators'],
  },
}

export const OKTA_ID_TOKEN: VendorToken = {
  header: { typ: undefined },
  claims: {
    ver: 1,
    sub: '00uid4BxXw6I6TV4m0g3',
    iss: 'https://acme.okta.com/oauth2/aus9o8wzkhckw9TLa0h7z',
    aud: 'nmdP1fcyvdVO11AL7ECm',
    ...TIMES,
    amr: ['pwd'],
    jti: 'ID.4eAWJOCMB3SX8XewDfVR',
    auth_time: NOW - 60,
    at_hash: 'cpqKfdQA5eH891Ff5oJr_Q',
  },
}

export const COGNITO_TOKEN: VendorToken = {
  header: { typ: undefined },
  claims: {
    sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    device_key: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    'cognito:groups': ['operators'],
    iss: `https://cognito-idp.eu-central-1.amazonaws.com/${POOL}`,
    version: 2,
    client_id: COGNITO_CLIENT,
    origin_jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    event_id: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    token_use: 'access',
    scope: `openid ${RESOURCE}/mcp:tools mcp:tools`,
    auth_time: NOW - 60,
    jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    username: 'alice',
    ...TIMES,
  },
}

export const COGNITO_ID_TOKEN: VendorToken = {
  header: { typ: undefined },
  claims: {
    sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    'cognito:groups': ['operators'],
    'cognito:username': 'alice',
    iss: `https://cognito-idp.eu-central-1.amazonaws.com/${POOL}`,
    aud: COGNITO_CLIENT,
    origin_jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    token_use: 'id',
    auth_time: NOW - 60,
    jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    ...TIMES,
  },
}

/** What Google's tokeninfo answers about an access token. Numbers are strings. */
export const GOOGLE_ANSWER: Claims = {
  azp: GOOGLE_CLIENT,
  aud: GOOGLE_CLIENT,
  sub: '110169484474386276334',
  scope: 'openid https://www.googleapis.com/auth/userinfo.email',
  exp: String(NOW + 300),
  expires_in: '300',
  email: 'alice@example.com',
  email_verified: 'true',
  access_type: 'online',
}

/** Signs a token of a vendor, with claims in place of its own; `undefined` leaves a claim out. */
export function vendorToken(
  { header, claims }: VendorToken,
  changes: { readonly claims?: Claims; readonly header?: VendorToken['header'] } = {},
  key: TestKey = rsaKey,
): Promise<string> {
  return forge({
    header: { ...header, ...changes.header },
    payload: JSON.stringify({ ...claims, ...changes.claims }),
    key,
  })
}

/** A resource server whose only authorization server has the keys of the tests. */
export function vendorServer(
  options: AuthorizationServerOptions | readonly AuthorizationServerOptions[],
  more: Partial<Omit<ResourceServerOptions, 'authorizationServer'>> = {},
) {
  const list = Array.isArray(options) ? options : [options as AuthorizationServerOptions]
  const keys = { keys: [rsaKey.publicKey] } as NonNullable<AuthorizationServerOptions['keys']>
  return testResourceServer({
    ...more,
    authorizationServer: list.map((one) => (one.tokenInfo === undefined ? { ...one, keys } : one)),
  })
}
