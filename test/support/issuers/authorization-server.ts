/**
 * The authorization server of the demo, for tests: real, embedded, on loopback.
 *
 * Stop it in `afterAll`, or use `await using`.
 */
import {
  type AuthorizationServer,
  type AuthorizationServerOptions,
  startAuthorizationServer as start,
} from '../../../examples/demo/authorization-server.ts'

export type {
  AuthorizationServer,
  AuthorizationServerOptions,
  ClientCredentialsRequest,
  ResourceDefinition,
  SigningAlgorithm,
} from '../../../examples/demo/authorization-server.ts'

export interface DisposableAuthorizationServer extends AuthorizationServer, AsyncDisposable {
  /** A real answer of its introspection endpoint, asked as a resource server asks. */
  introspect(token: string): Promise<Record<string, unknown>>
}

export async function startAuthorizationServer(
  options: AuthorizationServerOptions = {},
): Promise<DisposableAuthorizationServer> {
  const server = await start(options)
  return Object.assign(server, {
    async introspect(token: string) {
      const credentials = Buffer.from(`${server.clientId}:${server.clientSecret}`)
      const response = await fetch(`${server.issuer}/introspect`, {
        method: 'POST',
        headers: { authorization: `Basic ${credentials.toString('base64')}` },
        body: new URLSearchParams({ token }),
      })
      return (await response.json()) as Record<string, unknown>
    },
    [Symbol.asyncDispose]: () => server.stop(),
  })
}
