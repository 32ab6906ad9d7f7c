/** Security event tokens, good and bad, and a resource server that receives them. */
import type { HttpAnswer } from '../../src/http/http-answer.ts'
import { adapterOf } from '../../src/resource-server/adapter.ts'
import type { ResourceServer } from '../../src/resource-server/resource-server.ts'
import type { SecurityEventOptions } from '../../src/revocation/options.ts'
import { type Claims, ISSUER, NOW, type Overrides, rsaKey, testResourceServer } from './tokens.ts'

export const AUTHORIZATION = `Bearer ${'push-secret-'.repeat(4)}`
export const AUDIENCE = 'mcp-receiver/stream-1'
export const EVENTS_PATH = '/mcp/security-events'

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/'

export const SESSION_REVOKED = `${CAEP}session-revoked`
export const CREDENTIAL_CHANGE = `${CAEP}credential-change`
export const CLAIMS_CHANGE = `${CAEP}token-claims-change`
export const ACCOUNT_DISABLED = `${RISC}account-disabled`
export const ACCOUNT_PURGED = `${RISC}account-purged`
export const CREDENTIAL_COMPROMISE = `${RISC}credential-compromise`
export const SESSIONS_REVOKED = `${RISC}sessions-revoked`
export const VERIFICATION = `${SSF}verification`
export const STREAM_UPDATED = `${SSF}stream-updated`

export const ALICE = { format: 'iss_sub', iss: ISSUER, sub: 'alice' } as const

/** What Keycloak sends when an administrator logs a user out. */
export const ALL_SESSIONS = {
  format: 'complex',
  user: ALICE,
  session: { format: 'opaque', id: 'ALL' },
} as const

export const SET_CLAIMS: Claims = {
  iss: ISSUER,
  aud: AUDIENCE,
  jti: 'set-1',
  iat: NOW,
  txn: 'txn-1',
  sub_id: ALL_SESSIONS,
  events: { [SESSION_REVOKED]: { event_timestamp: NOW } },
}

/** Signs a security event token; `undefined` leaves a claim or header member out. */
export const signSet = (
  claims: Claims = {},
  header: Readonly<Record<string, unknown>> = {},
  key = rsaKey,
): Promise<string> => key.sign({ ...SET_CLAIMS, ...claims }, { typ: 'secevent+jwt', ...header })

/** A resource server with one issuer, which pushes. */
export function receiver(
  { server, ...options }: Overrides = {},
  securityEvents: Partial<SecurityEventOptions> = {},
): ResourceServer {
  return testResourceServer({
    server: {
      securityEvents: { audience: AUDIENCE, authorization: AUTHORIZATION, ...securityEvents },
      ...server,
    },
    ...options,
  })
}

export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>

/** Pushes a security event token, as a transmitter does. */
export async function push(
  server: ResourceServer,
  set: string,
  headers: Fields = {},
  path = EVENTS_PATH,
): Promise<HttpAnswer> {
  const endpoint = adapterOf('test', server).endpointFor(path)
  if (endpoint === undefined) throw new Error(`no endpoint at ${path}`)
  return endpoint.answer({
    method: 'POST',
    url: path,
    headers: {
      'content-type': 'application/secevent+jwt',
      authorization: AUTHORIZATION,
      ...headers,
    },
    message: Buffer.from(set),
  })
}

/** The error of an answer; `undefined` for 202. */
export function errorOf({ status, body }: HttpAnswer): string | undefined {
  if (status === 202 && body === undefined) return undefined
  return (JSON.parse(body ?? '{}') as { err?: string }).err ?? `status ${status}`
}
