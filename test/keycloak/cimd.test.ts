import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keycloakRealm } from '../../src/keycloak/index.ts'
import { serveDocuments } from './support/client-documents.ts'
import { importRealm, type Undo, undoAll } from './support/examples.ts'
import { type ClientChoices, connect, RememberingProvider } from './support/mcp-client.ts'
import { startMcpServer } from './support/mcp-server.ts'
import { Person } from './support/person.ts'
import { decoded } from './support/tokens.ts'

const REALM = 'cimd'
const undo: Undo = []
const requested: string[] = []
/** What is different about a document. */
const special: Readonly<Record<string, object>> = {
  '/of-another.json': { client_id: 'http://127.0.0.1/client.json' },
  '/elsewhere.json': { redirect_uris: ['http://127.0.0.1:8976/elsewhere'] },
  '/without-scope.json': { scope: undefined },
}
let url: string
let documents: string

beforeAll(async () => {
  url = await startMcpServer(undo, REALM)
  const host = await serveDocuments((path) => {
    requested.push(path)
    return { scope: 'mcp:tools mcp:write', ...special[path] }
  })
  undo.push(() => host.close())
  documents = host.origin
  undo.push(
    await importRealm(
      keycloakRealm({
        realm: REALM,
        resource: url,
        optionalScopes: ['mcp:write'],
        users: [{ username: 'alice', password: 'password-of-alice' }],
        registration: { documentHosts: ['127.0.0.1'], insecureDocuments: true },
      }),
    ),
  )
})
afterAll(() => undoAll(undo))

describe('a client whose id is the address of a document', () => {
  const arrive = async (choices: ClientChoices) => {
    const alice = new Person('alice', 'password-of-alice')
    const provider = new RememberingProvider(alice, { refresh: false, ...choices })
    const connection = await connect(url, provider, () => provider.authorizationCode())
    undo.push(() => connection.client.close())
    return { alice, provider, ...connection }
  }

  // The SDK's client takes such an address for its own only with https, for which Keycloak would
  // have to trust a certificate of ours; so it is told the address as a client id.
  it('S4: signs in with consent and calls, then steps up and calls a tool for more scopes', async () => {
    const clientId = `${documents}/client.json`
    const { alice, provider, client, retrying, wire } = await arrive({ clientId })
    const read = await client.callTool({ name: 'read_notes' })
    expect(read.structuredContent).toMatchObject({ clientId })
    expect(decoded(provider.tokens()?.access_token ?? '').claims).toMatchObject({
      aud: url,
      azp: clientId,
      scope: 'mcp:tools',
    })
    expect(alice.pages).toEqual(['sign in', 'consent'])
    const write = await retrying(() => client.callTool({ name: 'write_note' }))
    expect(write.structuredContent).toMatchObject({
      clientId,
      scopes: expect.arrayContaining(['mcp:tools', 'mcp:write']),
    })
    expect(wire.join()).not.toContain('clients-registrations')
    expect(requested).toEqual(['/client.json'])
  })

  it('S4: is the client id that the stock client sends for its clientMetadataUrl', async () => {
    // Nobody speaks TLS there, so it ends at Keycloak.
    const clientMetadataUrl = `${documents.replace('http:', 'https:')}/client.json`
    const alice = new Person('alice', 'password-of-alice')
    const provider = new RememberingProvider(alice, { clientMetadataUrl })
    await expect(connect(url, provider)).rejects.toThrow('HTTP 400')
    expect(provider.requests.map(({ searchParams }) => searchParams.get('client_id'))).toEqual([
      clientMetadataUrl,
    ])
  })

  it.each([
    ['is the document of another', '/of-another.json'],
    ['does not name the redirect URI', '/elsewhere.json'],
  ])('S4: is refused by Keycloak where the document %s', async (_what, path) => {
    await expect(arrive({ clientId: documents + path })).rejects.toThrow('HTTP 400')
    expect(requested).toContain(path)
  })

  it('S4: is unknown to Keycloak where its host is not permitted', async () => {
    const clientId = `${documents.replace('127.0.0.1', 'localhost')}/stranger.json`
    await expect(arrive({ clientId })).rejects.toThrow('HTTP 400')
    expect(requested).not.toContain('/stranger.json')
  })

  it('S4: is not given scopes that its document does not name', async () => {
    const clientId = `${documents}/without-scope.json`
    await expect(arrive({ clientId })).rejects.toThrow('invalid_scope')
  })
})
