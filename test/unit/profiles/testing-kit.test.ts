import { describe, expect, it } from 'vitest'
import { entraId, google } from '../../../src/profiles/index.ts'
import {
  createTestClock,
  createTestIssuer,
  createTestResourceServer,
} from '../../../src/testing/index.ts'

describe('a test issuer with the tokens of a vendor', () => {
  it.each([
    ['auth0', 'permissions'],
    ['entra-id', 'roles'],
    ['okta', 'groups'],
    ['cognito', 'cognito:groups'],
  ] as const)('%s: its tokens pass, with their roles in %s', async (profile, claim) => {
    await using issuer = createTestIssuer({ profile })
    const server = issuer.resourceServer({
      requiredScopes: ['mcp:tools'],
    })
    const token = await issuer.token({ scopes: ['mcp:tools'], roles: ['admin'] })
    expect(await server.verify(token)).toMatchObject({
      clientId: 'test-client',
      scopes: ['mcp:tools'],
      claims: { [claim]: ['admin'] },
    })
  })

  it('google: a token of a client of ours passes, by tokeninfo, and every other one fails', async () => {
    const clientId = '407408718192.apps.googleusercontent.com'
    const clock = createTestClock()
    await using issuer = createTestIssuer({ profile: 'google', scopes: ['openid'], clock })
    const server = issuer.resourceServer({
      authorizationServer: google({ clientIds: [clientId] }),
      requiredScopes: ['openid'],
    })
    await server.ready()
    const reasonOf = (token: string) =>
      server.verify(token).then(
        () => 'allowed',
        (error) => error.reason,
      )
    const token = issuer.opaqueToken({ clientId })
    expect(await server.verify(token)).toMatchObject({ subject: 'test-user', clientId })
    expect(await reasonOf(issuer.opaqueToken())).toBe('audience_mismatch')
    expect(await reasonOf(issuer.opaqueToken({ clientId, scopes: [] }))).toBe('scope_missing')
    expect(await reasonOf(issuer.opaqueToken({ clientId, expiresIn: -1 }))).toBe('token_inactive')
    expect(await reasonOf(await issuer.forgedToken())).toBe('token_type_refused')
    const revoked = issuer.opaqueToken({ clientId })
    issuer.revokeAll()
    expect(await reasonOf(revoked)).toBe('token_inactive')
    using _outage = issuer.outage({ of: 'introspection' })
    expect(await reasonOf(issuer.opaqueToken({ clientId }))).toBe('introspection_unavailable')
    await expect(issuer.token()).rejects.toThrow('the profile "google" has no JWTs')
    expect(issuer.requestsTo('introspection').map(({ url }) => new URL(url).pathname)).toContain(
      '/tokeninfo',
    )
  })

  it('google: beside an issuer of JWTs, the opaque tokens are its own', async () => {
    await using staff = createTestIssuer({ issuer: 'https://staff.test' })
    await using people = createTestIssuer({ issuer: 'https://people.test', profile: 'google' })
    const server = createTestResourceServer([staff, people])
    expect((await server.verify(await staff.token())).issuer).toBe(staff.issuer)
    expect((await server.verify(people.opaqueToken())).issuer).toBe(people.issuer)
  })

  it('entra-id: a token has the short names of the scopes that clients ask for', async () => {
    const applicationId = '6e74172b-be56-4843-9ff4-e66a39bb12e3'
    const requiredScopes = [`api://${applicationId}/access_as_user`]
    await using issuer = createTestIssuer({ profile: 'entra-id', scopes: requiredScopes })
    const tenantId = '72f988bf-86f1-41af-91ab-2d7cd011db47'
    const authorizationServer = entraId({ tenantId, applicationId })
    const server = issuer.resourceServer({ authorizationServer, requiredScopes })
    const { claims, scopes } = await server.verify(await issuer.token())
    expect([claims.scp, scopes]).toEqual(['access_as_user', requiredScopes])
  })

  it('cognito: a token without a resource binding names its audience by its scopes', async () => {
    await using issuer = createTestIssuer({ profile: 'cognito' })
    const server = issuer.resourceServer({ requiredScopes: [`${issuer.resource}/read`] })
    const token = await issuer.token({
      scopes: [`${issuer.resource}/read`],
      claims: { aud: undefined },
    })
    expect((await server.verify(token)).audience).toEqual([issuer.resource])
  })
})
