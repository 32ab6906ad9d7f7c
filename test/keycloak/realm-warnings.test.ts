import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { createResourceServer } from '../../src/index.ts'
import { keycloak, keycloakRealm } from '../../src/keycloak/index.ts'
import { RESOURCE, SERVER_SECRET } from './support/realms.ts'
import { realmUrl } from './support/tokens.ts'

const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
const suffix = crypto.randomUUID().slice(0, 8)
const RECIPE = `warnings-recipe-${suffix}`
const BY_HAND = `warnings-by-hand-${suffix}`

afterEach(() => vi.restoreAllMocks())

/** The codes of the warnings when a server of a realm starts. */
async function warningsOf(realm: string, scopes: readonly string[]): Promise<unknown[]> {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const server = createResourceServer({
    resource: RESOURCE,
    authorizationServer: keycloak(realmUrl(realm), {
      clientId: RESOURCE,
      clientSecret: SERVER_SECRET,
    }),
    requiredScopes: scopes,
  })
  await server.ready()
  await server.close()
  return emit.mock.calls.map(([, options]) => (options as { code: string }).code)
}

describe('what ready() sees of a realm', () => {
  beforeAll(async () => {
    const server = { secret: SERVER_SECRET }
    await admin.importRealm(keycloakRealm({ realm: RECIPE, resource: RESOURCE, server }))
    // As by the console's defaults: the scope first and for everybody, then the server's client.
    await admin.call('POST', '', { realm: BY_HAND, enabled: true })
    await admin.call('POST', `/${BY_HAND}/client-scopes`, {
      name: 'mcp:tools',
      protocol: 'openid-connect',
      attributes: { 'include.in.token.scope': 'true' },
      protocolMappers: [
        {
          name: 'audience: resource',
          protocol: 'openid-connect',
          protocolMapper: 'oidc-audience-mapper',
          config: { 'included.custom.audience': RESOURCE, 'access.token.claim': 'true' },
        },
      ],
    })
    const scopes = (await admin.call('GET', `/${BY_HAND}/client-scopes`)) as {
      id: string
      name: string
    }[]
    const id = scopes.find(({ name }) => name === 'mcp:tools')?.id
    await admin.call('PUT', `/${BY_HAND}/default-default-client-scopes/${id}`)
    await admin.call('POST', `/${BY_HAND}/clients`, {
      clientId: RESOURCE,
      secret: SERVER_SECRET,
      serviceAccountsEnabled: true,
    })
  })

  it('S1.11: nothing in a realm of the recipe', async () => {
    expect(await warningsOf(RECIPE, ['mcp:tools'])).toEqual([])
  })

  it('S1.11: a scope that every client is given unasked', async () => {
    expect(await warningsOf(BY_HAND, ['mcp:tools'])).toEqual([
      'KEYCLOAK_SCOPE_BY_DEFAULT',
      'KEYCLOAK_TOKEN_WITHOUT_RESOURCE',
    ])
  })

  it('a scope that the realm has not', async () => {
    expect(await warningsOf(RECIPE, ['mcp:tools', 'mcp:typo'])).toEqual(['KEYCLOAK_SCOPE_UNKNOWN'])
  })
})
