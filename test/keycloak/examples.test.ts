import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createOrdersApi } from '../../examples/downstream-api/orders-api.ts'
import { createApp as createDownstream } from '../../examples/downstream-api/server.ts'
import {
  createApp as createExternalProvider,
  readFlags,
} from '../../examples/external-provider/server.ts'
import { createApp as createTutorial } from '../../examples/tutorial/server.ts'
import { downstreamRealm, tutorialRealm } from '../../scripts/keycloak/demo-realm.ts'
import type { KeycloakRealm } from '../../src/keycloak/index.ts'
import { challengesOf } from '../support/challenges.ts'
import {
  asClient,
  ask,
  importRealm,
  type Running,
  serve,
  textOf,
  tokenOf,
  tokenOfService,
  type Undo,
  undoAll,
} from './support/examples.ts'
import { decoded, personToken, realmUrl, serviceToken } from './support/tokens.ts'

// The examples import the package by its name, and therefore need a build.

describe('examples/tutorial', () => {
  const undo: Undo = []
  let url: string

  beforeAll(async () => {
    const keycloak = new URL(inject('keycloakUrl'))
    const server = await serve((origin) =>
      createTutorial({
        AUTH_HOST: keycloak.hostname,
        AUTH_PORT: keycloak.port,
        AUTH_REALM: 'tutorial',
        OAUTH_CLIENT_ID: origin,
        OAUTH_CLIENT_SECRET: 'server-secret',
        MCP_SCOPE: 'mcp:tools',
        HOST: new URL(origin).hostname,
        PORT: new URL(origin).port,
      }),
    )
    undo.push(() => server.close())
    url = server.origin
    undo.push(await importRealm(tutorialRealm(url)))
  })
  afterAll(() => undoAll(undo))

  it('S1 S1.9: without a token the challenge and the metadata tell what is needed', async () => {
    const answer = await ask(url)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe(
      challengesOf({
        scope: 'mcp:tools',
        metadataUrl: `${url}/.well-known/oauth-protected-resource`,
      }),
    )
    const metadata = await fetch(`${url}/.well-known/oauth-protected-resource`)
    expect(await metadata.json()).toMatchObject({
      resource: url,
      authorization_servers: [realmUrl('tutorial')],
      scopes_supported: ['mcp:tools'],
    })
  })

  it.each([
    ['a person', () => tokenOf('tutorial', 'alice')],
    [
      'a person whose client names the resource',
      () => tokenOf('tutorial', 'alice', { resource: url }),
    ],
    ['a service account', () => tokenOfService('tutorial')],
    [
      'a service account that names the resource',
      () => tokenOfService('tutorial', { resource: url }),
    ],
  ])('S1: both tools answer %s', async (_who, token) => {
    await asClient(url, await token(), async (client) => {
      const sum = await client.callTool({ name: 'add_numbers', arguments: { a: 2, b: 3 } })
      expect(sum.structuredContent).toEqual({
        operation: 'addition',
        operand_a: 2,
        operand_b: 3,
        result: 5,
        timestamp: expect.any(String),
      })
      const product = await client.callTool({ name: 'multiply_numbers', arguments: { x: 6, y: 7 } })
      expect(product.structuredContent).toMatchObject({ operation: 'multiplication', result: 42 })
    })
  })

  it('S1.11: a token of another realm of the same Keycloak is refused', async () => {
    const { access_token } = await personToken('person')
    expect((await ask(url, access_token)).status).toBe(401)
  })
})

describe.each([
  // Good where clients do not send `resource`, or Keycloak does not look at it.
  { kind: 'a name', idFor: () => 'orders-mcp', sendsResource: false },
  { kind: 'the URL', idFor: (resource: string) => resource, sendsResource: true },
])('examples/downstream-api, its client id is $kind', ({ idFor, sendsResource }) => {
  const undo: Undo = []
  let clientId: string
  let api: Running
  let url: string

  const settings = () => ({
    AUTHZ_SERVER_BASE_URL: realmUrl('downstream'),
    MCP_SERVER_CLIENT_ID: clientId,
    MCP_SERVER_CLIENT_SECRET: 'server-secret',
    MCP_SCOPES: 'mcp:tools',
    BACKEND_API_AUDIENCE: 'backend-api',
    TOKEN_EXCHANGE_SCOPE: 'backend:read',
  })

  /** Starts an MCP server, and gives its URL. */
  async function start(more: Record<string, string> = {}): Promise<string> {
    const server = await serve((origin) => {
      const resource = `${origin}/mcp`
      clientId ??= idFor(resource)
      return createDownstream({
        ...settings(),
        MCP_RESOURCE: resource,
        BACKEND_API_URL: api.origin,
        ...more,
      })
    })
    undo.push(() => server.close())
    return `${server.origin}/mcp`
  }

  beforeAll(async () => {
    api = await serve((origin) => createOrdersApi({ ...settings(), BACKEND_API_URL: origin }))
    undo.push(() => api.close())
    url = await start()
    undo.push(await importRealm(downstreamRealm(url, clientId)))
  })
  afterAll(() => undoAll(undo))

  const token = (user = 'alice') =>
    tokenOf('downstream', user, sendsResource ? { resource: url } : {})
  const listOrders = async (server: string) =>
    asClient(server, await token(), (client) => client.callTool({ name: 'list_orders' }))

  it('S2: the audience is the client id, which comes with a role', async () => {
    const ofAlice = await token()
    expect([decoded(ofAlice).claims.aud].flat()).toEqual([clientId])
    expect((await ask(url, ofAlice)).status).toBe(200)
    expect((await ask(url, await tokenOf('downstream', 'bob'))).status).toBe(401)
    expect((await ask(url)).status).toBe(401)
  })

  it("S2 MCP-15: the API refuses the caller's token and takes the exchanged one", async () => {
    const answer = await fetch(`${api.origin}/orders`, {
      headers: { authorization: `Bearer ${await token()}` },
    })
    expect(answer.status).toBe(401)
    const { isError, ...orders } = await listOrders(url)
    expect(isError).not.toBe(true)
    expect(JSON.parse(textOf(orders) ?? '')).toEqual({
      userLoginId: 'alice',
      orders: ['10001', '10002'],
    })
  })

  it.each([
    [
      'a scope that the server is not given',
      { TOKEN_EXCHANGE_SCOPE: 'backend:write' },
      'The orders need further consent: backend:write.',
    ],
    [
      'an audience that nothing provides',
      { BACKEND_API_AUDIENCE: 'another-api' },
      'This server may not ask the orders API in your name.',
    ],
  ])('S2: a refused exchange is an error of the tool: %s', async (_what, more, text) => {
    const answer = await listOrders(await start(more))
    expect(answer.isError).toBe(true)
    expect(textOf(answer)).toBe(text)
  })
})

describe('examples/external-provider', () => {
  const undo: Undo = []
  let origin: string
  let realm: KeycloakRealm

  beforeAll(async () => {
    const server = await serve(async (at) => {
      const resource = `${at}/mcp`
      const cli = ['dist/cli/main.js', 'realm', '--realm', 'external', '--resource', resource]
      realm = JSON.parse(execFileSync(process.execPath, cli, { encoding: 'utf8', stdio: 'pipe' }))
      undo.push(await importRealm(realm))
      return createExternalProvider(
        readFlags([
          `--provider-url=${realmUrl('external')}`,
          `--client-id=${resource}`,
          `--client-secret=${secretOf(resource)}`,
          `--resource=${resource}`,
        ]),
      )
    })
    undo.push(() => server.close())
    origin = server.origin
  })
  afterAll(() => undoAll(undo))

  const secretOf = (id: string) => realm.clients.find(({ clientId }) => clientId === id)?.secret
  const token = () => tokenOfService('external', { client_secret: secretOf('mcp-service') ?? '' })

  it('S3: a realm written by the command line is enough for a call', async () => {
    const answer = await asClient(`${origin}/mcp`, await token(), (client) =>
      client.callTool({ name: 'count_words', arguments: { text: 'one two three' } }),
    )
    expect(textOf(answer)).toBe('3')
  })

  it('S3: every route behind the gate wants a token, and what is before it does not', async () => {
    expect((await fetch(`${origin}/health`)).status).toBe(200)
    expect((await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`)).status).toBe(200)
    expect((await ask(`${origin}/mcp`)).status).toBe(401)
    expect((await fetch(`${origin}/whoami`)).status).toBe(401)
    const headers = { authorization: `Bearer ${await token()}` }
    const answer = await fetch(`${origin}/whoami`, { headers })
    expect(await answer.json()).toMatchObject({
      client: 'mcp-service',
      scopes: expect.arrayContaining(['mcp:tools']),
    })
  })

  it('S3 S1.11: a token of another realm is refused', async () => {
    const { access_token } = await serviceToken('service')
    expect((await ask(`${origin}/mcp`, access_token)).status).toBe(401)
  })

  it('S3: a flag that is missing, or leads nowhere, shows at the start', async () => {
    expect(() => readFlags(['--provider-url=http://localhost:8080/realms/mcp'])).toThrow(
      '--client-id is missing',
    )
    const flags = ['--client-id=a', '--client-secret=b', `--provider-url=${realmUrl('nowhere')}`]
    await expect(createExternalProvider(readFlags(flags))).rejects.toThrow(realmUrl('nowhere'))
  })
})
