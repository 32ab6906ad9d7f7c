import type { GuardOptions } from '../../src/gate/options.ts'
import type { AuthorizationServerOptions } from '../../src/resource-server/authorization-server-options.ts'
import type { ResourceServerOptions } from '../../src/resource-server/options.ts'
import type { ResourceServer } from '../../src/resource-server/resource-server.ts'
import type { Revocation } from '../../src/revocation/revocation.ts'
import type { Arrangement } from './arrangements.ts'
import type { Echo, EchoLog } from './echo.ts'

/** Options of a resource server that survive the way into another process: no functions. */
export type ServerOptions = Pick<
  ResourceServerOptions,
  | 'resource'
  | 'requiredScopes'
  | 'realm'
  | 'cache'
  | 'mirrorAuthorizationServerMetadata'
  | 'signedMetadata'
  | 'policy'
  | 'scopeHierarchy'
  | 'allowedOrigins'
  | 'sessions'
  | 'streamGrace'
  | 'clockTolerance'
  | 'dpop'
> & {
  readonly authorizationServer: AuthorizationServerOptions | readonly AuthorizationServerOptions[]
  /** Not an option of the resource server: the framework parses bodies before the gate. */
  readonly bodyParserFirst?: boolean
  /** Not an option of the resource server: what adapters get from it is changed. */
  readonly arrangement?: Arrangement
}

/** Where a server listens. */
export interface Listener {
  readonly port: number
  /** Takes the open connections down too. */
  close(): Promise<unknown>
}

/**
 * What a new adapter brings, in one small test file, `describeConformance({ … })`.
 *
 * It serves, on a port of 127.0.0.1, the resource server's endpoints and the {@link Echo} behind the gate:
 * the paths of {@link routesOf} with the options there, and every other path with none. The echo is handed
 * what the framework's own body parsing makes of the body, of up to 20 MB, and is called for every method.
 */
export interface Adapter {
  readonly name: string
  /** Default HTTP/1.1. `h2` is without TLS and with prior knowledge. */
  readonly protocol?: 'h2'
  /** Whether `bodyParserFirst` can be done. */
  readonly canParseFirst: boolean
  /** Default all: an adapter with another kind of handler refuses with the same code. */
  readonly cases?: readonly Case[]
  listen(resourceServer: ResourceServer, echo: Echo, options: ServerOptions): Promise<Listener>
}

/** Paths that every adapter serves, and the route's own options there. */
export function routesOf({ metadata }: ResourceServer): readonly [string, GuardOptions][] {
  const routes: [string, GuardOptions][] = [
    ['/api', { policy: false }],
    ['/admin', { requiredScopes: ['mcp:admin'] }],
    ['/proved', { dpop: 'required' }],
  ]
  // A route cannot be without DPoP where the whole server requires it.
  if (metadata.dpop_bound_access_tokens_required !== true) {
    routes.push(['/unproved', { dpop: 'off', policy: false }])
  }
  return routes
}

/** A resource server that listens somewhere. */
export interface RunningServer {
  readonly origin: string
  readonly protocol: 'http/1.1' | 'h2'
  /** What the handler behind the gate has lived through so far. */
  log(): Promise<EchoLog>
  /** What was told on a `node:diagnostics_channel` there, oldest first. */
  events(channel: string): Promise<readonly Record<string, unknown>[]>
  /** Calls `resourceServer.revoke`. */
  revoke(revocation: Revocation): Promise<void>
  /** How many event streams the adapter has told the resource server to watch, and not to stop. */
  streams(): Promise<number>
  /** Closes the listener and the resource server. */
  close(): Promise<void>
}

/** All that a case may know of where it runs. */
export interface Driver {
  /** What the handler calls the place where it runs. */
  readonly runtime: string
  /** Starts a resource server; it is closed at the end of the case at the latest. */
  start(options: ServerOptions): Promise<RunningServer>
}

export interface Case {
  readonly name: string
  /** Only for adapters that {@link Adapter.canParseFirst | can parse first}. */
  readonly parsesFirst?: true
  /** It waits for a timer, and looks at no events: it may run while other cases run. */
  readonly waits?: true
  run(driver: Driver): Promise<void>
}
