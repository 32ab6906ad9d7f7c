import { describe, expect, it } from 'vitest'
import { createResourceServer } from '../../../src/index.ts'
import { keycloak } from '../../../src/keycloak/index.ts'
import {
  createTestClock,
  createTestIssuer,
  createTestResourceServer,
  startTestIssuer,
} from '../../../src/testing/index.ts'

const RESOURCE = 'https://mcp.example.com/mcp'

const production = {
  resource: RESOURCE,
  authorizationServer: keycloak('https://sso.example.com/realms/acme', {
    clientId: 'mcp-server',
    clientSecret: 'a-production-secret',
    notBefore: true,
  }),
  requiredScopes: ['mcp:tools'],
  http: { timeout: 3, connectTimeout: 1 },
}

const reasonOf = (verified: Promise<unknown>) =>
  verified.then(
    () => 'allowed',
    (error) => error.reason,
  )

describe('a resource server that trusts a test issuer', () => {
  it('takes the options of production, and calls no authorization server of production', async () => {
    const clock = createTestClock()
    await using issuer = createTestIssuer({ profile: 'keycloak', clock })
    const server = issuer.resourceServer(production)
    await server.ready()
    const token = await server.verify(await issuer.token({ scopes: ['mcp:tools'] }))
    expect(token).toMatchObject({ issuer: 'https://issuer.test', clientId: 'test-client' })
    expect(await reasonOf(server.verify(await issuer.token()))).toBe('scope_missing')
    // keycloak() sends no opaque tokens to introspection.
    expect(await reasonOf(server.verify(issuer.opaqueToken()))).toBe('token_opaque')
    expect(JSON.stringify(issuer.requests)).not.toMatch(/sso\.example\.com|a-production-secret/)
  })

  it('says which two resources differ, in place of an audience_mismatch', () => {
    const issuer = createTestIssuer({ resource: 'https://mcp.example.com/mcp/' })
    expect(() => issuer.resourceServer({ resource: RESOURCE })).toThrow(
      'resourceServer: the option `resource` is "https://mcp.example.com/mcp", but the tokens of the issuer "https://issuer.test" are for "https://mcp.example.com/mcp/"',
    )
  })

  it('says which two profiles differ', () => {
    const issuer = createTestIssuer()
    expect(() => issuer.resourceServer(production)).toThrow(
      'has the profile "keycloak", but the issuer makes tokens of the profile "rfc9068"; make the issuer with `profile: "keycloak"`',
    )
  })

  it('trusts two issuers, each by its own keys', async () => {
    await using staff = createTestIssuer({ issuer: 'https://staff.test' })
    await using partners = createTestIssuer({
      issuer: 'https://partners.test',
      profile: 'keycloak',
    })
    const server = createTestResourceServer([staff, partners], {
      ...production,
      authorizationServer: [
        { issuer: 'https://login.example.com' },
        production.authorizationServer,
      ],
      requiredScopes: [],
    })
    for (const issuer of [staff, partners]) {
      expect((await server.verify(await issuer.token())).issuer).toBe(issuer.issuer)
    }
    const foreign = await staff.token({ key: partners.signingKey })
    expect(await reasonOf(server.verify(foreign))).toBe('key_unknown')
    const lying = await staff.token({ claims: { iss: partners.issuer }, key: staff.signingKey })
    expect(await reasonOf(server.verify(lying))).not.toBe('allowed')
  })

  it('reaches one issuer in memory and one on a port', async () => {
    await using memory = createTestIssuer()
    await using listening = await startTestIssuer()
    const server = createTestResourceServer([memory, listening])
    for (const issuer of [memory, listening]) {
      expect((await server.verify(await issuer.token())).issuer).toBe(issuer.issuer)
    }
  })

  it('refuses issuers that it could not tell apart, too few of them, and things that are none', () => {
    const issuer = createTestIssuer()
    expect(() => createTestResourceServer([issuer, createTestIssuer()])).toThrow(
      'two issuers are "https://issuer.test"; give one of them another option `issuer`',
    )
    const both = [{ issuer: 'https://a.example.com' }, { issuer: 'https://b.example.com' }]
    expect(() => issuer.resourceServer({ authorizationServer: both })).toThrow(
      'the option `authorizationServer` has 2 servers, and there is an issuer for 1; use createTestResourceServer(issuers, options)',
    )
    expect(() => createTestResourceServer([{} as typeof issuer])).toThrow('createTestIssuer')
    expect(() => createTestResourceServer([])).toThrow('there is no issuer to trust')
  })

  it('is reached by the dispatcher as well', async () => {
    await using issuer = createTestIssuer()
    const server = createResourceServer({
      resource: issuer.resource,
      authorizationServer: issuer.authorizationServer(),
      http: { dispatcher: issuer.dispatcher, headersTimeout: 0.05 },
    })
    expect((await server.verify(await issuer.token())).subject).toBe('test-user')
    using _outage = issuer.outage({ of: 'introspection', how: 'silent' })
    expect(await reasonOf(server.verify(issuer.opaqueToken()))).toBe('introspection_unavailable')
    await server.close()
  })
})
