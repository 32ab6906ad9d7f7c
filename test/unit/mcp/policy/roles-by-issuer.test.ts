import { describe, expect, it } from 'vitest'
import { keycloak, realmRoles } from '../../../../src/keycloak/index.ts'
import type { PolicyOptions } from '../../../../src/mcp/policy/options.ts'
import { createResourceServer } from '../../../../src/resource-server/resource-server.ts'
import { RESOURCE } from '../../../support/tokens.ts'
import { tokenWith, toolCall } from './callers.ts'

const KEYCLOAK = 'https://sso.example.com/realms/acme'
const STRICT = 'https://login.example.com'

const REALM_ROLE = { realm_access: { roles: ['steward'] } }
const CLIENT_ROLE = { resource_access: { [RESOURCE]: { roles: ['steward'] } } }
const CLAIM = { roles: ['steward'] }

/** What a server of both issuers decides about a call that needs the role `steward`. */
async function outcomeOf(
  issuer: string,
  claims: Record<string, unknown>,
  more: PolicyOptions = {},
): Promise<string> {
  const server = createResourceServer({
    resource: RESOURCE,
    authorizationServer: [keycloak(KEYCLOAK, { verification: 'jwt' }), STRICT],
    // What a token says is given here; which issuer it is from decides where its roles stand.
    verifier: { verify: async () => ({ ...tokenWith('', claims), issuer }) },
    policy: { tools: { act: { roles: ['steward'] } }, ...more },
  })
  const { outcome } = await server.authenticate({
    method: 'POST',
    url: '/mcp',
    headers: { authorization: 'Bearer abc' },
    message: toolCall('act'),
  })
  return outcome
}

describe('S1.6: without rolesOf, the profile of the token’s issuer reads the roles', () => {
  it.each([
    ['a realm role of keycloak()', KEYCLOAK, REALM_ROLE, 'allowed'],
    ['a role of the server’s own client', KEYCLOAK, CLIENT_ROLE, 'refused'],
    ['the claim `roles` in a token of Keycloak', KEYCLOAK, CLAIM, 'refused'],
    ['a realm role that is no list', KEYCLOAK, { realm_access: { roles: 'steward' } }, 'refused'],
    ['no role at all', KEYCLOAK, {}, 'refused'],
    ['the claim `roles` of another issuer', STRICT, CLAIM, 'allowed'],
    ['a realm role in a token of another issuer', STRICT, REALM_ROLE, 'refused'],
    ['both, of an issuer that is not configured', 'https://x.example', REALM_ROLE, 'refused'],
  ])('%s', async (_what, issuer, claims, outcome) => {
    expect(await outcomeOf(issuer, claims)).toBe(outcome)
  })

  it('rolesOf of the policy takes precedence over every profile', async () => {
    expect(await outcomeOf(KEYCLOAK, REALM_ROLE, { rolesOf: () => [] })).toBe('refused')
    expect(await outcomeOf(STRICT, REALM_ROLE, { rolesOf: realmRoles })).toBe('allowed')
  })
})
