import { setTimeout as delay } from 'node:timers/promises'
import type { AuthorizationServerOptions } from 'mcp-resource-server'

/** Why an authorization server cannot do something. The page shows it at the disabled button. */
export interface Unable {
  readonly because: string
}

/** Something that an authorization server does for the page, or why it cannot. */
export type Ability<Result> = (() => Promise<Result>) | Unable

/**
 * What the page needs of an authorization server, apart from OAuth itself. The tokens are for the attacks; the
 * page's own client gets its tokens by signing in.
 */
export interface DemoAuthorizationServer {
  readonly issuer: string
  /** How the MCP server trusts it; default: by its issuer alone. */
  readonly trust?: AuthorizationServerOptions
  /** The client id of the page; default: the stock client registers itself. */
  readonly clientId?: string
  /** The scope that every request needs; default `mcp:tools`. */
  readonly scope?: string
  /** The further scope that one tool needs; default `mcp:admin`. */
  readonly stepUpScope?: string
  /** A token for the MCP server that has expired. */
  readonly expiredToken: Ability<string>
  /** A token for another audience. */
  readonly otherAudienceToken: Ability<string>
  /** A token that is bound to a key that the page does not have. Used while nobody is signed in. */
  readonly boundToken: Ability<string>
  /** A token that is signed with a key that the MCP server has not seen yet. */
  readonly newKeyToken: Ability<string>
  /** Ends the sessions of a user, so that the MCP server learns of it. */
  readonly logOut: ((subject: string) => Promise<void>) | Unable
  /** Begins and ends an outage. */
  readonly outage: { start(): Promise<void>; end(): Promise<void> } | Unable
  close?(): Promise<void>
}

/** What an authorization server has to know about the page. */
export interface DemoPlace {
  /** The URL of the MCP server, the audience of its tokens. */
  readonly resource: string
  /** The origin of the page. */
  readonly origin: string
  /** Where the browser comes back to after signing in. */
  readonly redirectUri: string
  /** Where the MCP server takes logout tokens. */
  readonly backchannelLogoutUri: string
}

/** In seconds: the clock difference that a gate allows by default. */
const CLOCK_TOLERANCE = 5

/**
 * Holds a new token back until every gate refuses it.
 *
 * @param lifetime in seconds
 */
export function onceExpired(token: string, lifetime: number): () => Promise<string> {
  const refusedFrom = Date.now() + (lifetime + CLOCK_TOLERANCE + 1) * 1000
  return () => delay(Math.max(0, refusedFrom - Date.now()), token)
}
