/**
 * The stock clients of both majors of the MCP SDK, headless: given the URL of a server they find
 * the authorization server, register, sign in, and come back with a token. What a person does in a
 * browser, and what an application does with the code, is done here; everything else is theirs.
 */
import {
  Client as ClientV2,
  type DpopSession,
  StreamableHTTPClientTransport as TransportV2,
  UnauthorizedError as UnauthorizedErrorV2,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client'
import { UnauthorizedError as UnauthorizedErrorV1 } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { OAuthClientMetadata } from '@modelcontextprotocol/sdk/shared/auth.js'
import { Browser } from '../../examples/demo/browser.ts'
import { InMemoryOAuthClient } from '../../examples/demo/client.ts'

export type Major = 1 | 2

/**
 * How a client of v2 comes to a protocol version: `2025` shakes hands as v1 does, `2026-07-28`
 * takes nothing else, `auto` asks first and falls back to `2025`. Clients of v1 know only `2025`.
 */
export type ProtocolChoice = '2025' | '2026-07-28' | 'auto'

export interface StockClientOptions {
  readonly major: Major
  readonly serverUrl: string
  /** Default `2025`, as with both SDKs. */
  readonly protocol?: ProtocolChoice
  /** Whether the client registers for refresh tokens, and so is issued them; default `true`. */
  readonly refreshTokens?: boolean
  /** The DPoP key of a client of v2; default none. A client of v1 cannot use one. */
  readonly dpop?: DpopSession
  /** Default the global one. */
  readonly fetch?: Fetch
  /** The `resource` that the client asks for; default what the metadata says. `undefined`: it sends none. */
  readonly asksFor?: (serverUrl: URL) => URL | undefined
  /** How often its user signs in before the client gives up; default once. */
  readonly logins?: number
}

/** One HTTP exchange; neither tokens nor codes are in it. */
export interface Exchange {
  /** Whether the client sent the request itself, or the browser that it opened. */
  readonly by: 'client' | 'browser'
  readonly method: string
  /** Without the query, where a browser's codes and states are. */
  readonly url: string
  readonly status: number
  /** `WWW-Authenticate` of the answer. */
  readonly challenge: string | undefined
  /** The `method` of a JSON-RPC request. */
  readonly rpc: string | undefined
  /** The headers of the request that say what protocol is spoken, and the scheme in `authorization`. */
  readonly headers: Readonly<Record<string, string>>
}

export interface StockConnection {
  readonly client: ClientV1 | ClientV2
  /** What the application keeps for its user: registration and tokens. */
  readonly oauth: InMemoryOAuthClient
  /** In the order of their answers. */
  readonly exchanges: readonly Exchange[]
  /** The authorization requests that the browser was sent to. */
  readonly authorizations: readonly URL[]
  /** The scopes of the access token, as the token endpoint named them. */
  scopes(): string[]
  hasRefreshToken(): boolean
  /**
   * The structured content of one call, without help: an authorization that it leads to is left
   * unfinished.
   */
  callTool(name: string): Promise<Record<string, unknown>>
  /** What an application does: where the client has asked for authorization, finish it and retry. */
  authorizing<T>(work: () => Promise<T>): Promise<T>
  /** Sends `DELETE`, where there is a session. */
  endSession(): Promise<void>
  close(): Promise<void>
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/** Connects a stock client to an MCP server, authorizing where the server asks for it. */
export async function connectStockClient(options: StockClientOptions): Promise<StockConnection> {
  const { major, serverUrl, protocol = '2025', refreshTokens = true, dpop } = options
  const { asksFor, logins = 1 } = options
  if (dpop !== undefined && major === 1) throw new TypeError('SDK v1 does not know DPoP')
  const exchanges: Exchange[] = []
  const record = (by: Exchange['by']) => recording(options.fetch ?? fetch, by, exchanges)
  const browser = new ObservedBrowser(record('browser'))
  const oauth =
    dpop === undefined
      ? new StockOAuthClient(browser, refreshTokens)
      : new DpopOAuthClient(browser, refreshTokens, dpop)
  if (asksFor !== undefined) {
    oauth.validateResourceURL = async (server) => asksFor(new URL(server))
  }
  const stock = stockClient(major, protocol, new URL(serverUrl), {
    authProvider: oauth,
    fetch: record('client'),
  })

  const finish = async (error: unknown): Promise<void> => {
    if (!isUnauthorized(error)) throw error
    const code = oauth.authorizationCode()
    await stock.finishAuth(code, browser.answer?.searchParams.get('iss') ?? undefined)
  }
  for (let left = logins; ; left -= 1) {
    try {
      await stock.connect()
      break
    } catch (error) {
      if (left === 0) throw error
      // With a refresh token the client gives up by itself; its user connects again.
      if (logins === 1 || isUnauthorized(error)) await finish(error)
    }
  }

  return {
    client: stock.client,
    oauth,
    exchanges,
    authorizations: browser.requests,
    scopes: () => (oauth.tokens()?.scope ?? '').split(' ').filter(Boolean),
    hasRefreshToken: () => oauth.tokens()?.refresh_token !== undefined,
    async callTool(name) {
      const { structuredContent } = await stock.client.callTool({ name, arguments: {} })
      return structuredContent as Record<string, unknown>
    },
    async authorizing(work) {
      try {
        return await work()
      } catch (error) {
        await finish(error)
        return work()
      }
    },
    endSession: () => stock.endSession(),
    close: () => stock.client.close(),
  }
}

/** What the client itself sent, as `POST /mcp 401`, without what has no place in the order. */
export function wireOf(exchanges: readonly Exchange[]): string[] {
  return (
    exchanges
      .filter(({ by }) => by === 'client')
      // The stream that a server need not offer; a client of 2025 asks for it at any time.
      .filter(({ method, headers }) => method !== 'GET' || headers.authorization === undefined)
      .map(({ method, url, status, rpc }) =>
        [method, new URL(url).pathname, ...(rpc === undefined ? [] : [rpc]), status].join(' '),
      )
  )
}

interface TransportOptions {
  readonly authProvider: StockOAuthClient
  readonly fetch: Fetch
}

/** What the two majors have in common; a transport serves one connection. */
function stockClient(
  major: Major,
  protocol: ProtocolChoice,
  url: URL,
  transportOptions: TransportOptions,
) {
  const about = { name: `stock-client-v${major}`, version: '1.0.0' }
  if (major === 1) {
    if (protocol !== '2025') throw new TypeError(`SDK v1 does not speak ${protocol}`)
    const client = new ClientV1(about)
    let transport: TransportV1
    return {
      client,
      connect() {
        transport = new TransportV1(url, transportOptions)
        return client.connect(transport as Parameters<typeof client.connect>[0])
      },
      finishAuth: (code: string) => transport.finishAuth(code),
      endSession: () => transport.terminateSession(),
    }
  }
  const client = new ClientV2(about, { versionNegotiation: { mode: negotiation[protocol] } })
  let transport: TransportV2
  return {
    client,
    connect() {
      transport = new TransportV2(url, transportOptions)
      return client.connect(transport)
    },
    // Without the `iss` of RFC 9207 it would not redeem the code.
    finishAuth: (code: string, iss: string | undefined) => transport.finishAuth(code, iss),
    endSession: () => transport.terminateSession(),
  }
}

const negotiation: Readonly<Record<ProtocolChoice, VersionNegotiationMode>> = {
  '2025': 'legacy',
  '2026-07-28': { pin: '2026-07-28' },
  auto: 'auto',
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof UnauthorizedErrorV1 || error instanceof UnauthorizedErrorV2
}

/** The demo's provider does for both majors; only what it registers for is chosen here. */
class StockOAuthClient extends InMemoryOAuthClient {
  override readonly clientMetadata: OAuthClientMetadata
  validateResourceURL?: (serverUrl: string | URL) => Promise<URL | undefined>

  constructor(browser: Browser, refreshTokens: boolean) {
    super(browser)
    this.clientMetadata = {
      client_name: 'Stock client',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', ...(refreshTokens ? ['refresh_token'] : [])],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    }
  }
}

/** The one addition that an application makes for DPoP. */
class DpopOAuthClient extends StockOAuthClient {
  readonly dpop: () => DpopSession

  constructor(browser: Browser, refreshTokens: boolean, session: DpopSession) {
    super(browser, refreshTokens)
    this.dpop = () => session
  }
}

class ObservedBrowser extends Browser {
  readonly requests: URL[] = []
  answer: URL | undefined

  override async openUntil(redirectUrl: string, start: URL): Promise<URL> {
    this.requests.push(start)
    this.answer = await super.openUntil(redirectUrl, start)
    return this.answer
  }
}

const headersOfInterest = [
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
  'mcp-session-id',
  'last-event-id',
]

function recording(send: Fetch, by: Exchange['by'], exchanges: Exchange[]): Fetch {
  return async (url, init) => {
    const response = await send(url, init)
    const { origin, pathname } = new URL(url)
    exchanges.push({
      by,
      method: init?.method ?? 'GET',
      url: origin + pathname,
      status: response.status,
      challenge: response.headers.get('www-authenticate') ?? undefined,
      rpc: rpcMethod(init?.body),
      headers: recorded(new Headers(init?.headers)),
    })
    return response
  }
}

function recorded(headers: Headers): Record<string, string> {
  const scheme = headers.get('authorization')?.split(' ')[0]
  return Object.fromEntries([
    ...(scheme === undefined ? [] : [['authorization', scheme]]),
    ...headersOfInterest.flatMap((name) => {
      const value = headers.get(name)
      return value === null ? [] : [[name, value]]
    }),
  ])
}

function rpcMethod(body: unknown): string | undefined {
  if (typeof body !== 'string' || !body.includes('"jsonrpc"')) return undefined
  return (JSON.parse(body) as { method?: string }).method
}
