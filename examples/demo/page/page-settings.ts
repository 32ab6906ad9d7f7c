/** What the page can ask its own server to do. */
export const PAGE_ACTIONS = [
  'expired-token',
  'other-audience-token',
  'bound-token',
  'log-out',
  'outage-start',
  'outage-end',
  'reset',
] as const

export type PageAction = (typeof PAGE_ACTIONS)[number]

/** The answer to an action. Some actions return a token for the page to send. The page does not keep it. */
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
