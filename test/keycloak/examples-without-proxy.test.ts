import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp as createCapabilities } from '../../examples/capabilities/server.ts'
import { createApp as createPersonas } from '../../examples/personas/server.ts'
import { demoRealm } from '../../scripts/keycloak/demo-realm.ts'
import {
  asClient,
  ask,
  importRealm,
  serve,
  textOf,
  tokenOf,
  tokenOfService,
  type Undo,
  undoAll,
} from './support/examples.ts'
import { REDIRECT_URL } from './support/mcp-client.ts'
import { accessTokenOf, publicRealm } from './support/oauth.ts'
import { Person } from './support/person.ts'
import { personToken, realmUrl, requestToken, serviceToken } from './support/tokens.ts'

// The examples import the package by its name, and therefore need a build.

/** Starts an example, with the realm of `npm run keycloak` made for it. */
async function start(example: typeof createCapabilities, undo: Undo): Promise<string> {
  const server = await serve((origin) =>
    example({ resource: `${origin}/mcp`, issuer: realmUrl('mcp') }),
  )
  undo.push(() => server.close())
  const url = `${server.origin}/mcp`
  undo.push(await importRealm(demoRealm(url)))
  return url
}

describe('examples/capabilities', () => {
  const undo: Undo = []
  let url: string
  beforeAll(async () => {
    url = await start(createCapabilities, undo)
  })
  afterAll(() => undoAll(undo))

  it.each([
    'initialize',
    'tools/list',
    'tools/call',
    'resources/list',
    'resources/read',
    'prompts/list',
    'prompts/get',
    'ping',
  ])('S4 MCP-16: %s wants a token', async (method) => {
    expect((await ask(url, undefined, method)).status).toBe(401)
  })

  it('S4 MCP-1: the metadata leads to Keycloak, and to nothing of ours in between', async () => {
    const metadata = await fetch(new URL('/.well-known/oauth-protected-resource/mcp', url))
    expect(await metadata.json()).toMatchObject({ authorization_servers: [realmUrl('mcp')] })
  })

  it.each([
    ['a pre-registered client', () => tokenOf('mcp', 'alice', { resource: url })],
    ['a service account', () => tokenOfService('mcp', { resource: url })],
    ['a client that registered itself', () => tokenOfNewClient()],
  ])('S4: tool, resource and prompt are there for %s', async (_who, token) => {
    await asClient(url, await token(), async (client) => {
      const found = await client.callTool({ name: 'search_handbook', arguments: { word: 'fire' } })
      expect(textOf(found)).toBe('Fire drills are on the first Monday of the month.')
      const { resources } = await client.listResources()
      expect(resources.map(({ uri }) => uri)).toEqual(['handbook://all'])
      const { contents } = await client.readResource({ uri: 'handbook://all' })
      expect(contents).toMatchObject([{ text: expect.stringContaining('Parcels') }])
      const rule = { rule: 'Visitors sign in.' }
      const { messages } = await client.getPrompt({ name: 'explain_rule', arguments: rule })
      expect(messages).toMatchObject([{ content: { text: expect.stringContaining(rule.rule) } }])
    })
  })

  it.each([
    ['another realm', () => personToken('person')],
    ['another realm, by a service account', () => serviceToken('service')],
  ])('S4 S1.11: a token of %s is refused', async (_what, token) => {
    expect((await ask(url, (await token()).access_token)).status).toBe(401)
  })

  it('S4 MCP-14: a token of this realm for no audience is refused', async () => {
    const { access_token } = await requestToken('mcp', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: url,
      client_secret: 'server-secret',
      subject_token: await tokenOf('mcp', 'alice'),
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      scope: 'backend:read',
    })
    expect((await ask(url, access_token)).status).toBe(401)
  })
})

/** Of a client that anybody may register from this machine (RFC 7591), and that Alice signs in with. */
async function tokenOfNewClient(): Promise<string> {
  const { register, signIn } = publicRealm(realmUrl('mcp'))
  const { body } = await register({
    client_name: 'A new client',
    redirect_uris: [REDIRECT_URL],
    token_endpoint_auth_method: 'none',
    scope: 'mcp:tools',
  })
  const alice = new Person('alice', 'alice')
  return accessTokenOf(
    await signIn(alice, { client_id: String(body.client_id), scope: 'mcp:tools' }),
  )
}

describe('examples/personas', () => {
  const undo: Undo = []
  let url: string
  beforeAll(async () => {
    url = await start(createPersonas, undo)
  })
  afterAll(() => undoAll(undo))

  const namesOf = async (client: Client) =>
    (await client.listTools()).tools.map(({ name }) => name).sort()

  it.each([
    ['bob, with the scope alone', () => tokenOf('mcp', 'bob'), ['list_datasets']],
    [
      "carol, with a role of the server's client",
      () => tokenOf('mcp', 'carol'),
      ['list_datasets', 'sum_sales'],
    ],
    [
      'alice, with a role of the realm',
      () => tokenOf('mcp', 'alice'),
      ['delete_dataset', 'list_datasets', 'sum_sales'],
    ],
    [
      'a service account with a role of its own',
      () => tokenOfService('mcp'),
      ['list_datasets', 'load_rows'],
    ],
  ])('S5: %s, sees and calls exactly these tools', async (_who, token, tools) => {
    await asClient(url, await token(), async (client) => {
      expect(await namesOf(client)).toEqual(tools)
      for (const name of tools) expect((await client.callTool({ name })).isError).not.toBe(true)
    })
  })

  it.each([
    ['a bridge', ['http://localhost:3334/oauth/callback']],
    ['Visual Studio Code', ['https://vscode.dev/redirect', 'http://127.0.0.1:33418/']],
  ])('S5: a desktop client that knows the URL alone may register: %s', async (_who, uris) => {
    const { register } = publicRealm(realmUrl('mcp'))
    const answer = await register({ redirect_uris: uris, token_endpoint_auth_method: 'none' })
    expect(answer.status).toBe(201)
  })

  it.each([
    ['a bridge', 'http://127.0.0.1:3334/oauth/callback'],
    ['Visual Studio Code', 'http://127.0.0.1:33418/'],
  ])('S5: a desktop client with a client id is let in to sign in: %s', async (_who, uri) => {
    const parameters = new URLSearchParams({
      client_id: 'mcp-client',
      response_type: 'code',
      redirect_uri: uri,
      resource: url,
      scope: 'mcp:tools',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    })
    const answer = await fetch(`${realmUrl('mcp')}/protocol/openid-connect/auth?${parameters}`)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('kc-form-login')
  })

  it('S5: a tool that is not shown cannot be called', async () => {
    await asClient(url, await tokenOf('mcp', 'bob'), async (client) => {
      const outcome = await client
        .callTool({ name: 'delete_dataset' })
        .catch((error) => ({ isError: true, content: [{ type: 'text', text: String(error) }] }))
      expect(outcome.isError).toBe(true)
      expect(textOf(outcome)).toContain('may not use this operation')
    })
  })

  it('S5 S1.3: the roles are those of each request, whatever came before', async () => {
    const list = async (user: string) =>
      asClient(url, await tokenOf('mcp', user), (client) => namesOf(client))
    expect(await list('alice')).toContain('delete_dataset')
    expect(await list('bob')).not.toContain('delete_dataset')
  })

  it('S5 S1.9: without a token nobody is shown anything', async () => {
    const answer = await ask(url)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('resource_metadata=')
  })
})
