import { describe, expect, it } from 'vitest'
import { keycloak, realmRoles } from '../../../../src/keycloak/index.ts'
import type { PolicyOptions } from '../../../../src/mcp/policy/options.ts'
import { createPolicy } from '../../../../src/mcp/policy/policy.ts'
import { createResourceServer } from '../../../../src/resource-server/resource-server.ts'
import { throwing } from '../../../support/throwing.ts'
import { RESOURCE } from '../../../support/tokens.ts'
import { ask, serverWith, tokenWith, toolCall } from './callers.ts'

const tools = { act: { roles: ['steward'] } }
const check = (claims: Record<string, unknown>, more: PolicyOptions = {}) =>
  createPolicy({ tools, ...more }).check(toolCall('act'), tokenWith('steward', claims))

describe('the roles of a caller', () => {
  it.each<[string, unknown, string]>([
    ['a list that has it', ['other', 'steward'], 'allowed'],
    ['a list that has it among what is no text', [5, null, 'steward'], 'allowed'],
    ['a list without it', ['stewards', 'Steward', 'stewar'], 'denied'],
    ['a list in a list', [['steward']], 'denied'],
    ['no list: the text', 'steward', 'denied'],
    ['no list: several in one text', 'steward other', 'denied'],
    ['no list: an object', { steward: true }, 'denied'],
    ['nothing', undefined, 'denied'],
    ['null', null, 'denied'],
  ])('S1.6: come from the claim "roles" (RFC 9068): %s', async (_name, roles, outcome) => {
    expect(await check({ roles })).toMatchObject({ outcome })
  })

  it('S1.6: come from no other claim and from no scope', async () => {
    const claims = { role: ['steward'], groups: ['steward'], realm_access: { roles: ['steward'] } }
    expect(await check(claims)).toMatchObject({ outcome: 'denied' })
  })

  it('S1.6: come from rolesOf instead of the claim when it is set', async () => {
    const rolesOf = () => ['steward']
    expect(await check({ roles: [] }, { rolesOf })).toMatchObject({ outcome: 'allowed' })
    const none = () => []
    expect(await check({ roles: ['steward'] }, { rolesOf: none })).toMatchObject({
      outcome: 'denied',
    })
  })

  it('S1.6: are read from the token of this request, not of an earlier request', async () => {
    const rolesOf = ({ claims }: { claims: { sub?: unknown } }) =>
      claims.sub === 'alice' ? ['steward'] : []
    const server = serverWith({ tools, rolesOf })
    const outcomes: string[] = []
    for (const sub of ['alice', 'bob', 'alice', 'bob']) {
      const decision = await ask(server, { message: toolCall('act'), claims: { sub } })
      outcomes.push(decision.outcome)
    }
    expect(outcomes).toEqual(['allowed', 'refused', 'allowed', 'refused'])
  })

  it('S1.6: are read by rolesOf at every request, for the same token too', async () => {
    const store = new Map([['alice', ['steward']]])
    const rolesOf = () => store.get('alice') ?? []
    const policy = createPolicy({ tools, rolesOf })
    const token = tokenWith()
    expect(await policy.check(toolCall('act'), token)).toMatchObject({ outcome: 'allowed' })
    store.delete('alice')
    expect(await policy.check(toolCall('act'), token)).toMatchObject({ outcome: 'denied' })
    store.set('alice', ['steward'])
    expect(await policy.check(toolCall('act'), token)).toMatchObject({ outcome: 'allowed' })
  })

  it.each<[string, () => unknown]>([
    ['throws', () => (undefined as unknown as string[]).concat()],
    ['gives nothing', () => undefined],
    ['gives a text', () => 'steward'],
    ['gives a set', () => new Set(['steward'])],
    ['gives a promise', async () => ['steward']],
    ['gives something list-like', () => ({ length: 1, 0: 'steward' })],
  ])('S1.6: a rolesOf that %s makes the request unavailable', async (_name, rolesOf) => {
    const server = serverWith({ tools, rolesOf: rolesOf as () => string[] })
    const decision = await ask(server, { message: toolCall('act'), claims: { roles: ['steward'] } })
    expect(decision).toMatchObject({ outcome: 'unavailable', status: 503, reason: 'policy_failed' })
  })

  it('rolesOf is not called when no rule requires a role', async () => {
    const rolesOf = throwing(new Error('asked'))
    const server = serverWith({ tools: { act: 'allow' }, rolesOf })
    expect(await ask(server, { message: toolCall('act') })).toMatchObject({ outcome: 'allowed' })
  })
})

const KEYCLOAK = 'https://sso.example.com/realms/acme'
const STRICT = 'https://login.example.com'

const REALM_ROLE = { realm_access: { roles: ['steward'] } }
const CLIENT_ROLE = { resource_access: { [RESOURCE]: { roles: ['steward'] } } }
const CLAIM = { roles: ['steward'] }

/** The outcome of a call that requires the role `steward`, at a server that trusts both issuers. */
async function outcomeOf(
  issuer: string,
  claims: Record<string, unknown>,
  more: PolicyOptions = {},
): Promise<string> {
  const server = createResourceServer({
    resource: RESOURCE,
    authorizationServer: [keycloak(KEYCLOAK, { verification: 'jwt' }), STRICT],
    // The issuer decides in which claim the roles are.
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

describe('S1.6: without rolesOf, roles are read by the profile of the token’s issuer', () => {
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

  it('rolesOf replaces the profile of every issuer', async () => {
    expect(await outcomeOf(KEYCLOAK, REALM_ROLE, { rolesOf: () => [] })).toBe('refused')
    expect(await outcomeOf(STRICT, REALM_ROLE, { rolesOf: realmRoles })).toBe('allowed')
  })
})
