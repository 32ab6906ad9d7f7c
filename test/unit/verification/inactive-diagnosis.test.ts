import { describe, expect, it } from 'vitest'
import { unverifiedClaims } from '../../../src/jws/compact-jws.ts'
import { keycloakProfile } from '../../../src/keycloak/profile.ts'
import { settleProfile } from '../../../src/token/settled-profile.ts'
import { diagnoseInactive } from '../../../src/verification/inactive-diagnosis.ts'

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const context = {
  issuer: 'https://sso.example.com/realms/acme',
  clientId: 'mcp-server',
  profile: settleProfile(keycloakProfile),
  now: 1000,
} as const

function jwt(claims: object): string {
  const good = { iss: context.issuer, aud: 'https://mcp.example.com/mcp', exp: 2000 }
  return `${encode({ alg: 'RS256' })}.${encode({ ...good, ...claims })}.AAAA`
}

const diagnose = (token: string, more = {}) =>
  diagnoseInactive(unverifiedClaims(token), { ...context, ...more })

describe('why a token may be inactive, told to the operator', () => {
  it.each([
    ['no mapper for the introspecting client', {}, /"mcp-server".*audience mapper/],
    ['the same with a list', { aud: ['a', 'b'] }, /\["a","b"\].*audience mapper/],
    ['expiry', { exp: 1000 }, /"exp" says that it has expired/],
    ['S1.11 another realm', { iss: `${context.issuer}2` }, /"iss" is .*acme2/],
    ['nothing to be seen', { aud: ['x', 'mcp-server'] }, /unknown to it/],
    ['no audience', { aud: undefined, sub: 'alice' }, /no "aud".*scope/],
    ['a lightweight token', { aud: undefined }, /unknown to it/],
  ])('%s', (_what, claims, expected) => {
    expect(diagnose(jwt(claims))).toMatch(expected)
  })

  it.each([
    ['an opaque token', 'opaque'],
    ['a damaged JWT', 'a.b.c'],
  ])('%s leaves the plain words', (_what, token) => {
    expect(diagnose(token)).toMatch(/expired, revoked, unknown/)
  })

  it('other servers than Keycloak have no such rule', () => {
    expect(diagnose(jwt({}), { profile: settleProfile() })).not.toMatch(/mapper/)
  })

  it('S1.7: the text quotes only the claims of the diagnosis, never the token', () => {
    const token = jwt({ email: 'alice@example.com' })
    const told = diagnose(token)
    expect(told).not.toContain('alice')
    expect(told).not.toContain(token.split('.')[1])
  })
})
