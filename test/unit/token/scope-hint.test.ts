import { describe, expect, it } from 'vitest'
import { keycloakProfile } from '../../../src/keycloak/profile.ts'

import {
  bearer,
  type Overrides,
  signKeycloakToken,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

async function detailOf(claims: object, options: Overrides = {}): Promise<string | undefined> {
  const server = testResourceServer(options)
  const decision = await server.authenticate(bearer(await signToken({ claims: { ...claims } })))
  return 'detail' in decision ? decision.detail : undefined
}

describe('the detail for a token with too few scopes', () => {
  it.each([
    [{ scope: undefined }, '; the token has no "scope", the only claim that scopes are read from'],
    [
      { scope: undefined, scp: ['mcp:tools'] },
      '; the token has no "scope", the only claim that scopes are read from; it has "scp"',
    ],
    [
      { scope: undefined, permissions: ['a-permission'], roles: ['a-role'] },
      '; the token has no "scope", the only claim that scopes are read from; it has "permissions" and "roles"',
    ],
    [{ scope: '' }, ''],
    [{ scope: 'other', scp: 'mcp:tools' }, ''],
  ])('RFC9700-1: %j', async (claims, hint) => {
    expect(await detailOf(claims)).toBe(
      `the token has too few scopes: every request needs "mcp:tools"${hint}`,
    )
  })
})

describe('the detail for a token of another type', () => {
  it.each(['JWT', 'Jwt', 'logout+JWT'])('RFC9068-1: "%s" is quoted as it was sent', async (typ) => {
    const token = await signToken({ header: { typ } })
    const decision = await testResourceServer().authenticate(bearer(token))
    expect(decision).toMatchObject({ detail: expect.stringContaining(`"typ" is "${typ}"`) })
    const lax = testResourceServer({ server: { profile: keycloakProfile } })
    const other = await signKeycloakToken({ header: { typ } })
    const judged = await lax.authenticate(bearer(other))
    expect(judged.outcome).toBe(typ.toLowerCase() === 'jwt' ? 'allowed' : 'challenged')
    if ('detail' in judged) expect(judged.detail).toContain(`"typ" is "${typ}"`)
  })
})
