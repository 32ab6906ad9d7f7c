import { describe, expect, it } from 'vitest'
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
