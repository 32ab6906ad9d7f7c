import { createConfiguredIssuer } from '../../src/authorization-server/configured-issuer.ts'
import { createHttpClient } from '../../src/authorization-server/http/http-client.ts'
import { httpSchema } from '../../src/authorization-server/http/options.ts'
import type { TokenIssuer } from '../../src/authorization-server/token-issuer.ts'
import { Transmitter } from '../../src/authorization-server/transmitter/transmitter.ts'
import { authorizationServerSchema } from '../../src/resource-server/authorization-server-options.ts'
import type { WantedStream } from '../../src/revocation/stream/stream-configuration.ts'
import { CREDENTIALS, type LocalIssuer } from './issuers/local-issuer.ts'

export const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
export const AUTHORIZATION = `Bearer ${'push-secret-'.repeat(4)}`
export const PUSH_URL = 'https://mcp.example.com/mcp/security-events'

export const PUSHED: WantedStream = {
  delivery: { method: 'push', url: PUSH_URL, authorization: AUTHORIZATION },
  events: [SESSION_REVOKED],
  description: 'mcp-resource-server https://mcp.example.com/mcp',
}
export const POLLED: WantedStream = { ...PUSHED, delivery: { method: 'poll' } }

/** Short times, so that a test sees several turns. A missing verification event is reported in a test of its own. */
export const QUICK = {
  checkInterval: 40,
  firstPause: 10,
  longestPause: 40,
  leastPause: 10,
  firstVerification: 1,
  verificationWait: 60_000,
  interval: 20,
  patience: 60_000,
}

/** A transmitter as a resource server sees it, with a client of its own there. `timeout` is in seconds. */
export function transmitterOf(
  issuer: LocalIssuer,
  credentials: object = CREDENTIALS,
  timeout = 30,
): { readonly transmitter: Transmitter; readonly server: TokenIssuer } {
  const { clock } = issuer
  const options = authorizationServerSchema.parse({
    issuer: issuer.issuer,
    introspection: credentials,
  })
  const http = createHttpClient(httpSchema.parse({ timeout, headersTimeout: timeout / 2 }))
  const shared = { where: 'test', allowInsecureHttp: false, http, clock }
  const { server } = createConfiguredIssuer({ path: '', options }, shared)
  return { server, transmitter: new Transmitter({ server, allowInsecureHttp: false, clock }) }
}

/** Waits until something is so. The limit is for what never becomes so. */
export async function until(what: () => unknown): Promise<void> {
  const end = performance.now() + 30_000
  while (!what()) {
    if (performance.now() > end) throw new Error(`it has not become so: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
