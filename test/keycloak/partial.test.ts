import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { keycloakRealm } from '../../src/keycloak/index.ts'
import { RESOURCE, SECRET, SERVER_CLIENT, SERVER_SECRET } from './support/realms.ts'
import { decide, MODES, verdict } from './support/resource-servers.ts'
import { decoded, personToken, serviceToken } from './support/tokens.ts'

const realm = 'partial'
const admin = adminOf(inject('keycloakUrl'), inject('administrator'))

const additions = keycloakRealm({
  partial: true,
  realm,
  resource: RESOURCE,
  optionalScopes: [{ name: 'mcp:admin', roles: ['mcp-admin'] }],
  server: { clientId: SERVER_CLIENT, secret: SERVER_SECRET },
  clients: [
    { clientId: 'person', passwordGrant: true, scopes: ['mcp:tools'] },
    { clientId: 'service', serviceAccount: true, secret: SECRET, scopes: ['mcp:tools'] },
  ],
  users: [{ username: 'alice', password: 'password-of-alice', roles: ['mcp-admin'] }],
})

describe('a realm that was there before', () => {
  beforeAll(async () => {
    await admin.call('POST', '', { realm, enabled: true })
    await admin.importPartially(realm, additions)
  })

  afterAll(() => admin.call('DELETE', `/${realm}`))

  it.each(MODES)('gives out tokens that are accepted: %s', async (mode) => {
    const { access_token } = await serviceToken('service', { realm })
    expect(verdict(await decide(mode, access_token, { realm }))).toBe('allowed')
  })

  it('gives scopes and roles to those who have them', async () => {
    const { access_token } = await personToken('person', { realm, scope: 'mcp:admin' })
    const { claims } = decoded(access_token)
    expect(String(claims.scope).split(' ')).toEqual(
      expect.arrayContaining(['mcp:tools', 'mcp:admin']),
    )
    expect(claims.realm_access).toEqual({ roles: ['mcp-admin'] })
  })

  it('is not changed by a second import', async () => {
    expect(await admin.importPartially(realm, additions)).toEqual([])
  })
})
