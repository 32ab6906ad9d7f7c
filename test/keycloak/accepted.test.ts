import { describe, expect, it } from 'vitest'
import { clientRoles, realmRoles } from '../../src/keycloak/index.ts'
import { RESOURCE, SERVER_CLIENT } from './support/realms.ts'
import { decide, MODES, verdict } from './support/resource-servers.ts'
import {
  assertedToken,
  personToken,
  realmUrl,
  serviceToken,
  type TokenAnswer,
} from './support/tokens.ts'

const good: readonly [string, () => Promise<TokenAnswer>][] = [
  ['a person', () => personToken('person')],
  ['a person, asked for by resource', () => personToken('person', { resource: RESOURCE })],
  ['at+jwt, a person', () => personToken('rfc9068-person')],
  ['a service account', () => serviceToken('service')],
  [
    'a service account, asked for by resource',
    () => serviceToken('service-by-resource', { resource: RESOURCE }),
  ],
  ['at+jwt, a service account', () => serviceToken('rfc9068-service')],
  ['private_key_jwt', () => assertedToken()],
  ['ES256', () => serviceToken('es256')],
  ['PS256', () => serviceToken('ps256')],
  ['EdDSA', () => serviceToken('eddsa')],
]

describe.each(MODES)('%s', (mode) => {
  it.each(good)('RFC9068-2: accepts %s', async (_what, request) => {
    const { access_token } = await request()
    const decision = await decide(mode, access_token)
    expect(verdict(decision)).toBe('allowed')
  })

  it('RFC8707-1: accepts a token with our audience beside another', async () => {
    const { access_token } = await serviceToken('service', { realm: 'two-audiences' })
    expect(verdict(await decide(mode, access_token, { realm: 'two-audiences' }))).toBe('allowed')
  })

  it('accepts a client id as audience where it is configured by name', async () => {
    const { access_token } = await personToken('person', { realm: 'by-role' })
    const options = { realm: 'by-role', additionalAudiences: [SERVER_CLIENT] }
    expect(verdict(await decide(mode, access_token, options))).toBe('allowed')
  })

  it('reads who calls, for which client, with which scopes and roles', async () => {
    const { access_token } = await personToken('person', { scope: 'mcp:admin' })
    const decision = await decide(mode, access_token)
    if (decision.outcome !== 'allowed') throw new Error(verdict(decision))
    const { token } = decision
    expect(token).toMatchObject({
      issuer: realmUrl('main'),
      subject: expect.any(String),
      clientId: 'person',
      audience: [RESOURCE],
    })
    expect(token.scopes).toEqual(expect.arrayContaining(['mcp:tools', 'mcp:admin']))
    expect([...realmRoles(token)].sort()).toEqual(['mcp-admin', 'mcp-user'])
    expect(clientRoles(token, RESOURCE)).toEqual(['writer'])
  })

  it('MCP-9: asks for a scope that the token lacks', async () => {
    const { access_token } = await personToken('person')
    const decision = await decide(mode, access_token, {
      requiredScopes: ['mcp:tools', 'mcp:admin'],
    })
    expect(verdict(decision)).toBe('403 scope_missing')
    expect(decision.headers).toMatchObject({
      'WWW-Authenticate': expect.stringContaining('scope="mcp:tools mcp:admin"'),
    })
  })
})

describe('a lightweight token', () => {
  it.each(['introspection', 'hybrid'] as const)('is completed by Keycloak: %s', async (mode) => {
    const { access_token } = await personToken('lightweight')
    const decision = await decide(mode, access_token)
    if (decision.outcome !== 'allowed') throw new Error(verdict(decision))
    expect(decision.token).toMatchObject({ audience: [RESOURCE], clientId: 'lightweight' })
    expect(realmRoles(decision.token)).toContain('mcp-user')
  })
})

describe('the strict profile', () => {
  const strict = () => ({ authorizationServer: realmUrl('main') })

  it.each([
    ['a person', () => personToken('rfc9068-person')],
    ['a service account', () => serviceToken('rfc9068-service')],
  ])(
    'RFC9068-3: accepts at+jwt with the claims that the recipe adds: %s',
    async (_who, request) => {
      const { access_token } = await request()
      expect(verdict(await decide('jwt', access_token, strict()))).toBe('allowed')
    },
  )

  it('RFC9068-1: refuses what Keycloak issues by default', async () => {
    const { access_token } = await personToken('person')
    expect(verdict(await decide('jwt', access_token, strict()))).toBe('401 token_type_refused')
  })
})
