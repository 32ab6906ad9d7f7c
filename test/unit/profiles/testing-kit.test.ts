import { describe, expect, it } from 'vitest'
import { entraId } from '../../../src/profiles/index.ts'
import { createTestIssuer } from '../../../src/testing/index.ts'

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
