import {
  DpopSession,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client'
import { dpopKeyPair } from './key-store.ts'
import { store, stored } from './tab-storage.ts'

/** A client id, and the authorization server that knows it. */
export interface RegisteredClient {
  readonly client_id: string
  readonly issuer: string
}

export interface BrowserOAuthOptions {
  /** Whether the client makes a DPoP key. Otherwise it asks for Bearer tokens. */
  readonly dpop: boolean
  /** A client that is registered already; default: the client registers itself. */
  readonly client?: RegisteredClient | undefined
}

/** What an application in a browser gives to the client of SDK v2: storage, and the way to sign in. */
export class BrowserOAuthClient implements OAuthClientProvider {
  readonly redirectUrl = `${location.origin}/callback`
  readonly clientMetadata = {
    client_name: 'Page',
    // Without it the SDK takes a page on loopback for a native application.
    application_type: 'web',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
  readonly dpop?: () => Promise<DpopSession>
  /** Whether the browser is on its way to the authorization server. */
  leaving = false

  readonly #client: RegisteredClient | undefined

  constructor({ dpop, client }: BrowserOAuthOptions) {
    this.#client = client
    if (!dpop) return
    const session = dpopKeyPair().then((keyPair) => DpopSession.create({ keyPair }))
    this.dpop = () => session
  }

  state(): string {
    const state = crypto.randomUUID()
    store('state', state)
    return state
  }
  clientInformation = (): StoredOAuthClientInformation | undefined =>
    this.#client ?? stored('client')
  saveClientInformation = (information: unknown) => store('client', information)
  tokens = () => stored<StoredOAuthTokens>('tokens')
  saveTokens = (tokens: unknown) => store('tokens', tokens)
  codeVerifier = () => stored<string>('verifier') ?? ''
  saveCodeVerifier = (verifier: string) => store('verifier', verifier)
  discoveryState = () => stored<OAuthDiscoveryState>('discovery')
  saveDiscoveryState = (discovery: unknown) => store('discovery', discovery)
  /** Without it the SDK would try a refresh token again and again after its session has ended. */
  invalidateCredentials = (what: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): void => {
    for (const name of ['client', 'tokens', 'verifier', 'discovery']) {
      if (what === 'all' || what === name) store(name, undefined)
    }
  }
  redirectToAuthorization = (url: URL): void => {
    this.leaving = true
    location.assign(url)
  }
}
