import { describe, expect, it } from 'vitest'
import { keycloakProfile } from '../../../src/keycloak/profile.ts'
import { GENERIC_AUDIENCES } from '../../../src/token/generic-audiences.ts'
import {
  ALLOWED,
  ISSUER,
  invalidToken,
  judge,
  RESOURCE,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const OTHER = 'https://other.example.com/mcp'
const withAudience = (aud: unknown) => signToken({ claims: { aud } })

describe('the audience', () => {
  it.each([
    ['absent', undefined, 'audience_missing'],
    ['an empty list', [], 'audience_missing'],
    ['an empty string', '', 'audience_mismatch'],
    ['a number', 42, 'claim_malformed'],
    ['null', null, 'claim_malformed'],
    ['true', true, 'claim_malformed'],
    ['an object', { [RESOURCE]: true }, 'claim_malformed'],
    ['a list in a list', [[RESOURCE]], 'claim_malformed'],
    ['ours beside a number', [RESOURCE, 42], 'claim_malformed'],
    ['ours beside null', [RESOURCE, null], 'claim_malformed'],
    ['RFC8707-1: a slash more', `${RESOURCE}/`, 'audience_mismatch'],
    ['RFC8707-1: the origin, a prefix', 'https://mcp.example.com', 'audience_mismatch'],
    ['RFC8707-1: the origin and a slash', 'https://mcp.example.com/', 'audience_mismatch'],
    ['RFC8707-1: a longer path', `${RESOURCE}/tools`, 'audience_mismatch'],
    ['RFC8707-1: ours in the middle', `x ${RESOURCE} y`, 'audience_mismatch'],
    ['RFC8707-1: a blank behind', `${RESOURCE} `, 'audience_mismatch'],
    ['RFC8707-1: another case of the host', 'https://MCP.example.com/mcp', 'audience_mismatch'],
    ['RFC8707-1: another case of the path', 'https://mcp.example.com/MCP', 'audience_mismatch'],
    ['RFC8707-1: upper case', RESOURCE.toUpperCase(), 'audience_mismatch'],
    ['RFC8707-1: the port spelt out', 'https://mcp.example.com:443/mcp', 'audience_mismatch'],
    ['RFC8707-1: a dot segment', 'https://mcp.example.com/./mcp', 'audience_mismatch'],
    ['RFC8707-1: an escaped letter', 'https://mcp.example.com/%6dcp', 'audience_mismatch'],
    ['RFC8707-1: a query', `${RESOURCE}?a=b`, 'audience_mismatch'],
    ['RFC8707-1: http', 'http://mcp.example.com/mcp', 'audience_mismatch'],
    ['RFC8707-1: blanks between two', `${OTHER} ${RESOURCE}`, 'audience_mismatch'],
    ['RFC8707-1: a comma between two', `${OTHER},${RESOURCE}`, 'audience_mismatch'],
    ['RFC8707-1: a pattern', 'https://mcp.example.com/*', 'audience_mismatch'],
    ['MCP-14: another server', OTHER, 'audience_mismatch'],
    ['MCP-14: several others', [OTHER, 'https://third.example.com'], 'audience_mismatch'],
    ['S1.12: account', 'account', 'audience_mismatch'],
    ['S1.12: account and friends', ['account', 'realm-management', 'api'], 'audience_mismatch'],
    ['S1.12: everything', '*', 'audience_mismatch'],
    ['S1.12: the issuer', ISSUER, 'audience_mismatch'],
  ])('RFC9068-2: %s is refused', async (_name, aud, reason) => {
    expect(await judge(await withAudience(aud))).toEqual(invalidToken(reason))
  })

  it.each([
    ['ours', RESOURCE],
    ['ours in a list', [RESOURCE]],
    ['ours beside others (GHSA-p2fr-6hmx-4528)', [OTHER, RESOURCE, 'account']],
    ['ours twice', [RESOURCE, RESOURCE]],
  ])('RFC8707-1: %s is taken', async (_name, aud) => {
    expect(await judge(await withAudience(aud))).toEqual(ALLOWED)
  })

  it('RFC9068-2: comes out as a list, in the token’s order', async () => {
    const server = testResourceServer()
    const { audience } = await server.verify(await withAudience(RESOURCE))
    expect(audience).toEqual([RESOURCE])
    const several = await server.verify(await withAudience([OTHER, RESOURCE]))
    expect(several.audience).toEqual([OTHER, RESOURCE])
  })
})

describe('exclusiveAudience', () => {
  const sole = testResourceServer({
    exclusiveAudience: true,
    additionalAudiences: ['mcp-client-id'],
  })

  it.each([
    ['ours', RESOURCE, ALLOWED],
    ['ours twice', [RESOURCE, RESOURCE], ALLOWED],
    ['ours under both names', [RESOURCE, 'mcp-client-id'], ALLOWED],
    ['a foreign one beside ours', [RESOURCE, OTHER], invalidToken('audience_mismatch')],
    ['a foreign one before ours', [OTHER, RESOURCE], invalidToken('audience_mismatch')],
    ['a longer one beside ours', [RESOURCE, `${RESOURCE}/a`], invalidToken('audience_mismatch')],
    [
      'a prefix beside ours',
      [RESOURCE, 'https://mcp.example.com'],
      invalidToken('audience_mismatch'),
    ],
    ['an empty list', [], invalidToken('audience_missing')],
    ['none', undefined, invalidToken('audience_missing')],
  ])('GHSA-p2fr-6hmx-4528 RFC8707-1: %s', async (_name, aud, expected) => {
    expect(await judge(await withAudience(aud), sole)).toEqual(expected)
  })
})

describe('further audiences', () => {
  it('RFC8707-1: a client id that was named is taken, as an exact string', async () => {
    const server = testResourceServer({ additionalAudiences: ['ofbiz-mcp'] })
    expect(await judge(await withAudience('ofbiz-mcp'), server)).toEqual(ALLOWED)
    expect(await judge(await withAudience(RESOURCE), server)).toEqual(ALLOWED)
    for (const aud of ['ofbiz', 'ofbiz-mcp-2', 'OFBIZ-MCP', 'ofbiz-mcp ']) {
      expect(await judge(await withAudience(aud), server)).toEqual(
        invalidToken('audience_mismatch'),
      )
    }
  })

  it('RFC8707-1: one of a single issuer is for that issuer’s tokens alone', async () => {
    const server = testResourceServer({ server: { additionalAudiences: ['ofbiz-mcp'] } })
    expect(await judge(await withAudience('ofbiz-mcp'), server)).toEqual(ALLOWED)
    const other = testResourceServer({
      authorizationServer: [
        {
          issuer: 'https://b.example.com',
          additionalAudiences: ['ofbiz-mcp'],
          jwksUri: 'https://b.example',
        },
        { issuer: ISSUER, keys: { keys: [rsaKey.publicKey] } },
      ],
    })
    expect(await judge(await withAudience('ofbiz-mcp'), other)).toEqual(
      invalidToken('audience_mismatch'),
    )
  })

  const KEYCLOAK = [
    ...['account', 'account-console', 'admin-cli', 'broker', 'master-realm', 'realm-management'],
    ...['security-admin-console', 'urn:mcp:no-resource', 'api'],
  ]
  it.each<[string, object]>([
    ...[...GENERIC_AUDIENCES].map((name): [string, object] => [name, {}]),
    ...KEYCLOAK.map((name): [string, object] => [name, { profile: keycloakProfile }]),
  ])(
    'S1.12: the generic audience %s is refused in the options, in any letter case: %j',
    (name, of) => {
      for (const spelt of [name, name.toUpperCase()]) {
        expect(() =>
          testResourceServer({ additionalAudiences: ['ofbiz-mcp', spelt], server: of }),
        ).toThrow(/option `additionalAudiences` must name this server/)
        expect(() =>
          testResourceServer({ server: { additionalAudiences: [spelt], ...of } }),
        ).toThrow(/option `authorizationServer.additionalAudiences` must name this server/)
      }
    },
  )

  it.each([ISSUER, `${ISSUER}/`])('S1.12: the issuer %s cannot be named', (audience) => {
    expect(() => testResourceServer({ additionalAudiences: [audience] })).toThrow(
      /option `additionalAudiences` must name this server, not the issuer/,
    )
  })
})
