/** What the page asks its own server to do. */
export type PageAction =
  | 'expired-token'
  | 'other-audience-token'
  | 'bound-token'
  | 'log-out'
  | 'outage-start'
  | 'outage-end'
  | 'reset'

/** The answer to an action: a token to send, where the action gives one. The page does not keep it. */
export interface ActionAnswer {
  readonly token?: string
  readonly error?: string
}

/** What the page has to know. The MCP client needs only `resource`. */
export interface PageSettings {
  /** The URL of the MCP server. */
  readonly resource: string
  readonly issuer: string
  /** The client id of the page; `undefined`: the client registers itself. */
  readonly clientId: string | undefined
  /** The scopes that each tool needs. */
  readonly tools: Readonly<Record<string, readonly string[]>>
  /** Why an action is not possible with this authorization server. */
  readonly unable: Readonly<Partial<Record<PageAction, string>>>
  /** Whether the authorization server was stopped. */
  readonly outage: boolean
}
