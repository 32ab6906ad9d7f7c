import { beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../examples/demo/client.ts'
import { createApp } from '../../examples/quick-start/server.ts'
import { challengesOf } from '../support/challenges.ts'
import {
  type DisposableAuthorizationServer,
  startAuthorizationServer,
} from '../support/issuers/authorization-server.ts'
import { listen } from '../support/stock-servers.ts'
import { undoAfterAll } from '../support/undo.ts'

describe('examples/quick-start', () => {
  const stop = undoAfterAll()
  let authorizationServer: DisposableAuthorizationServer
  let resource: string

  beforeAll(async () => {
    authorizationServer = await startAuthorizationServer({ path: '/realms/acme' })
    const server = await listen()
    resource = server.resource
    stop.push(() => authorizationServer.stop(), server.close)
    authorizationServer.register({ resource, scopes: ['mcp:tools'], format: 'jwt' })
    server.listener(createApp({ resource, issuer: authorizationServer.issuer }))
  })

  const post = (headers: Record<string, string> = {}) =>
    fetch(resource, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    })

  it('MCP-2 S4: a stock client goes 401 → metadata → registration → PKCE → call', async () => {
    const statuses: [string, number][] = []
    const { client } = await connect(resource, async (url, init) => {
      const response = await fetch(url, init)
      statuses.push([new URL(url).pathname, response.status])
      return response
    })
    const answer = await client.callTool({ name: 'who_am_i' })
    await client.close()

    expect(statuses[0]).toEqual(['/mcp', 401])
    expect(statuses).toContainEqual(['/.well-known/oauth-protected-resource/mcp', 200])
    expect(statuses).toContainEqual(['/realms/acme/register', 201])
    expect(statuses).toContainEqual(['/realms/acme/token', 200])
    expect(statuses.at(-1)).toEqual(['/mcp', 200])
    expect(answer.content).toEqual([{ type: 'text', text: 'You are demo-user.' }])
  })

  it('S1.9: the challenge without a token is complete', async () => {
    const response = await post()
    const { origin } = new URL(resource)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(
      challengesOf({
        scope: 'mcp:tools',
        metadataUrl: `${origin}/.well-known/oauth-protected-resource/mcp`,
      }),
    )
  })

  it('MCP-1: the metadata names the resource, its authorization server and its scopes', async () => {
    const { origin } = new URL(resource)
    const response = await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`)
    expect(await response.json()).toMatchObject({
      resource,
      authorization_servers: [authorizationServer.issuer],
      scopes_supported: ['mcp:tools'],
    })
  })

  it('MCP-16: GET and DELETE need a token like everything else', async () => {
    for (const method of ['GET', 'DELETE']) {
      expect((await fetch(resource, { method })).status).toBe(401)
    }
  })

  it('MCP-9: a token without the scope is 403', async () => {
    const token = await authorizationServer.clientCredentialsToken({ resource })
    const response = await post({ authorization: `Bearer ${token}` })
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
  })
})
