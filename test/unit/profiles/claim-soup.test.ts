import { describe, expect, it } from 'vitest'
import {
  auth0,
  auth0Profile,
  cognito,
  cognitoProfile,
  entraId,
  entraIdProfile,
  google,
  googleProfile,
  okta,
  oktaProfile,
} from '../../../src/profiles/index.ts'
import type { AuthorizationServerOptions } from '../../../src/resource-server/authorization-server-options.ts'
import {
  attackerKey,
  type Claims,
  forge,
  NOW,
  RESOURCE,
  rsaKey,
  testResourceServer,
} from '../../support/tokens.ts'
import {
  APPLICATION,
  AUTH0_RFC9068_TOKEN,
  AUTH0_TOKEN,
  COGNITO_CLIENT,
  COGNITO_TOKEN,
  ENTRA_V1_TOKEN,
  ENTRA_V2_TOKEN,
  OKTA_TOKEN,
  OTHER_TENANT,
  POOL,
  TENANT,
  vendorServer,
} from '../../support/vendor-tokens.ts'

const ENTRA = { tenantId: TENANT, applicationId: APPLICATION }
const COGNITO = { region: 'eu-central-1', userPoolId: POOL }

/** Every JWT vendor, with the audiences that its server may accept. */
const VENDORS: readonly (readonly [string, AuthorizationServerOptions])[] = [
  ['auth0', auth0({ domain: 'acme.eu.auth0.com' })],
  ['entraId', entraId(ENTRA)],
  ['entraId v1', entraId({ ...ENTRA, tokenVersion: 'v1' })],
  ['okta', okta({ domain: 'acme.okta.com', authorizationServerId: 'aus9o8wzkhckw9TLa0h7z' })],
  ['cognito', cognito(COGNITO)],
  ['cognito by client', cognito({ ...COGNITO, acceptAnyTokenOfClients: [COGNITO_CLIENT] })],
]

const GOOD = [
  AUTH0_TOKEN,
  AUTH0_RFC9068_TOKEN,
  ENTRA_V2_TOKEN,
  ENTRA_V1_TOKEN,
  OKTA_TOKEN,
  COGNITO_TOKEN,
]

/** Values for each claim that rules look at, of every vendor and of none. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  iss: [
    ...GOOD.map(({ claims }) => claims.iss),
    'https://acme.okta.com',
    '',
    null,
    undefined,
    ['x'],
  ],
  aud: [
    ...[RESOURCE, APPLICATION, `api://${APPLICATION}`, [RESOURCE, 'x'], OTHER_TENANT, 'x'],
    ...['api://default', 'https://graph.microsoft.com', COGNITO_CLIENT, [], null, undefined, 7],
  ],
  scope: [
    `${RESOURCE}/read`,
    `${RESOURCE}/read x/y`,
    `x/${RESOURCE}/r`,
    RESOURCE,
    [],
    7,
    undefined,
  ],
  scp: [['mcp:tools'], 'mcp:tools', undefined, {}],
  client_id: [COGNITO_CLIENT, RESOURCE, APPLICATION, 'x', 7, undefined],
  azp: ['x', RESOURCE, undefined],
  appid: ['x', undefined],
  cid: ['x', undefined],
  token_use: ['access', 'access', 'id', undefined],
  exp: [NOW + 300, NOW + 300, NOW + 4, NOW - 4, NOW - 6, NOW - 900, `${NOW + 300}`, undefined],
  nbf: [NOW - 60, NOW + 900, undefined],
  iat: [NOW - 60, NOW + 900, undefined],
  cnf: [undefined, undefined, undefined, { kid: 'x' }],
  nonce: [undefined, undefined, 'n'],
  ver: ['1.0', '2.0', 1],
}

const TYPES = [undefined, 'JWT', 'JWT', 'at+jwt', 'logout+jwt', 'application/okta-internal-at+jwt']

/** Numbers that are the same in every run (xorshift32). */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % sides
  }
}

/** A token whose claims are thrown together: good ones of a vendor, and up to four others. */
function soup(roll: (sides: number) => number) {
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)] as T
  const { header, claims } = pick(GOOD)
  const mixed: Record<string, unknown> = { ...claims, jti: 'a-token' }
  for (let changes = roll(5); changes > 0; changes -= 1) {
    const name = pick(Object.keys(VALUES))
    mixed[name] = pick(VALUES[name] ?? [])
  }
  const typ = roll(4) === 0 ? pick(TYPES) : header.typ
  return { typ, claims: mixed as Claims, isForged: roll(8) === 0 }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])

/** What must hold for any accepted token, whatever the profile: written down without the rules' code. */
function holds(server: AuthorizationServerOptions, claims: Claims): boolean {
  const accepted = [RESOURCE, ...(server.additionalAudiences ?? [])]
  const isCognito = server.issuer.includes('cognito')
  const scopes = String(claims.scope ?? '').split(' ')
  const named =
    claims.aud !== undefined
      ? listOf(claims.aud).some((entry) => accepted.includes(String(entry)))
      : isCognito &&
        (scopes.some((scope) => /^https:\/\/mcp\.example\.com\/mcp\/[^/]+$/.test(scope)) ||
          accepted.slice(1).includes(String(claims.client_id)))
  return (
    claims.iss === server.issuer &&
    named &&
    typeof claims.exp === 'number' &&
    claims.exp > NOW - 5 &&
    !(typeof claims.nbf === 'number' && claims.nbf > NOW + 5) &&
    !(typeof claims.iat === 'number' && claims.iat > NOW + 5) &&
    claims.cnf === undefined
  )
}

describe('claims thrown together', () => {
  it('no profile loosens issuer, audience, times, binding or signature', async () => {
    const servers = VENDORS.map(([name, options]) => {
      const server = vendorServer(options, { requiredScopes: [], cache: false })
      return { name, options, server, accepted: 0 }
    })
    const roll = dice(20261122)
    for (let round = 0; round < 400; round += 1) {
      const { typ, claims, isForged } = soup(roll)
      const key = isForged ? attackerKey : rsaKey
      const token = await forge({ header: { typ }, payload: JSON.stringify(claims), key })
      for (const one of servers) {
        const verified = await one.server.verify(token).catch((error) => error)
        if (verified instanceof Error) {
          expect(verified).toMatchObject({ name: 'ChallengeError' })
          continue
        }
        one.accepted += 1
        expect([one.name, claims, holds(one.options, claims)]).toEqual([one.name, claims, true])
        expect(isForged).toBe(false)
      }
    }
    for (const { name, accepted } of servers) {
      expect(`${name}: ${accepted > 8}`).toBe(`${name}: true`)
    }
  })

  it('the profile of the issuer that a token names explains its refusal, and no other profile', async () => {
    const [okta1, google1] = [VENDORS[3]?.[1], google({ clientIds: ['me'] })]
    const server = testResourceServer({
      authorizationServer: [
        ...[okta1 ?? google1, auth0({ domain: 'acme.eu.auth0.com' })].map((one) => ({
          ...one,
          keys: { keys: [rsaKey.publicKey] },
        })),
        google1,
      ],
    })
    const refusal = async (token: string) => {
      const error = await server.verify(token).catch((reason: Error) => reason)
      expect(error).toMatchObject({ reason: 'audience_mismatch' })
      return String(error)
    }
    const payload = JSON.stringify({ ...AUTH0_TOKEN.claims, aud: 'x' })
    expect(await refusal(await forge({ header: AUTH0_TOKEN.header, payload }))).not.toMatch(
      /in Okta|Google/,
    )
  })

  it('every profile is frozen, and has a substitute for `aud` only where the vendor has no `aud`', () => {
    const profiles = [auth0Profile, entraIdProfile, oktaProfile, cognitoProfile, googleProfile]
    for (const profile of profiles) expect(Object.isFrozen(profile)).toBe(true)
    expect(profiles.filter((profile) => profile.audienceSubstitutes !== undefined)).toEqual([
      cognitoProfile,
    ])
    expect(cognitoProfile.audienceSubstitutes).toEqual(['scope-prefix'])
  })
})
