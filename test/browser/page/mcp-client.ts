import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { BrowserOAuthClient } from '../../../examples/demo/page/client/oauth-client.ts'
import type { PageSettings } from './messages.ts'
import { recordedFetch } from './recorded-fetch.ts'

/** What both versions of the client can do. */
export interface McpClient {
  connect(): Promise<void>
  finishAuth(answer: URLSearchParams): Promise<void>
  callTool(name: string): Promise<unknown>
  readonly sessionId: string | undefined
  /** Resolves after the first notification that the list of tools has changed. */
  readonly listChanged: Promise<void>
  disconnect(): Promise<void>
}

/** A stock client that has not connected yet. */
export function mcpClient(settings: PageSettings, oauth: BrowserOAuthClient): McpClient {
  return settings.major === 1 ? clientV1(settings, oauth) : clientV2(settings, oauth)
}

const ABOUT = { name: 'page', version: '1.0.0' }

function clientV2({ serverUrl, era }: PageSettings, authProvider: BrowserOAuthClient): McpClient {
  const { promise: listChanged, resolve } = Promise.withResolvers<void>()
  const client = new Client(ABOUT, {
    versionNegotiation: { mode: era === '2025-11-25' ? 'legacy' : { pin: era } },
  })
  client.setNotificationHandler('notifications/tools/list_changed', () => resolve())
  const transport = new StreamableHTTPClientTransport(new URL(serverUrl), {
    authProvider,
    fetch: recordedFetch,
  })
  return {
    connect: () => client.connect(transport),
    finishAuth: (answer) => transport.finishAuth(answer),
    callTool: async (name) => (await client.callTool({ name, arguments: {} })).structuredContent,
    get sessionId() {
      return transport.sessionId
    },
    listChanged,
    async disconnect() {
      await transport.terminateSession()
      await client.close()
    },
  }
}

function clientV1({ serverUrl }: PageSettings, authProvider: BrowserOAuthClient): McpClient {
  const client = new ClientV1(ABOUT)
  type TransportOptions = NonNullable<ConstructorParameters<typeof TransportV1>[1]>
  const transport = new TransportV1(new URL(serverUrl), {
    authProvider: authProvider as unknown as NonNullable<TransportOptions['authProvider']>,
    fetch: recordedFetch,
  })
  return {
    connect: () => client.connect(transport as Parameters<typeof client.connect>[0]),
    finishAuth: (answer) => transport.finishAuth(answer.get('code') ?? ''),
    callTool: async (name) => (await client.callTool({ name, arguments: {} })).structuredContent,
    get sessionId() {
      return transport.sessionId
    },
    listChanged: new Promise(() => {}),
    async disconnect() {
      await transport.terminateSession()
      await client.close()
    },
  }
}
