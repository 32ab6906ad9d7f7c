import {
  Client,
  DpopSession,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { Browser } from './browser.ts'
import { InMemoryOAuthClient } from './client.ts'

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/**
 * The unmodified client of the MCP SDK v2 with a DPoP key (RFC 9449). The method `dpop` is all that an
 * application adds: from then on the client asks for tokens that are bound to the key, and signs a proof
 * for each request.
 */
class OAuthClientWithKey extends InMemoryOAuthClient {
  readonly #session = DpopSession.create()

  dpop = (): Promise<DpopSession> => this.#session
}

/** Connects to an MCP server, and gets a token that is bound to a new key if the server demands one. */
export async function connectWithKey(serverUrl: string, fetchFn: Fetch): Promise<Client> {
  const oauth = new OAuthClientWithKey(new Browser())
  const client = new Client({ name: 'demo-client-with-key', version: '1.0.0' })
  const transport = () =>
    new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider: oauth, fetch: fetchFn })

  const first = transport()
  try {
    await client.connect(first)
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error
    await first.finishAuth(oauth.authorizationCode(), oauth.issuer())
    await client.connect(transport())
  }
  return client
}
