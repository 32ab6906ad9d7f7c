import { describe, expect, it } from 'vitest'
import type { IntrospectionOptions } from '../../../src/authorization-server/options.ts'
import { keycloakProfile } from '../../../src/keycloak/profile.ts'
import {
  ALLOWED,
  type Answer,
  attackerKey,
  base64url,
  bearer,
  CLAIMS,
  type Claims,
  forge,
  INTROSPECTION,
  ISSUER,
  invalidToken,
  judge,
  KEYCLOAK_CLAIMS,
  NOW,
  type Overrides,
  rsaKey,
  signKeycloakToken,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const introspection: IntrospectionOptions = INTROSPECTION

/** A server that verifies JWTs itself and asks about the rest, and what it asked. */
function hybrid(answer: Claims, server: Overrides['server'] = {}) {
  const asked: string[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    expect(String(url)).toBe(INTROSPECTION.endpoint)
    asked.push(new URLSearchParams(String(init?.body)).get('token') ?? '')
    return Response.json({ active: true, ...answer })
  }
  const resourceServer = testResourceServer({
    authorizationServer: {
      issuer: ISSUER,
      keys: { keys: [rsaKey.publicKey as Record<string, unknown>] },
      introspection,
      confirm: 'never',
      ...server,
    },
    http: { fetch },
  })
  return { resourceServer, asked }
}

const good = await signToken()
const [header = '', payload = ''] = good.split('.')
const spaced = base64url(` ${Buffer.from(header, 'base64url')}`)

describe('a JWT that fails, and opaque tokens', () => {
  it.each<[string, () => Promise<string>, string]>([
    ['another key', () => signToken({ key: attackerKey }), 'signature_invalid'],
    ['no such key', () => signToken({ header: { kid: 'x' } }), 'key_unknown'],
    ['an unsigned one', () => forge({ header: { alg: 'none' } }), 'algorithm_refused'],
    ['an expired one', () => signToken({ claims: { exp: NOW - 9 } }), 'token_expired'],
    ['another audience', () => signToken({ claims: { aud: 'x' } }), 'audience_mismatch'],
    ['another type', () => signToken({ header: { typ: 'JWT' } }), 'token_type_refused'],
    ['a crit header', () => forge({ header: { crit: ['x'], x: 1 } }), 'critical_header_refused'],
    ['half of it', async () => good.slice(0, 300), 'token_malformed'],
    ['two parts', async () => `${header}.${payload}`, 'token_malformed'],
    ['six parts', async () => `${good}.a.b.c`, 'token_malformed'],
    ['a dot too many', async () => `${good}.`, 'token_malformed'],
    ['the other alphabet', async () => `${good.slice(0, -4)}+/+/`, 'token_malformed'],
    ['half a header', async () => good.replace(header, header.slice(0, -4)), 'token_malformed'],
    ['another first letter', async () => `f${good.slice(1)}`, 'token_malformed'],
    ['a space before the header', async () => good.replace(header, spaced), 'signature_invalid'],
    ['the same and a dot', async () => `${good.replace(header, spaced)}.`, 'token_malformed'],
    ['five parts', async () => `${good}.a.b`, 'token_encrypted'],
  ])(
    'RFC9068-2 RFC8725-1 MCP-15: a JWT that fails is not introspected: %s',
    async (_name, make, reason) => {
      for (const confirm of ['always', 'never', 30] as const) {
        const { resourceServer, asked } = hybrid(CLAIMS, { confirm })
        expect(await judge(await make(), resourceServer)).toEqual(invalidToken(reason))
        expect(asked).toEqual([])
      }
    },
  )

  it('RFC9449-2: a bound JWT is good, and refused as a bearer token whatever the answer says', async () => {
    const token = await signToken({ claims: { cnf: { jkt: 'x' } } })
    for (const confirm of ['always', 'never', 30] as const) {
      for (const answer of [CLAIMS, {}, { ...CLAIMS, cnf: { jkt: 'x' } }]) {
        const { resourceServer } = hybrid(answer, { confirm })
        for (let call = 0; call < 2; call += 1) {
          expect(await judge(token, resourceServer)).toEqual(
            invalidToken('sender_constraint_unmet'),
          )
        }
      }
    }
  })

  it('RFC7662-1: an opaque token is asked about, and held to the rules', async () => {
    const { resourceServer, asked } = hybrid(CLAIMS)
    expect(await judge('opaque', resourceServer)).toEqual(ALLOWED)
    expect(asked).toEqual(['opaque'])
    for (const [claims, reason] of [
      [{ aud: undefined }, 'audience_missing'],
      [{ aud: 'account' }, 'audience_mismatch'],
      [{ exp: undefined }, 'claim_missing'],
      [{ exp: NOW - 9 }, 'token_expired'],
      [{ iss: 'https://other.example.com' }, 'issuer_unknown'],
      [{ cnf: { jkt: 'x' } }, 'sender_constraint_unmet'],
      [{ token_type: 'refresh_token' }, 'token_type_refused'],
    ] as const) {
      const strict = hybrid({ ...CLAIMS, ...claims }).resourceServer
      expect(await judge('opaque', strict)).toEqual(invalidToken(reason))
    }
  })

  it('RFC7662-1: opaque tokens are refused with opaqueTokens false', async () => {
    const opaque = { ...introspection, opaqueTokens: false }
    const { resourceServer, asked } = hybrid(CLAIMS, { introspection: opaque })
    expect(await judge('opaque', resourceServer)).toEqual(invalidToken('token_opaque'))
    expect(await judge(await signToken(), resourceServer)).toEqual(ALLOWED)
    expect(asked).toEqual([])
  })
})

describe('confirmation', () => {
  const confirm = async (answer: Claims): Promise<Answer> =>
    judge(await signToken(), hybrid(answer, { confirm: 'always' }).resourceServer)

  it('S1.3: confirm "never" makes no call, "always" one a request, 60 one a minute', async () => {
    const token = await signToken()
    for (const [how, times] of [
      ['never', 0],
      ['always', 3],
      [60, 1],
    ] as const) {
      const { resourceServer, asked } = hybrid(CLAIMS, { confirm: how })
      for (let call = 0; call < 3; call += 1) {
        expect(await judge(token, resourceServer)).toEqual(ALLOWED)
      }
      expect(asked).toHaveLength(times)
    }
  })

  it('MCP-7: "inactive" refuses a good JWT', async () => {
    expect(await confirm({ active: false })).toEqual(invalidToken('token_inactive'))
  })

  it.each([
    ['iss', 'https://other.example.com'],
    ['sub', 'bob'],
    ['client_id', 'other'],
    ['jti', 'other'],
    ['exp', NOW + 301],
  ])('RFC7662-3 CVE-2026-25536: an answer about another token is 503: %s', async (name, value) => {
    const { resourceServer } = hybrid({ ...CLAIMS, [name]: value }, { confirm: 'always' })
    expect(await resourceServer.authenticate(bearer(good))).toMatchObject({
      status: 503,
      reason: 'introspection_mismatch',
      detail: expect.stringContaining(`"${name}"`),
    })
  })

  it('RFC7662-5: an answer with only "active" confirms the token', async () => {
    expect(await confirm({})).toEqual(ALLOWED)
  })

  it.each([
    ['RFC9449-2: a DPoP key', { cnf: { jkt: 'x' } }, 'sender_constraint_unmet'],
    ['RFC8705-1: a certificate', { cnf: { 'x5t#S256': 'x' } }, 'sender_constraint_unmet'],
    ['CNF-1: an unknown binding', { cnf: { other: 'x' } }, 'confirmation_unknown'],
    ['RFC8707-1: another audience', { aud: 'https://other.example.com' }, 'audience_mismatch'],
    ['RFC9068-1: another type', { token_type: 'refresh_token' }, 'token_type_refused'],
  ])('RFC7662-5: claims that only the answer has are checked: %s', async (_name, more, reason) => {
    expect(await confirm({ ...CLAIMS, ...more })).toEqual(invalidToken(reason))
  })

  it('RFC7662-5: scopes of the answer are not added', async () => {
    const token = await signToken({ claims: { scope: 'other' } })
    const { resourceServer } = hybrid({ ...CLAIMS, scope: 'mcp:tools' }, { confirm: 'always' })
    expect((await judge(token, resourceServer)).reason).toBe('scope_missing')
  })
})

describe('a lightweight token', () => {
  const lightweight = (claims: Claims = {}, header: Claims = {}) =>
    signKeycloakToken({ claims: { sub: undefined, aud: undefined, ...claims }, header })
  const keycloak = { profile: keycloakProfile } as const

  it('RFC9068-3: is completed by introspection', async () => {
    const { resourceServer, asked } = hybrid(KEYCLOAK_CLAIMS, keycloak)
    const token = await lightweight()
    expect(await resourceServer.verify(token)).toMatchObject({
      subject: 'alice',
      audience: [CLAIMS.aud],
      verifiedBy: 'signature_and_introspection',
      format: 'jwt',
    })
    expect(asked).toEqual([token])
  })

  it('RFC9068-2: is not introspected when its signature is wrong', async () => {
    const { resourceServer, asked } = hybrid(KEYCLOAK_CLAIMS, keycloak)
    const token = await signKeycloakToken({ claims: { sub: undefined }, key: attackerKey })
    expect(await judge(token, resourceServer)).toEqual(invalidToken('signature_invalid'))
    expect(asked).toEqual([])
  })

  it.each<[string, string, Claims, Claims?]>([
    ['an unknown key', 'key_unknown', {}, { kid: 'x' }],
    ['an expiry in the past', 'token_expired', { exp: 1 }],
    ['the type of an ID token', 'token_type_refused', { typ: 'ID' }],
    ['a header of another type', 'token_type_refused', {}, { typ: 'logout+jwt' }],
  ])('RFC9068-1 RFC8725-1: is not introspected with %s', async (_name, reason, claims, changed) => {
    const { resourceServer, asked } = hybrid(KEYCLOAK_CLAIMS, keycloak)
    const token = await lightweight(claims, changed)
    expect(await judge(token, resourceServer)).toEqual(invalidToken(reason))
    expect(asked).toEqual([])
  })

  it.each([
    ['no audience in the answer', { aud: undefined }, 'audience_missing'],
    ['another audience in the answer', { aud: 'account' }, 'audience_mismatch'],
    ['no subject in the answer', { sub: undefined }, 'claim_missing'],
    ['a binding in the answer', { cnf: { jkt: 'x' } }, 'sender_constraint_unmet'],
    ['an unknown binding in the answer', { cnf: { kid: 'x' } }, 'confirmation_unknown'],
    ['inactive', { active: false }, 'token_inactive'],
  ])('RFC7662-5: %s: refused', async (_name, claims, reason) => {
    const { resourceServer } = hybrid({ ...KEYCLOAK_CLAIMS, ...claims }, keycloak)
    expect(await judge(await lightweight(), resourceServer)).toEqual(invalidToken(reason))
  })

  it('RFC7662-5: keeps its signed scopes: the answer adds none', async () => {
    const { resourceServer } = hybrid({ ...KEYCLOAK_CLAIMS, scope: 'mcp:tools' }, keycloak)
    const token = await lightweight({ scope: 'other' })
    expect((await judge(token, resourceServer)).reason).toBe('scope_missing')
  })

  it('RFC9068-3: is refused by the strict profile, and without introspection', async () => {
    const strict = hybrid(CLAIMS).resourceServer
    const token = await signToken({ claims: { sub: undefined } })
    expect(await judge(token, strict)).toEqual(invalidToken('claim_missing'))
    const silent = testResourceServer({ server: keycloak })
    expect(await judge(await lightweight(), silent)).toEqual(invalidToken('audience_missing'))
  })
})
