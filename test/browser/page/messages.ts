/** What a test and the page tell each other. */

/** What the page's MCP client connects to, and how. */
export interface PageSettings {
  readonly serverUrl: string
  /** The major version of the MCP SDK; only 2 knows DPoP. */
  readonly major: 1 | 2
  /** The protocol version: `2025-11-25` has sessions, `2026-07-28` has none. */
  readonly era: '2025-11-25' | '2026-07-28'
  /** Whether the client makes a DPoP key. Otherwise it asks for Bearer tokens. */
  readonly dpop: boolean
}

/**
 * What the page does for a test. A task that leads to the authorization server continues when the
 * browser comes back.
 */
export type Task =
  | { readonly name: 'connect'; readonly settings: PageSettings }
  | { readonly name: 'call'; readonly tool: string }
  /** Waits for the notification that the list of tools has changed. */
  | { readonly name: 'await-list-changed' }
  /** Ends the session, and closes the connection. */
  | { readonly name: 'disconnect' }
  /** Replaces the stored access token by one that no server accepts. */
  | { readonly name: 'spoil-token' }
  /** A `fetch` of the page's own, without the MCP client. */
  | { readonly name: 'fetch'; readonly url: string; readonly init: PlainRequest }
  /** Tries to export the private key. */
  | { readonly name: 'export-key' }

export interface PlainRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** With `include` the browser sends cookies to another origin, too. */
  readonly credentials?: 'include'
}

/** How a task ended. */
export type Outcome =
  | { readonly result: unknown }
  | { readonly error: { readonly name: string; readonly message: string } }

/** One HTTP exchange of the page, as the page sees it. */
export interface PageExchange {
  readonly method: string
  readonly url: string
  /** The fields that the page set. */
  readonly sent: Readonly<Record<string, string>>
  readonly body?: string
  /** Absent if the browser did not let the page have the answer. */
  readonly answer?: {
    readonly status: number
    /** The fields that the browser lets the page read. */
    readonly headers: Readonly<Record<string, string>>
  }
}
