/** The stock MCP client of the page, and how it signs in. */
import {
  type AuthProvider,
  Client,
  type OAuthClientProvider,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { BrowserOAuthClient, type BrowserOAuthOptions } from '../client/oauth-client.ts'
import { store, stored } from '../client/tab-storage.ts'
import type { PageSettings } from '../page-settings.ts'
import { recordedBy } from './exchanges.ts'

const ABOUT = { name: 'demo-page', version: '1.0.0' }
const ERA = { mode: { pin: '2026-07-28' } } as const

/** What the stock client keeps in this tab. */
const KEPT = ['client', 'tokens', 'verifier', 'state', 'discovery']

export interface Session {
  /** Whether the browser is on its way to the authorization server. */
  readonly leaving: boolean
  connect(): Promise<Client>
  /** Redeems the authorization code that the browser brought back. */
  comeBack(answer: URLSearchParams): Promise<void>
  close(): Promise<void>
}

/** @param mayLeave whether the authorization server can show its page */
export function createSession(
  serverUrl: string,
  options: BrowserOAuthOptions,
  mayLeave: () => boolean,
): Session {
  const oauth = new BrowserOAuthClient(options)
  const leave = oauth.redirectToAuthorization
  oauth.redirectToAuthorization = (url) => {
    if (!mayLeave()) throw new Error('Nobody can sign in while the authorization server is down.')
    leave(url)
  }
  let connected: Promise<Client> | undefined
  return {
    get leaving() {
      return oauth.leaving
    },
    connect() {
      connected ??= connect(serverUrl, oauth, 'Client').catch((error: unknown) => {
        connected = undefined
        throw error
      })
      return connected
    },
    async comeBack(answer) {
      const state = stored<string>('state')
      store('state', undefined)
      if (state === undefined || answer.get('state') !== state) throw new Error('Unknown state')
      await transportTo(serverUrl, oauth, 'Client').finishAuth(answer)
    },
    async close() {
      const client = await connected?.catch(() => undefined)
      connected = undefined
      await client?.close()
    },
  }
}

/** Connects a stock client. With an `AuthProvider` it sends that token, and cannot sign in. */
export async function connect(
  serverUrl: string,
  authProvider: AuthProvider | OAuthClientProvider | undefined,
  sender: string,
): Promise<Client> {
  const client = new Client(ABOUT, { versionNegotiation: ERA })
  await client.connect(transportTo(serverUrl, authProvider, sender))
  return client
}

function transportTo(
  serverUrl: string,
  authProvider: AuthProvider | OAuthClientProvider | undefined,
  sender: string,
): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(serverUrl), {
    ...(authProvider === undefined ? {} : { authProvider }),
    fetch: recordedBy(sender),
  })
}

/** A client that has only its access token left: it cannot refresh it, and cannot sign in again. */
export class LastToken extends BrowserOAuthClient {
  override tokens = () => {
    const { refresh_token: _dropped, ...others } = stored<StoredOAuthTokens>('tokens') ?? {}
    return others as StoredOAuthTokens
  }
  override redirectToAuthorization = () => {}
}

export function oauthOptions({ clientId, issuer }: PageSettings): BrowserOAuthOptions {
  return {
    dpop: true,
    client: clientId === undefined ? undefined : { client_id: clientId, issuer },
  }
}

export function signedIn(): StoredOAuthTokens | undefined {
  return stored('tokens')
}

export function forgetSignIn(): void {
  for (const name of KEPT) store(name, undefined)
}
