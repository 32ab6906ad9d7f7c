import { describe, expect, it } from 'vitest'
import { createTestIssuer, type TestTokenShape } from '../../../src/testing/index.ts'
import { rfc9068Profile } from '../../../src/token/rfc9068.ts'

/** The shapes of docs/authorization-servers.md, "Without a profile". */

/** Spring Authorization Server: `scope` is a list, and the audience is the client. */
const spring: TestTokenShape = {
  profile: rfc9068Profile,
  headerType: undefined,
  claims: ({ issuer, subject, clientId, scopes, issuedAt, expiresAt, tokenId }) => ({
    ...{ iss: issuer, sub: subject, aud: clientId, scope: scopes, jti: tokenId },
    ...{ nbf: issuedAt, iat: issuedAt, exp: expiresAt },
  }),
}

const reasonOf = (verified: Promise<unknown>): Promise<string> =>
  verified.then(
    () => 'allowed',
    (error) => error.reason,
  )

describe('the recipes for servers without a profile', () => {
  it('Spring: the customised token passes, and the token as it comes does not', async () => {
    await using issuer = createTestIssuer({ profile: spring, scopes: ['mcp:tools'] })
    const authorizationServer = { issuer: 'https://auth.example.com' }
    const server = issuer.resourceServer({ authorizationServer, requiredScopes: ['mcp:tools'] })
    expect(await reasonOf(server.verify(await issuer.token()))).toBe('token_type_refused')
    const token = await issuer.token({
      header: { typ: 'at+jwt' },
      claims: { aud: issuer.resource, client_id: 'test-client' },
    })
    expect(await server.verify(token)).toMatchObject({ clientId: 'test-client' })
  })

  it('django-oauth-toolkit: introspection without metadata, `sub` and `iss`; `aud` must be there', async () => {
    await using issuer = createTestIssuer({ scopes: ['mcp:tools'] })
    issuer.outage({ of: ['metadata', 'keys'] })
    const server = issuer.resourceServer({
      authorizationServer: issuer.authorizationServer({
        verification: 'introspection',
        introspection: { ...issuer.client, endpoint: `${issuer.issuer}/introspect` },
      }),
      requiredScopes: ['mcp:tools'],
    })
    const none = { iss: undefined, sub: undefined, iat: undefined, jti: undefined }
    const bound = issuer.opaqueToken({ claims: { ...none, username: 'alice' } })
    expect(await server.verify(bound)).toMatchObject({
      issuer: issuer.issuer,
      clientId: 'test-client',
      subject: undefined,
    })
    const unbound = issuer.opaqueToken({ claims: { ...none, aud: undefined } })
    expect(await reasonOf(server.verify(unbound))).toBe('audience_missing')
  })

  it('Zitadel: the project is the audience, beside its clients', async () => {
    await using issuer = createTestIssuer({ scopes: ['mcp:tools'] })
    const server = issuer.resourceServer({
      authorizationServer: issuer.authorizationServer({ verification: 'introspection' }),
      additionalAudiences: ['69234237810729019'],
    })
    const audienceOf = (...audience: string[]) =>
      reasonOf(server.verify(issuer.opaqueToken({ audience })))
    expect(await audienceOf('69234237810729234', '69234237810729019')).toBe('allowed')
    expect(await audienceOf('69234237810729234')).toBe('audience_mismatch')
  })
})
