import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { adminOf } from '../../scripts/keycloak/admin.ts'
import { keycloakRealm } from '../../src/keycloak/index.ts'
import { importRealm, type Undo, undoAll } from './support/examples.ts'
import { type ClientChoices, connect, RememberingProvider } from './support/mcp-client.ts'
import { startMcpServer } from './support/mcp-server.ts'
import { Person } from './support/person.ts'
import { decoded, realmUrl } from './support/tokens.ts'

// The stock client of the MCP SDK, a real MCP server, Keycloak's own pages: nothing in between.

const REALM = 'flow'
const SECRET = 'secret-of-the-server'
const admin = adminOf(inject('keycloakUrl'), inject('administrator'))
const undo: Undo = []
let url: string

beforeAll(async () => {
  url = await startMcpServer(undo, REALM, (clientId) => ({
    clientId,
    clientSecret: SECRET,
    confirm: 'always',
  }))
  undo.push(
    await importRealm(
      keycloakRealm({
        realm: REALM,
        resource: url,
        scopes: ['mcp:tools'],
        optionalScopes: ['mcp:write'],
        server: { secret: SECRET },
        clients: [
          { clientId: 'desktop', redirectUris: ['http://127.0.0.1/callback'] },
          { clientId: 'robot', serviceAccount: true, refreshToken: true, secret: 'robots-secret' },
          { clientId: 'plain-robot', serviceAccount: true, secret: 'robots-secret' },
        ],
        users: [{ username: 'alice', password: 'password-of-alice' }],
        registration: { trustedHosts: ['127.0.0.1', 'localhost'] },
      }),
    ),
  )
})
afterAll(() => undoAll(undo))

async function arrive(
  choices: ClientChoices = {},
  alice = new Person('alice', 'password-of-alice'),
) {
  const provider = new RememberingProvider(alice, choices)
  const connection = await connect(url, provider, () => provider.authorizationCode())
  undo.push(() => connection.client.close())
  return { ...connection, provider, alice }
}

const call = async (connection: Awaited<ReturnType<typeof connect>>, name = 'read_notes') =>
  (await connection.client.callTool({ name })).structuredContent

const claimsOf = (token = '') => decoded(token).claims

describe('a client that knows the URL alone', () => {
  it('S4 MCP-1 MCP-2 MCP-8: is led from 401 to a call', async () => {
    const { provider, alice, ...connection } = await arrive()
    expect(connection.wire.slice(0, 6)).toEqual([
      'POST /mcp 401',
      'GET /.well-known/oauth-protected-resource/mcp 200',
      `GET /.well-known/oauth-authorization-server/realms/${REALM} 200`,
      `POST /realms/${REALM}/clients-registrations/openid-connect 201`,
      `POST /realms/${REALM}/protocol/openid-connect/token 200`,
      'POST /mcp 200',
    ])
    // A client that anybody could have registered has to ask.
    expect(alice.pages).toEqual(['sign in', 'consent'])
    const [request] = provider.requests
    expect(Object.fromEntries(request?.searchParams ?? [])).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      resource: url,
      scope: 'mcp:tools',
    })
    const { client_id } = provider.clientInformation() ?? {}
    expect(await call(connection)).toEqual({
      clientId: client_id,
      scopes: expect.arrayContaining(['mcp:tools']),
    })
    const claims = claimsOf(provider.tokens()?.access_token)
    expect(claims).toMatchObject({ aud: url, iss: realmUrl(REALM), azp: client_id, typ: 'Bearer' })
  })

  it('S4: gets a new token by itself when its own is no longer good', async () => {
    const { provider, alice, ...connection } = await arrive()
    const { refresh_token = '', ...others } = provider.tokens() ?? {
      access_token: '',
      token_type: '',
    }
    provider.saveTokens({ ...others, access_token: 'no-longer-good', refresh_token })
    expect(await call(connection)).toMatchObject({
      clientId: provider.clientInformation()?.client_id,
    })
    expect(alice.pages).toEqual(['sign in', 'consent'])
  })

  it('S4 S1.10: is sent away by Keycloak where it would be redirected to a stranger', async () => {
    const provider = new RememberingProvider(new Person('alice', 'password-of-alice'), {})
    provider.clientMetadata.redirect_uris = ['https://stranger.example/callback']
    await expect(connect(url, provider)).rejects.toThrow(/trusted hosts/i)
  })

  it('S4: without the refresh token grant Keycloak 26.7 fails at `resource`', async () => {
    const provider = new RememberingProvider(new Person('alice', 'password-of-alice'), {})
    provider.clientMetadata.grant_types = ['authorization_code']
    const connecting = connect(url, provider, () => provider.authorizationCode())
    await expect(connecting).rejects.toThrow('consult the server log')
    expect(provider.tokens()).toBeUndefined()
  })
})

describe('a desktop client by its client id', () => {
  it('S5: signs in with PKCE and calls, without registration', async () => {
    const { provider, alice, ...connection } = await arrive({ clientId: 'desktop' })
    expect(await call(connection)).toMatchObject({ clientId: 'desktop' })
    expect(connection.wire.join()).not.toContain('clients-registrations')
    expect(alice.pages).toEqual(['sign in', 'consent'])
    expect(claimsOf(provider.tokens()?.access_token)).toMatchObject({ aud: url, azp: 'desktop' })
  })

  it('S5: asks no second time for the password where the browser knows its user', async () => {
    const { alice } = await arrive({ clientId: 'desktop' })
    await arrive({ clientId: 'desktop' }, alice)
    expect(alice.pages).toEqual(['sign in'])
  })

  it('S5: a wrong password leads nowhere', async () => {
    const mallory = new Person('alice', 'guessed')
    await expect(arrive({ clientId: 'desktop' }, mallory)).rejects.toThrow(/does not sign in/)
  })

  it('S5 MCP-7: once the session has ended there is a 401, and another sign-in', async () => {
    const { provider, alice, ...connection } = await arrive({ clientId: 'desktop' })
    const { sid } = claimsOf(provider.tokens()?.access_token)
    await admin.call('DELETE', `/${REALM}/sessions/${sid}`)
    const before = connection.wire.length
    expect(await connection.retrying(() => call(connection))).toMatchObject({ clientId: 'desktop' })
    expect(connection.wire.slice(before)).toContain('POST /mcp 401')
    expect(alice.pages).toEqual(['sign in', 'sign in'])
  })
})

describe('a service account', () => {
  const robot = (clientId: string) =>
    new ClientCredentialsProvider({
      clientId,
      clientSecret: 'robots-secret',
      expectedIssuer: realmUrl(REALM),
    })

  it('S5: is given a token without a browser, and calls', async () => {
    const connection = await connect(url, robot('robot'))
    undo.push(() => connection.client.close())
    expect(await call(connection)).toMatchObject({ clientId: 'robot' })
    expect(connection.wire.slice(0, 4)).toEqual([
      'POST /mcp 401',
      'GET /.well-known/oauth-protected-resource/mcp 200',
      `GET /.well-known/oauth-authorization-server/realms/${REALM} 200`,
      `POST /realms/${REALM}/protocol/openid-connect/token 200`,
    ])
  })

  it('S5: without a refresh token Keycloak 26.7 fails at `resource`', async () => {
    const provider = robot('plain-robot')
    await expect(connect(url, provider)).rejects.toThrow('consult the server log')
    expect(provider.tokens()).toBeUndefined()
  })
})
