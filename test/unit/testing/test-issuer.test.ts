import { describe, expect, it } from 'vitest'
import { createTestClock, createTestIssuer, startTestIssuer } from '../../../src/testing/index.ts'

describe('a test issuer', () => {
  it.each(['rfc9068', 'keycloak'] as const)(
    'makes tokens of the profile %s that its resource server accepts',
    async (profile) => {
      await using issuer = createTestIssuer({ profile, clock: createTestClock() })
      const server = issuer.resourceServer({ requiredScopes: ['mcp:tools'] })
      const token = await server.verify(await issuer.token({ scopes: ['mcp:tools'] }))
      expect(token).toMatchObject({ subject: 'test-user', scopes: ['mcp:tools'] })
      const opaque = await server.verify(issuer.opaqueToken({ scopes: ['mcp:tools'] }))
      expect(opaque).toMatchObject({ format: 'opaque', clientId: 'test-client' })
    },
  )

  it('makes tokens that are refused: expired, revoked, of too few scopes, for another server', async () => {
    await using issuer = createTestIssuer({ clock: createTestClock() })
    const server = issuer.resourceServer({ requiredScopes: ['mcp:tools'] })
    const reason = (token: string) => server.verify(token).catch((error) => error.reason)
    const revoked = await issuer.token({ scopes: ['mcp:tools'] })
    issuer.revoke(revoked)
    expect(await reason(revoked)).toBe('token_inactive')
    expect(await reason(await issuer.token({ expiresIn: -60 }))).toBe('token_expired')
    expect(await reason(await issuer.token())).toBe('scope_missing')
    expect(await reason(await issuer.token({ audience: 'https://other.example.com' }))).toBe(
      'audience_mismatch',
    )
  })

  it('answers on a real port of this machine', async () => {
    await using issuer = await startTestIssuer({ issuer: 'https://issuer.test/realms/acme' })
    expect(issuer.issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/realms\/acme$/)
    const token = await issuer.resourceServer().verify(await issuer.token())
    expect(token.issuer).toBe(issuer.issuer)
    expect(issuer.requests.map(({ url }) => new URL(url).pathname)).toContain('/realms/acme/jwks')
  })
})
