import { randomUUID } from 'node:crypto'
import {
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  UnauthorizedError,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type {
  OAuthClientInformationMixed,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import type { Person } from './person.ts'

/** Nothing listens there: the browser is stopped at its door. */
export const REDIRECT_URL = 'http://127.0.0.1:8976/callback'

export interface ClientChoices {
  /** Of a client that Keycloak knows already; without it the client registers itself. */
  readonly clientId?: string
  /** Of a client that keeps what it is in a document. */
  readonly clientMetadataUrl?: string
  /** Whether refresh tokens are kept; default `true`. */
  readonly refresh?: boolean
  /** What the client sends as `resource`; `null`: nothing; default: what the metadata say. */
  readonly resource?: string | null
}

/** What an application keeps for its user, here in memory, and how it opens a browser. */
export class RememberingProvider implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT_URL
  readonly clientMetadata
  readonly clientMetadataUrl?: string
  readonly validateResourceURL?: () => Promise<URL | undefined>
  /** The authorization requests that the browser was sent to. */
  readonly requests: URL[] = []
  readonly #person: Person
  readonly #refresh: boolean
  readonly #state = randomUUID()
  #information: OAuthClientInformationMixed | undefined
  #tokens: OAuthTokens | undefined
  #discovery: OAuthDiscoveryState | undefined
  #verifier = ''
  #answer: URL | undefined

  constructor(person: Person, choices: ClientChoices) {
    const { clientId, clientMetadataUrl, refresh = true, resource } = choices
    this.#person = person
    this.#refresh = refresh
    this.clientMetadata = {
      client_name: 'A desktop client',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    }
    if (resource !== undefined) {
      this.validateResourceURL = async () => (resource === null ? undefined : new URL(resource))
    }
    if (clientMetadataUrl !== undefined) this.clientMetadataUrl = clientMetadataUrl
    if (clientId !== undefined) this.#information = { client_id: clientId }
  }

  state = (): string => this.#state
  clientInformation = () => this.#information
  saveClientInformation = (information: OAuthClientInformationMixed): void => {
    this.#information = information
  }
  tokens = () => this.#tokens
  saveTokens = (tokens: OAuthTokens): void => {
    const { refresh_token: refreshToken, ...others } = tokens
    this.#tokens =
      this.#refresh && refreshToken ? { ...others, refresh_token: refreshToken } : others
  }
  invalidateCredentials = (what: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): void => {
    if (what === 'all' || what === 'client') this.#information = undefined
    if (what === 'all' || what === 'tokens') this.#tokens = undefined
    if (what === 'all' || what === 'discovery') this.#discovery = undefined
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
    this.requests.push(url)
    this.#answer = await this.#person.openUntil(this.redirectUrl, url)
  }

  /** The authorization code that the browser came back with. */
  authorizationCode(): string {
    const answer = this.#answer?.searchParams
    const code = answer?.get('code')
    if (!code) {
      throw new Error(`No code: ${answer?.get('error')} ${answer?.get('error_description')}`)
    }
    if (answer?.get('state') !== this.#state) throw new Error('The state is not the one sent')
    return code
  }

  /** The issuer that came with the code (RFC 9207). */
  issuer(): string | undefined {
    return this.#answer?.searchParams.get('iss') ?? undefined
  }
}

export interface Connection {
  readonly client: Client
  /** What the client itself sent to the MCP server and to Keycloak, as `POST /mcp 401`. */
  readonly wire: readonly string[]
  /** Runs something that may want authorization, does that, and runs it once more. */
  retrying<T>(work: () => Promise<T>): Promise<T>
}

/** Connects a stock client to an MCP server, authorizing where the server asks for it. */
export async function connect(
  url: string,
  authProvider: OAuthClientProvider,
  authorizationCode?: () => string,
): Promise<Connection> {
  const wire: string[] = []
  const client = new Client({ name: 'stock', version: '1.0.0' })
  const open = () =>
    new StreamableHTTPClientTransport(new URL(url), { authProvider, fetch: watched(wire) })
  let transport = open()
  const finish = async (error: unknown): Promise<void> => {
    if (!(error instanceof UnauthorizedError) || authorizationCode === undefined) throw error
    await transport.finishAuth(authorizationCode())
  }
  try {
    await client.connect(transport)
  } catch (error) {
    await finish(error)
    transport = open()
    await client.connect(transport)
  }
  return {
    client,
    wire,
    async retrying(work) {
      try {
        return await work()
      } catch (error) {
        await finish(error)
        return work()
      }
    },
  }
}

function watched(wire: string[]) {
  return async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, init)
    const { pathname } = new URL(url)
    const method = init?.method ?? 'GET'
    // The stream that the server does not offer; it is asked for at any time.
    if (method !== 'GET' || pathname !== '/mcp')
      wire.push(`${method} ${pathname} ${response.status}`)
    return response
  }
}
