import { describe, expect, it } from 'vitest'
import { keycloakProfile } from '../../../src/keycloak/profile.ts'
import {
  ALLOWED,
  CLAIMS,
  type Claims,
  forge,
  ISSUER,
  invalidToken,
  judge,
  KEYCLOAK_CLAIMS,
  NOW,
  RESOURCE,
  signKeycloakToken,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const strict = testResourceServer()
const keycloak = testResourceServer({ server: { profile: keycloakProfile } })
const REFUSED = invalidToken('token_type_refused')

const INTROSPECTED: Claims = {
  ...{ iss: ISSUER, aud: RESOURCE, iat: NOW, exp: NOW + 9, token_introspection: CLAIMS },
}
const KEYCLOAK_INTROSPECTED: Claims = {
  ...{ ...KEYCLOAK_CLAIMS, token_introspection: { active: true, ...CLAIMS } },
}

/** Tokens of other kinds, with as many claims of an access token as they can have: header type, claims. */
const OTHERS: readonly [string, string, Claims][] = [
  ['an ID token', 'JWT', { ...CLAIMS, nonce: 'n' }],
  ['an ID token of Keycloak', 'JWT', { ...CLAIMS, typ: 'ID' }],
  ['a refresh token of Keycloak', 'JWT', { ...CLAIMS, typ: 'Refresh' }],
  ['an offline token of Keycloak', 'JWT', { ...CLAIMS, typ: 'Offline' }],
  ['a logout token', 'logout+jwt', { ...KEYCLOAK_CLAIMS, events: {}, sid: 's' }],
  ['a logout token of older Keycloaks', 'JWT', { ...CLAIMS, typ: 'Logout', events: {} }],
  ['RFC9701-1: an introspection answer', 'token-introspection+jwt', KEYCLOAK_INTROSPECTED],
  ['RFC9701-1: an introspection answer under another type', 'JWT', INTROSPECTED],
  ['MCP-27: an ID-JAG', 'oauth-id-jag+jwt', { ...KEYCLOAK_CLAIMS, client_id: 'c' }],
  ['a DPoP proof', 'dpop+jwt', { ...KEYCLOAK_CLAIMS, htm: 'POST', htu: RESOURCE }],
  ['a security event token', 'secevent+jwt', CLAIMS],
  ['a request object', 'oauth-authz-req+jwt', KEYCLOAK_CLAIMS],
  ['a client assertion', 'client-authentication+jwt', CLAIMS],
  ['a JWT without a claim that says its type', 'JWT', CLAIMS],
]

describe('tokens of other kinds', () => {
  it.each(OTHERS)('RFC9068-1 MCP-15: both profiles refuse %s (%s)', async (_name, typ, claims) => {
    const token = await forge({ header: { typ }, payload: JSON.stringify(claims) })
    expect(await judge(token, strict)).toEqual(REFUSED)
    expect(await judge(token, keycloak)).toEqual(REFUSED)
  })
})

describe('rfc9068Profile', () => {
  it.each([
    ['no type', undefined],
    ['JWT', 'JWT'],
    ['jwt', 'jwt'],
    ['application/jwt', 'application/jwt'],
    ['at+jwt and a blank', 'at+jwt '],
    ['a type that begins like it', 'at+jwt-x'],
    ['a type that ends like it', 'x-at+jwt'],
    ['another tree', 'text/at+jwt'],
    ['parameters behind it', 'at+jwt; charset=utf-8'],
    ['nothing', ''],
  ])('RFC9068-1: refuses the header type: %s', async (_name, typ) => {
    expect(await judge(await signToken({ header: { typ } }), strict)).toEqual(REFUSED)
  })

  it('RFC9068-3: azp does not replace client_id', async () => {
    const token = await signToken({ claims: { client_id: undefined, azp: 'inspector' } })
    expect(await judge(token, strict)).toEqual(invalidToken('claim_missing'))
  })
})

describe('keycloakProfile', () => {
  it.each(['JWT', 'jwt', 'at+jwt', 'application/at+jwt'])(
    'RFC9068-1: accepts the header typ %s with the claim typ "Bearer"',
    async (typ) => {
      expect(await judge(await signKeycloakToken({ header: { typ } }), keycloak)).toEqual(ALLOWED)
    },
  )

  it.each([
    ['absent', undefined],
    ['bearer in lower case', 'bearer'],
    ['ID', 'ID'],
    ['DPoP without a key', 'DPoP'],
    ['a list', ['Bearer']],
    ['null', null],
  ])('RFC9068-1: refuses the claim typ that is %s, even under at+jwt', async (_name, typ) => {
    for (const header of [{ typ: 'JWT' }, { typ: 'at+jwt' }]) {
      expect(await judge(await signKeycloakToken({ header, claims: { typ } }), keycloak)).toEqual(
        REFUSED,
      )
    }
  })

  it('RFC9068-1 RFC9449-2: refuses a DPoP-bound token that is used as a bearer token', async () => {
    const claims = { typ: 'DPoP', cnf: { jkt: 'thumbprint' } }
    expect(await judge(await signKeycloakToken({ claims }), keycloak)).toEqual(
      invalidToken('sender_constraint_unmet'),
    )
  })

  it.each(['application/jwt', 'JWS', 'JOSE', ''])(
    'RFC9068-1: refuses the header type %j',
    async (typ) => {
      expect(await judge(await signKeycloakToken({ header: { typ } }), keycloak)).toEqual(REFUSED)
    },
  )

  it.each([
    ['iss', 'issuer_missing'],
    ['aud', 'audience_missing'],
    ['exp', 'claim_missing'],
    ['sub', 'claim_missing'],
    ['azp', 'claim_missing'],
    ['iat', 'claim_missing'],
    ['jti', 'claim_missing'],
  ])('RFC9068-3: requires %s', async (name, reason) => {
    const token = await signKeycloakToken({ claims: { [name]: undefined } })
    expect(await judge(token, keycloak)).toEqual(invalidToken(reason))
  })

  it.each([
    ['azp alone', { azp: 'inspector', client_id: undefined }, 'inspector'],
    ['client_id alone', { azp: undefined, client_id: 'service' }, 'service'],
    ['both: client_id first', { azp: 'inspector', client_id: 'service' }, 'service'],
  ])('RFC9068-3: reads the client id from %s', async (_name, claims, expected) => {
    const { clientId } = await keycloak.verify(await signKeycloakToken({ claims }))
    expect(clientId).toBe(expected)
  })
})
