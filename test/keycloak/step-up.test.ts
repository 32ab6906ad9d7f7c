import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keycloakRealm } from '../../src/keycloak/index.ts'
import { ask, importRealm, type Undo, undoAll } from './support/examples.ts'
import {
  type ClientChoices,
  type Connection,
  connect,
  RememberingProvider,
} from './support/mcp-client.ts'
import { startMcpServer } from './support/mcp-server.ts'
import { Person } from './support/person.ts'
import { decoded } from './support/tokens.ts'

const REALM = 'step-up'
const undo: Undo = []
let url: string

beforeAll(async () => {
  url = await startMcpServer(undo, REALM)
  undo.push(
    await importRealm(
      keycloakRealm({
        realm: REALM,
        resource: url,
        scopes: ['mcp:tools'],
        optionalScopes: ['mcp:write'],
        clients: [
          { clientId: 'desktop', redirectUris: ['http://127.0.0.1/callback'], consent: false },
          { clientId: 'careful', redirectUris: ['http://127.0.0.1/callback'], consent: true },
        ],
        users: [{ username: 'alice', password: 'password-of-alice' }],
        registration: { trustedHosts: ['127.0.0.1', 'localhost'] },
      }),
    ),
  )
})
afterAll(() => undoAll(undo))

async function arrive(choices: ClientChoices) {
  const alice = new Person('alice', 'password-of-alice')
  const provider = new RememberingProvider(alice, choices)
  const connection = await connect(url, provider, () => provider.authorizationCode())
  undo.push(() => connection.client.close())
  const scopes = () =>
    String(decoded(provider.tokens()?.access_token ?? '').claims.scope).split(' ')
  return { connection, provider, alice, scopes }
}

describe('step-up', () => {
  it.each([
    ['desktop', ['sign in']],
    // The user is asked about what is new.
    ['careful', ['sign in', 'consent', 'consent']],
  ])('MCP-9 MCP-10: 403, a wider authorization, the call: client %s', async (clientId, pages) => {
    const { connection, provider, alice, scopes } = await arrive({ clientId, refresh: false })
    expect(scopes()).not.toContain('mcp:write')
    const before = connection.wire.length
    // The SDK's client reads the challenge and asks for its scopes; the application brings the
    // code, and calls again.
    const answer = await connection.retrying(() =>
      connection.client.callTool({ name: 'write_note' }),
    )
    expect(answer.structuredContent).toMatchObject({
      clientId,
      scopes: expect.arrayContaining(['mcp:tools', 'mcp:write']),
    })
    expect(connection.wire.slice(before)).toEqual([
      'POST /mcp 403',
      `POST /realms/${REALM}/protocol/openid-connect/token 200`,
      'POST /mcp 200',
    ])
    expect(provider.requests.map(({ searchParams }) => searchParams.get('scope'))).toEqual([
      'mcp:tools',
      'mcp:tools mcp:write',
    ])
    expect(scopes()).toEqual(expect.arrayContaining(['mcp:tools', 'mcp:write']))
    expect(alice.pages).toEqual(pages)
  })

  it('MCP-9: the challenge names every scope that the call needs, and where to learn more', async () => {
    const { provider } = await arrive({ clientId: 'desktop' })
    const refused = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${provider.tokens()?.access_token}`,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'write_note' },
      }),
    })
    expect(refused.status).toBe(403)
    const challenge = refused.headers.get('www-authenticate') ?? ''
    expect(challenge).toMatch(/^Bearer error="insufficient_scope", /)
    expect(challenge).toContain('scope="mcp:tools mcp:write"')
    const { origin, pathname } = new URL(url)
    expect(challenge).toContain(
      `resource_metadata="${origin}/.well-known/oauth-protected-resource${pathname}"`,
    )
    // What it was good for it is good for still.
    expect((await ask(url, provider.tokens()?.access_token)).status).toBe(200)
  })

  it('MCP-10: a client with a refresh token refreshes instead of asking for consent, and gives up', async () => {
    const { connection, provider } = await arrive({ clientId: 'desktop' })
    const before = connection.wire.length
    await expect(connection.client.callTool({ name: 'write_note' })).rejects.toThrow(
      'after trying upscoping',
    )
    expect(connection.wire.slice(before)).toEqual([
      'POST /mcp 403',
      `POST /realms/${REALM}/protocol/openid-connect/token 200`,
      'POST /mcp 403',
    ])
    expect(provider.requests).toHaveLength(1)
  })

  it('MCP-10: a client that registered for one scope has to register for the other', async () => {
    const { connection, provider, scopes } = await arrive({ refresh: false })
    const { client_id: before } = provider.clientInformation() ?? {}
    const write = (by: Connection) => by.retrying(() => by.client.callTool({ name: 'write_note' }))
    await expect(write(connection)).rejects.toThrow('invalid_scope')
    expect(provider.clientInformation()?.client_id).toBe(before)

    provider.invalidateCredentials('client')
    const again = await connect(url, provider, () => provider.authorizationCode())
    undo.push(() => again.client.close())
    const { structuredContent } = await write(again)
    const { client_id: after } = provider.clientInformation() ?? {}
    expect(after).not.toBe(before)
    expect(structuredContent).toMatchObject({ clientId: after })
    expect(scopes()).toEqual(expect.arrayContaining(['mcp:tools', 'mcp:write']))
  })
})
