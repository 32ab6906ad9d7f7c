import { describe, expect, it } from 'vitest'
import { auth0, cognito, entraId, okta } from '../../../src/profiles/index.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { attackerKey, bearer, type Claims, ISSUER, NOW, RESOURCE } from '../../support/tokens.ts'
import {
  APPLICATION,
  AUTH0_ID_TOKEN,
  AUTH0_RFC9068_TOKEN,
  AUTH0_TOKEN,
  COGNITO_CLIENT,
  COGNITO_ID_TOKEN,
  COGNITO_TOKEN,
  ENTRA_CLIENT,
  ENTRA_ID_TOKEN,
  ENTRA_V1_TOKEN,
  ENTRA_V2_TOKEN,
  OKTA_ID_TOKEN,
  OKTA_TOKEN,
  OTHER_TENANT,
  POOL,
  TENANT,
  type VendorToken,
  vendorServer,
  vendorToken,
} from '../../support/vendor-tokens.ts'

const AUTH0 = vendorServer(auth0({ domain: 'acme.eu.auth0.com' }))
/** Clients of Entra ID ask for this scope; `scp` has its last part. */
const API = `api://${APPLICATION}`
const TOOLS = `${API}/mcp:tools`
const MORE = { requiredScopes: [TOOLS] }
const ENTRA_V2 = vendorServer(entraId({ tenantId: TENANT, applicationId: APPLICATION }), MORE)
const ENTRA_V1 = vendorServer(
  entraId({ tenantId: TENANT, applicationId: APPLICATION, tokenVersion: 'v1' }),
  MORE,
)
const ENTRA_BOTH = vendorServer(
  entraId({ tenantIds: [TENANT, OTHER_TENANT], applicationId: APPLICATION }),
  MORE,
)
const OKTA = vendorServer(
  okta({ domain: 'acme.okta.com', authorizationServerId: 'aus9o8wzkhckw9TLa0h7z' }),
)
const USER_POOL = { region: 'eu-central-1', userPoolId: POOL }
const COGNITO = vendorServer(cognito(USER_POOL))
const COGNITO_NAMED = vendorServer(
  cognito({ ...USER_POOL, resourceServerIdentifier: 'com.example.mcp' }),
)
const COGNITO_CLIENTS = vendorServer(
  cognito({ ...USER_POOL, acceptAnyTokenOfClients: [COGNITO_CLIENT] }),
)
const COGNITO_UPDATED = vendorServer(cognito({ ...USER_POOL, issuerType: 'updated' }))

/** `com.example.mcp` is an identifier that is not a URL. */
const NAMED_SCOPES = { scope: 'com.example.mcp/read mcp:tools' }

interface Change {
  readonly claims?: Claims
  readonly header?: VendorToken['header']
}

const V2_OF = (tenant: string): string => `https://login.microsoftonline.com/${tenant}/v2.0`

describe('an access token as the vendor documents it', () => {
  it.each<[string, ResourceServer, VendorToken, Change, object]>([
    [
      'Auth0',
      AUTH0,
      AUTH0_TOKEN,
      {},
      { clientId: 'my_client_id', scopes: ['openid', 'profile', 'mcp:tools'], tokenId: undefined },
    ],
    [
      'Auth0 with its RFC 9068 profile',
      AUTH0,
      AUTH0_RFC9068_TOKEN,
      {},
      { clientId: 'my_client_id' },
    ],
    [
      'Auth0 for a client without a user',
      AUTH0,
      AUTH0_TOKEN,
      { claims: { sub: 'm2m@clients', aud: RESOURCE, azp: 'm2m', gty: 'client-credentials' } },
      { subject: 'm2m@clients', clientId: 'm2m' },
    ],
    [
      'Entra ID, version 2',
      ENTRA_V2,
      ENTRA_V2_TOKEN,
      {},
      { clientId: ENTRA_CLIENT, scopes: [`${API}/access_as_user`, TOOLS], audience: [APPLICATION] },
    ],
    ['Entra ID, version 1', ENTRA_V1, ENTRA_V1_TOKEN, {}, { clientId: ENTRA_CLIENT }],
    [
      'Entra ID, version 1, with the application id as audience',
      ENTRA_V1,
      ENTRA_V1_TOKEN,
      { claims: { aud: APPLICATION } },
      { audience: [APPLICATION] },
    ],
    [
      'Entra ID, the second of two tenants',
      ENTRA_BOTH,
      ENTRA_V2_TOKEN,
      { claims: { iss: V2_OF(OTHER_TENANT), tid: OTHER_TENANT } },
      { issuer: V2_OF(OTHER_TENANT) },
    ],
    [
      'Okta',
      OKTA,
      OKTA_TOKEN,
      {},
      { clientId: 'nmdP1fcyvdVO11AL7ECm', scopes: ['openid', 'mcp:tools'] },
    ],
    [
      'Cognito without aud: the audience is the prefix of a scope',
      COGNITO,
      COGNITO_TOKEN,
      {},
      { clientId: COGNITO_CLIENT, audience: [RESOURCE] },
    ],
    [
      'Cognito with a resource binding',
      COGNITO,
      COGNITO_TOKEN,
      { claims: { aud: RESOURCE, scope: 'openid mcp:tools' } },
      { audience: [RESOURCE] },
    ],
    [
      'Cognito without aud, by the identifier of the resource server',
      COGNITO_NAMED,
      COGNITO_TOKEN,
      { claims: NAMED_SCOPES },
      { audience: ['com.example.mcp'] },
    ],
    [
      'Cognito for a client without a user',
      COGNITO_NAMED,
      COGNITO_TOKEN,
      { claims: { ...NAMED_SCOPES, sub: COGNITO_CLIENT, username: undefined } },
      { subject: COGNITO_CLIENT },
    ],
    [
      'Cognito without aud, of a client whose every token is accepted',
      COGNITO_CLIENTS,
      COGNITO_TOKEN,
      { claims: { scope: 'openid mcp:tools' } },
      { audience: [COGNITO_CLIENT] },
    ],
    [
      'Cognito with the updated issuer',
      COGNITO_UPDATED,
      COGNITO_TOKEN,
      { claims: { iss: `https://issuer-cognito-idp.eu-central-1.amazonaws.com/${POOL}` } },
      { subject: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee' },
    ],
  ])('is accepted: %s', async (_name, server, token, change, expected) => {
    expect(await server.verify(await vendorToken(token, change))).toMatchObject(expected)
  })
})

/** The token, what is changed in it, the reason of the refusal, and what its message says. */
type Refused = [string, ResourceServer, VendorToken, Change, string, RegExp]

const AUTH0_REFUSED: readonly Refused[] = [
  ['an ID token', AUTH0, AUTH0_ID_TOKEN, {}, 'token_type_refused', /ID token/],
  [
    'an ID token for this server',
    AUTH0,
    AUTH0_ID_TOKEN,
    { claims: { aud: RESOURCE } },
    'token_type_refused',
    /no "client_id" or "azp"/,
  ],
  [
    'an ID token with azp and nonce',
    AUTH0,
    AUTH0_ID_TOKEN,
    { claims: { aud: RESOURCE, azp: 'my_client_id', nonce: 'n' } },
    'token_type_refused',
    /"nonce" says that this is an ID token/,
  ],
  [
    'a token of another API',
    AUTH0,
    AUTH0_TOKEN,
    { claims: { aud: 'https://other.example.com' } },
    'audience_mismatch',
    /"aud" is "https:\/\/other\.example\.com"; expected .*[^I]$/,
  ],
  [
    "a token for Auth0's own API",
    AUTH0,
    AUTH0_TOKEN,
    { claims: { aud: ['https://acme.eu.auth0.com/userinfo'] } },
    'audience_mismatch',
    /Auth0's own API\. in Auth0: the client must name this server, by "resource"/,
  ],
  [
    'a token of another tenant',
    AUTH0,
    AUTH0_TOKEN,
    { claims: { iss: 'https://other.eu.auth0.com/' } },
    'issuer_unknown',
    /other\.eu/,
  ],
  [
    'an issuer without its slash',
    AUTH0,
    AUTH0_TOKEN,
    { claims: { iss: 'https://acme.eu.auth0.com' } },
    'issuer_unknown',
    /expected "https:\/\/acme\.eu\.auth0\.com\/"/,
  ],
  [
    'a token that the API signs with HS256',
    AUTH0,
    AUTH0_TOKEN,
    { header: { alg: 'HS256' } },
    'algorithm_refused',
    /signing algorithm of the API to RS256/,
  ],
  [
    'another header type',
    AUTH0,
    AUTH0_TOKEN,
    { header: { typ: 'logout+jwt' } },
    'token_type_refused',
    /never an access token/,
  ],
]

const ENTRA_REFUSED: readonly Refused[] = [
  [
    'an ID token for the application of this server',
    ENTRA_V2,
    ENTRA_ID_TOKEN,
    {},
    'token_type_refused',
    /no "azp" or "appid", which every access token of Entra ID has: is it an ID token\?/,
  ],
  [
    'an ID token with a nonce and azp',
    ENTRA_V2,
    ENTRA_ID_TOKEN,
    { claims: { nonce: '678910', azp: APPLICATION } },
    'token_type_refused',
    /"nonce"/,
  ],
  [
    'a token of version 1 where 2 is configured',
    ENTRA_V2,
    ENTRA_V1_TOKEN,
    {},
    'issuer_unknown',
    /version 1\.0: set requestedAccessTokenVersion to 2/,
  ],
  [
    'a token of version 2 where 1 is configured',
    ENTRA_V1,
    ENTRA_V2_TOKEN,
    {},
    'issuer_unknown',
    /version 2\.0: leave out `tokenVersion`/,
  ],
  [
    'a token of another tenant',
    ENTRA_V2,
    ENTRA_V2_TOKEN,
    { claims: { iss: V2_OF(OTHER_TENANT), tid: OTHER_TENANT } },
    'issuer_unknown',
    /fa15d692/,
  ],
  [
    'a token of a tenant that is not listed',
    ENTRA_BOTH,
    ENTRA_V2_TOKEN,
    { claims: { iss: V2_OF('11111111-1111-4111-8111-111111111111') } },
    'issuer_unknown',
    /not a configured issuer/,
  ],
  [
    'the issuer of every tenant',
    ENTRA_BOTH,
    ENTRA_V2_TOKEN,
    { claims: { iss: 'https://login.microsoftonline.com/{tenantid}/v2.0' } },
    'issuer_unknown',
    /not a configured issuer/,
  ],
  [
    'a token of another application',
    ENTRA_V2,
    ENTRA_V2_TOKEN,
    { claims: { aud: OTHER_TENANT } },
    'audience_mismatch',
    /expected/,
  ],
  [
    'version 2 with the Application ID URI as audience, which only version 1 has',
    ENTRA_V2,
    ENTRA_V2_TOKEN,
    { claims: { aud: `api://${APPLICATION}` } },
    'audience_mismatch',
    /expected/,
  ],
  [
    'a token for Microsoft Graph, of version 1',
    ENTRA_V2,
    ENTRA_V1_TOKEN,
    { claims: { aud: 'https://graph.microsoft.com' }, header: { nonce: 'x9Tq' } },
    'issuer_unknown',
    /this token is for Microsoft Graph: the client asked for no scope of this API/,
  ],
  [
    'a token for Microsoft Graph, by its id',
    ENTRA_V1,
    ENTRA_V1_TOKEN,
    { claims: { aud: '00000003-0000-0000-c000-000000000000' }, header: { nonce: 'x9Tq' } },
    'audience_mismatch',
    /this token is for Microsoft Graph/,
  ],
  [
    'a token for Azure',
    ENTRA_V1,
    ENTRA_V1_TOKEN,
    { claims: { aud: 'https://management.azure.com' } },
    'audience_mismatch',
    /this token is for an API of Microsoft/,
  ],
]

const OKTA_REFUSED: readonly Refused[] = [
  ['an ID token', OKTA, OKTA_ID_TOKEN, {}, 'token_type_refused', /"at_hash"/],
  [
    'an ID token for this server',
    OKTA,
    OKTA_ID_TOKEN,
    { claims: { aud: RESOURCE, at_hash: undefined } },
    'token_type_refused',
    /no "cid"/,
  ],
  [
    'a token of the org authorization server',
    OKTA,
    OKTA_TOKEN,
    {
      claims: { iss: 'https://acme.okta.com', aud: 'https://acme.okta.com' },
      header: { typ: 'application/okta-internal-at+jwt' },
    },
    'issuer_unknown',
    /org authorization server, and only Okta can verify its access tokens/,
  ],
  [
    'a token of the type of the org authorization server',
    OKTA,
    OKTA_TOKEN,
    { header: { typ: 'application/okta-internal-at+jwt' } },
    'token_type_refused',
    /org authorization server/,
  ],
  [
    'a token of another authorization server of the organization',
    OKTA,
    OKTA_TOKEN,
    { claims: { iss: 'https://acme.okta.com/oauth2/default' } },
    'issuer_unknown',
    /expected/,
  ],
  [
    'the audience that every new organization has',
    OKTA,
    OKTA_TOKEN,
    { claims: { aud: 'api://default' } },
    'audience_mismatch',
    /in place of api:\/\/default/,
  ],
]

const COGNITO_REFUSED: readonly Refused[] = [
  [
    'an ID token',
    COGNITO,
    COGNITO_ID_TOKEN,
    {},
    'token_type_refused',
    /"token_use" is "id"; Cognito's access tokens have "access"/,
  ],
  [
    'an ID token of a client whose every access token is accepted',
    COGNITO_CLIENTS,
    COGNITO_ID_TOKEN,
    {},
    'token_type_refused',
    /"token_use" is "id"/,
  ],
  [
    'a token of a sign-in without OAuth, which has no scope of an API',
    COGNITO,
    COGNITO_TOKEN,
    { claims: { scope: 'aws.cognito.signin.user.admin' } },
    'audience_missing',
    /names no API: the client must send "resource"/,
  ],
  [
    'a token without scopes',
    COGNITO,
    COGNITO_TOKEN,
    { claims: { scope: undefined } },
    'audience_missing',
    /no "aud"/,
  ],
  [
    'scopes of another API',
    COGNITO,
    COGNITO_TOKEN,
    { claims: { scope: 'openid https://other.example.com/mcp:tools mcp:tools' } },
    'audience_mismatch',
    /has scopes of other APIs only/,
  ],
  [
    'an API whose identifier begins with that of this server',
    COGNITO,
    COGNITO_TOKEN,
    { claims: { scope: `${RESOURCE}/admin/mcp:tools mcp:tools` } },
    'audience_mismatch',
    /expected/,
  ],
  [
    'the identifier itself as a scope, without a name',
    COGNITO,
    COGNITO_TOKEN,
    { claims: { scope: `${RESOURCE} mcp:tools` } },
    'audience_mismatch',
    /expected/,
  ],
  [
    'a resource binding to another API, with scopes of this server',
    COGNITO,
    COGNITO_TOKEN,
    { claims: { aud: 'https://other.example.com' } },
    'audience_mismatch',
    /other\.example\.com/,
  ],
  [
    'an empty aud, with scopes of this server',
    COGNITO,
    COGNITO_TOKEN,
    { claims: { aud: [] } },
    'audience_missing',
    /"aud" is empty/,
  ],
  [
    'a null as aud, with scopes of this server',
    COGNITO,
    COGNITO_TOKEN,
    { claims: { aud: null } },
    'claim_malformed',
    /"aud"/,
  ],
  [
    'a token of a client that is not listed',
    COGNITO_CLIENTS,
    COGNITO_TOKEN,
    { claims: { client_id: 'other', scope: 'mcp:tools' } },
    'audience_mismatch',
    /expected/,
  ],
  [
    'a client id as audience where no client is listed',
    COGNITO,
    COGNITO_TOKEN,
    { claims: { client_id: RESOURCE, scope: 'mcp:tools' } },
    'audience_missing',
    /no "aud"/,
  ],
  [
    'a token of another user pool',
    COGNITO,
    COGNITO_TOKEN,
    { claims: { iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other' } },
    'issuer_unknown',
    /eu-central-1_Other/,
  ],
]

describe.each([
  ['Auth0', AUTH0_REFUSED],
  ['Entra ID', ENTRA_REFUSED],
  ['Okta', OKTA_REFUSED],
  ['Cognito', COGNITO_REFUSED],
])('with %s', (_vendor, rows) => {
  it.each(rows)('RFC9068-1: refuses %s', async (_name, server, token, change, reason, words) => {
    const presented = await vendorToken(token, change)
    const error = await server.verify(presented).catch((refusal) => refusal)
    expect(error).toMatchObject({ reason, message: expect.stringMatching(words) })
  })
})

describe('every vendor', () => {
  it('S1.10: a challenge names the scopes that clients of Entra ID must ask for', async () => {
    const token = await vendorToken(ENTRA_V2_TOKEN, { claims: { scp: 'access_as_user' } })
    const decision = await ENTRA_V2.authenticate(bearer(token))
    expect(decision).toMatchObject({
      status: 403,
      headers: { 'WWW-Authenticate': expect.stringContaining(`scope="${TOOLS}"`) },
    })
  })

  const SERVERS: readonly [string, ResourceServer, VendorToken][] = [
    ['Auth0', AUTH0, AUTH0_TOKEN],
    ['Entra ID', ENTRA_V2, ENTRA_V2_TOKEN],
    ['Entra ID, version 1', ENTRA_V1, ENTRA_V1_TOKEN],
    ['Okta', OKTA, OKTA_TOKEN],
    ['Cognito', COGNITO, COGNITO_TOKEN],
  ]

  it.each(SERVERS)(
    '%s: refuses a token that has expired, or has another signature',
    async (_n, server, token) => {
      const reasonOf = async (made: Promise<string>) =>
        server.verify(await made).catch((refusal) => refusal.reason)
      expect(await reasonOf(vendorToken(token, { claims: { exp: NOW - 60 } }))).toBe(
        'token_expired',
      )
      expect(await reasonOf(vendorToken(token, { claims: { exp: undefined } }))).toBe(
        'claim_missing',
      )
      expect(await reasonOf(vendorToken(token, {}, attackerKey))).toBe('signature_invalid')
    },
  )

  it.each(SERVERS)('%s: refuses the tokens of every other vendor', async (_name, server, own) => {
    for (const [, , other] of SERVERS) {
      if (other === own) continue
      await expect(server.verify(await vendorToken(other))).rejects.toMatchObject({ status: 401 })
      // Even if the issuer were the same: another shape, and another audience.
      const claims = { iss: own.claims.iss, aud: 'https://other.example.com' }
      await expect(server.verify(await vendorToken(other, { claims }))).rejects.toMatchObject({
        status: 401,
      })
    }
  })

  it.each(SERVERS)(
    '%s: refuses a token of RFC 9068 of another issuer',
    async (_name, server, own) => {
      const claims = { iss: ISSUER }
      await expect(server.verify(await vendorToken(own, { claims }))).rejects.toMatchObject({
        reason: 'issuer_unknown',
      })
    },
  )
})
