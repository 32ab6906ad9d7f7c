import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
  UnauthorizedError as UnauthorizedErrorV2,
} from '@modelcontextprotocol/client'
import { UnauthorizedError as UnauthorizedErrorV1 } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keycloakRealm } from '../../src/keycloak/index.ts'
import { importRealm, type Undo, undoAll } from './support/examples.ts'
import { type ClientChoices, RememberingProvider } from './support/mcp-client.ts'
import { startMcpServer } from './support/mcp-server.ts'
import { Person } from './support/person.ts'

// The guide's table "Step-up by client", line by line.

type Major = 'v1' | 'v2'

const PASSWORD = 'correct horse battery'
const KNOWN = { clientId: 'desktop' }
const REGISTERED = {}

const undo: Undo = []
const urls = { 'step by step': '', 'all at once': '' }

beforeAll(async () => {
  const scopes = { 'step by step': undefined, 'all at once': ['mcp:write'] }
  for (const way of ['step by step', 'all at once'] as const) {
    const realm = `step-up-${way.replaceAll(' ', '-')}`
    const initialScopes = scopes[way]
    urls[way] = await startMcpServer(undo, realm, () => ({ verification: 'jwt' }), {
      exclusiveAudience: true,
      ...(initialScopes === undefined ? {} : { initialScopes }),
    })
    const written = keycloakRealm({
      realm,
      resource: urls[way],
      resourceIndicators: true,
      scopes: ['mcp:tools'],
      optionalScopes: ['mcp:write'],
      clients: [{ clientId: 'desktop', redirectUris: ['http://127.0.0.1/callback'] }],
      users: [{ username: 'alice', password: PASSWORD }],
      registration: { trustedHosts: ['127.0.0.1', 'localhost'], matchSender: false },
    })
    undo.push(await importRealm(written))
  }
})
afterAll(() => undoAll(undo))

interface Transport {
  finishAuth(code: string, iss?: string): Promise<void>
}

/** A stock client signs Alice in and calls a tool that needs a further scope. */
async function writeNote(
  major: Major,
  url: string,
  choices: ClientChoices,
): Promise<{ outcome: string; asked: readonly (string | null)[] }> {
  const provider = new RememberingProvider(new Person('alice', PASSWORD), choices)
  const about = { name: `stock-${major}`, version: '1.0.0' }
  const client = major === 'v1' ? new ClientV1(about) : new ClientV2(about)
  const authProvider = provider as never
  const open = () =>
    major === 'v1'
      ? new TransportV1(new URL(url), { authProvider })
      : new TransportV2(new URL(url), { authProvider })
  let transport = open()
  const finish = async (error: unknown): Promise<void> => {
    if (!(error instanceof UnauthorizedErrorV1 || error instanceof UnauthorizedErrorV2)) throw error
    await (transport as Transport).finishAuth(provider.authorizationCode(), provider.issuer())
  }
  const write = () => client.callTool({ name: 'write_note', arguments: {} })
  let outcome = 'called at once'
  try {
    await client.connect(transport as never).catch(async (error) => {
      await finish(error)
      transport = open()
      await client.connect(transport as never)
    })
    await write().catch(async (error) => {
      await finish(error)
      await write()
      outcome = 'called after a step-up'
    })
  } catch (error) {
    outcome = (error as Error).message.split('\n')[0] ?? ''
  } finally {
    await client.close()
  }
  return { outcome, asked: provider.requests.map(({ searchParams }) => searchParams.get('scope')) }
}

describe('MCP-9 MCP-10: step-up by client', () => {
  it.each<[Major, string, keyof typeof urls, ClientChoices, RegExp, number]>([
    ['v1', 'known', 'step by step', KNOWN, /after trying upscoping/, 1],
    [
      'v1',
      'known, without refresh tokens',
      'step by step',
      { ...KNOWN, refresh: false },
      /^called after a step-up$/,
      2,
    ],
    ['v1', 'registered', 'step by step', REGISTERED, /after trying upscoping/, 1],
    ['v2', 'known', 'step by step', KNOWN, /^called after a step-up$/, 2],
    ['v2', 'registered', 'step by step', REGISTERED, /invalid_scope/, 2],
    ['v1', 'known', 'all at once', KNOWN, /^called at once$/, 1],
    ['v1', 'registered', 'all at once', REGISTERED, /^called at once$/, 1],
    ['v2', 'known', 'all at once', KNOWN, /^called at once$/, 1],
    ['v2', 'registered', 'all at once', REGISTERED, /^called at once$/, 1],
  ])('SDK %s, %s, %s', async (major, _who, way, choices, outcome, requests) => {
    const seen = await writeNote(major, urls[way], choices)
    expect(seen.outcome, JSON.stringify(seen)).toMatch(outcome)
    expect(seen.asked).toHaveLength(requests)
  })
})
