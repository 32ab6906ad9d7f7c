import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
  UnauthorizedError as UnauthorizedErrorV2,
} from '@modelcontextprotocol/client'
import {
  type OAuthClientProvider,
  UnauthorizedError as UnauthorizedErrorV1,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { type ClientChoices, RememberingProvider } from './mcp-client.ts'
import type { Person } from './person.ts'

export type Major = 'v1' | 'v2'
export const MAJORS = ['v1', 'v2'] as const

export interface Visit {
  /** What the tool answered, or the message that the client ended with. */
  readonly outcome: string
  /** The access token that the client came by, wherever it was sent in the end. */
  readonly token: string | undefined
}

/** A stock client of one of the SDK's majors visits a server for a person, and calls a tool. */
export async function visit(
  major: Major,
  url: string,
  person: Person,
  choices: ClientChoices = {},
): Promise<Visit> {
  const provider = new RememberingProvider(person, choices)
  const outcome = await visitWith(major, url, provider)
  return { outcome, token: provider.tokens()?.access_token }
}

/** The same with what the application remembers from earlier visits. */
export function visitWith(
  major: Major,
  url: string,
  provider: RememberingProvider,
  tool?: string,
): Promise<string> {
  const finish = (transport: Transport) =>
    transport.finishAuth(provider.authorizationCode(), provider.issuer())
  return use(major, url, provider, finish, tool)
}

/** The same for a program, which needs no person. */
export async function visitAsProgram(
  major: Major,
  url: string,
  authProvider: OAuthClientProvider,
): Promise<string> {
  return use(major, url, authProvider, () => Promise.reject(new Error('a program has no browser')))
}

interface Transport {
  finishAuth(code: string, iss?: string): Promise<void>
}

async function use(
  major: Major,
  url: string,
  authProvider: OAuthClientProvider,
  finish: (transport: Transport) => Promise<void>,
  tool = 'read_notes',
): Promise<string> {
  const about = { name: `stock-${major}`, version: '1.0.0' }
  let client: ClientV1 | ClientV2 | undefined
  async function attempt(transport: TransportV1 | TransportV2): Promise<string> {
    await client?.close()
    client = major === 'v1' ? new ClientV1(about) : new ClientV2(about)
    await client.connect(transport as never)
    const { structuredContent } = await client.callTool({ name: tool, arguments: {} })
    return `called as ${(structuredContent as { clientId?: string }).clientId}`
  }
  const open = () =>
    major === 'v1'
      ? new TransportV1(new URL(url), { authProvider })
      : new TransportV2(new URL(url), { authProvider })
  try {
    const transport = open()
    try {
      return await attempt(transport)
    } catch (error) {
      if (!(error instanceof UnauthorizedErrorV1 || error instanceof UnauthorizedErrorV2)) {
        throw error
      }
      await finish(transport as Transport)
      return await attempt(open())
    }
  } catch (error) {
    return (error as Error).message.split('\n')[0] ?? ''
  } finally {
    await client?.close()
  }
}
