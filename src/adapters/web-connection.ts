import type { GuardOptions } from '../gate/options.ts'
import type { RequestConnection } from '../http/resource-request.ts'

export type { RequestConnection } from '../http/resource-request.ts'

/** Options of a gate for web-standard requests, which say nothing about their connection. */
export interface WebGateOptions<Platform extends readonly unknown[] = readonly unknown[]>
  extends GuardOptions {
  /**
   * A function that returns the connection of a request. Tokens that are bound to a client certificate
   * need it (RFC 8705), and so does the header of a proxy with the certificate. It gets the arguments
   * that the gate was called with, for example `Deno.serve` passes the address as the second one.
   *
   * @defaultValue the connection is unknown
   */
  readonly connection?: (request: Request, ...platform: Platform) => RequestConnection | undefined
}
