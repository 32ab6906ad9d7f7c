/**
 * The unmodified client of the MCP SDK. It knows only the URL of a server.
 *
 * As a program, it calls the two tools of a server: `node examples/demo/client.ts <server URL>`.
 */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import {
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  UnauthorizedError,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import { Browser } from './browser.ts'

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/** Stores what an application keeps for its user, here in memory, and opens the browser. */
export class InMemoryOAuthClient implements OAuthClientProvider {
  readonly redirectUrl = 'http://127.0.0.1:8976/callback'
  readonly clientMetadata: OAuthClientMetadata = {
    client_name: 'Demo client',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
  readonly #browser: Browser
  readonly #state = randomUUID()
  #information: OAuthClientInformationMixed | undefined
  #tokens: OAuthTokens | undefined
  #discovery: OAuthDiscoveryState | undefined
  #verifier = ''
  #answer: URL | undefined

  constructor(browser: Browser) {
    this.#browser = browser
  }

  state = (): string => this.#state
  clientInformation = () => this.#information
  saveClientInformation = (information: OAuthClientInformationMixed): void => {
    this.#information = information
  }
  tokens = () => this.#tokens
  saveTokens = (tokens: OAuthTokens): void => {
    this.#tokens = tokens
  }
  codeVerifier = (): string => this.#verifier
  saveCodeVerifier = (verifier: string): void => {
    this.#verifier = verifier
  }
  discoveryState = () => this.#discovery
  saveDiscoveryState = (discovery: OAuthDiscoveryState): void => {
    this.#discovery = discovery
  }
  redirectToAuthorization = async (url: URL): Promise<void> => {
    this.#answer = await this.#browser.openUntil(this.redirectUrl, url)
  }

  /** The authorization code that the browser brought back. */
  authorizationCode(): string {
    const answer = this.#answer?.searchParams
    const code = answer?.get('code')
    if (!code) throw new Error(`No authorization code: ${answer?.get('error') ?? 'no answer'}`)
    if (answer?.get('state') !== this.#state) throw new Error('The state is not the one sent')
    return code
  }

  /** The issuer that came with the code (RFC 9207). Clients of the SDK v2 check it. */
  issuer(): string | undefined {
    return this.#answer?.searchParams.get('iss') ?? undefined
  }
}

export interface Connection {
  readonly client: Client
  readonly oauth: InMemoryOAuthClient
}

/** Connects to an MCP server, and gets a token if the server demands one. */
export async function connect(serverUrl: string, fetchFn: Fetch = fetch): Promise<Connection> {
  const oauth = new InMemoryOAuthClient(new Browser(fetchFn))
  const client = new Client({ name: 'demo-client', version: '1.0.0' })
  const transport = () =>
    new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider: oauth, fetch: fetchFn })

  const first = transport()
  try {
    await client.connect(first)
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error
    await first.finishAuth(oauth.authorizationCode())
    await client.connect(transport())
  }
  return { client, oauth }
}

/** Calls a tool and returns what it computed. */
export async function callTool(
  client: Client,
  name: string,
  input: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { structuredContent, content } = await client.callTool({ name, arguments: input })
  if (structuredContent === undefined) throw new Error(`${name}: ${JSON.stringify(content)}`)
  return structuredContent as Record<string, unknown>
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { client } = await connect(process.argv[2] ?? 'http://127.0.0.1:3000/mcp')
  console.log(await callTool(client, 'add_numbers', { a: 2, b: 3 }))
  console.log(await callTool(client, 'multiply_numbers', { x: 6, y: 7 }))
  await client.close()
}
