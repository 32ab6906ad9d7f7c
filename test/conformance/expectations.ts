import assert from 'node:assert/strict'
import { createTestClock } from '../../src/testing/test-clock.ts'
import {
  type ChallengeCode,
  challengesOf,
  descriptionOf,
  type ExpectedChallenge,
} from '../support/challenges.ts'
import {
  type IssuerOptions,
  type LocalIssuer,
  RESOURCE,
  startIssuer,
} from '../support/issuers/local-issuer.ts'
import type { Asked, Reply } from './client.ts'
import type { Case, Driver, RunningServer, ServerOptions } from './driver.ts'
import { digest, type Told } from './echo.ts'

export const METADATA_URL = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp'

const MESSAGES = {
  origin: 'Requests from this origin are not allowed.',
  session: 'Session not found.',
  mediaType: 'The body must be application/json in UTF-8, not compressed.',
  tooLarge: 'The body is too large.',
  malformed: 'The body is not a valid JSON-RPC message.',
  mismatch: 'The MCP headers are missing or do not match the body.',
  denied: 'The caller may not use this operation.',
} as const

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Asks about every token; nothing is remembered, so that each answer is the issuer's latest. */
export const INTROSPECTING: IssuerOptions = {
  verification: 'introspection',
  introspection: { clientId: 'mcp-server', clientSecret: 'the-secret-of-mcp-server' },
}

/** An issuer whose clock stands still at the real time, which is the one that servers go by. */
export const issuerNow = (): Promise<LocalIssuer> =>
  startIssuer({ clock: createTestClock(Date.now()) })

type StartOptions = Partial<ServerOptions> & { readonly issuer?: IssuerOptions }

/** What most cases need: an issuer, one server that trusts it, and a good token. */
export interface Scene {
  readonly driver: Driver
  readonly issuer: LocalIssuer
  readonly server: RunningServer
  readonly token: string
}

type SceneCase = (name: string, run: (scene: Scene) => Promise<void>) => Case

/** Makes cases whose server has these options. */
export const oneServerWith =
  (options: StartOptions): SceneCase =>
  (name, run) => ({
    name,
    async run(driver) {
      await using issuer = await issuerNow()
      const server = await start(driver, issuer, options)
      await run({ driver, issuer, server, token: await issuer.token() })
    },
  })

export const oneServer = oneServerWith({})

/** Says that a case waits. */
export const waiting = (one: Case): Case => ({ ...one, waits: true })

/** A server that trusts these issuers, and demands `mcp:tools` of every request. */
export function start(
  driver: Driver,
  issuers: string | LocalIssuer | readonly LocalIssuer[],
  { issuer: more = {}, ...options }: StartOptions = {},
): Promise<RunningServer> {
  const servers = [issuers]
    .flat()
    .map((issuer) => ({ issuer: typeof issuer === 'string' ? issuer : issuer.issuer, ...more }))
  const [only] = servers
  return driver.start({
    resource: RESOURCE,
    authorizationServer: servers.length === 1 && only !== undefined ? only : servers,
    requiredScopes: ['mcp:tools'],
    ...(more.verification === 'introspection' ? { cache: false } : {}),
    ...options,
  })
}

export const bearer = (token: string): Asked => ({ authorization: `Bearer ${token}` })

/** A POST of a message, or of the text of one. */
export function post(token: string, message: unknown, more: Asked = {}): Asked {
  const body = typeof message === 'string' ? message : JSON.stringify(message)
  return { ...bearer(token), body, ...more }
}

export { toolCall } from '../support/mcp-messages.ts'

/** Allowed, and what the handler told. */
export function assertReached(reply: Reply): Told {
  assert.equal(reply.status, 200, reply.body)
  return JSON.parse(reply.body)
}

/** Allowed as the one that the issuer's tokens are for. */
export function assertAllowed(reply: Reply, driver: Driver, token: string): void {
  const { runtime, subject, clientId, scopes, tokenDigest } = assertReached(reply)
  assert.ok(runtime.startsWith(driver.runtime), runtime)
  assert.deepEqual(
    { subject, clientId, scopes, tokenDigest },
    { subject: 'alice', clientId: 'a-client', scopes: ['mcp:tools'], tokenDigest: digest(token) },
  )
}

/** An OAuth answer, to the letter. */
export function assertChallenged(
  { status, headers, body }: Reply,
  expected: 400 | 401 | 403,
  error: ChallengeCode | 'none',
  what?: string,
  scope = 'mcp:tools',
  schemes: Pick<ExpectedChallenge, 'used' | 'offered'> = {},
): void {
  assert.equal(status, expected, what)
  const code = error === 'none' ? undefined : error
  const challenge = challengesOf({ error: code, scope, metadataUrl: METADATA_URL, ...schemes })
  assert.equal(headers['www-authenticate'], challenge, what)
  assert.equal(headers['cache-control'], 'no-store', what)
  assert.equal(headers['content-type'], 'application/json', what)
  const { correlation_id: correlationId, ...told } = JSON.parse(body)
  assert.match(correlationId, UUID, what)
  assert.deepEqual(
    told,
    { ...(code === undefined ? {} : { error: code }), error_description: descriptionOf(code) },
    what,
  )
}

/** A JSON-RPC error and no OAuth answer, to the letter. */
export function assertRefused(
  { status, headers, body }: Reply,
  expected: 400 | 403 | 404 | 413 | 415,
  message: keyof typeof MESSAGES,
  { code, id = null, what }: { code: number; id?: string | number | null; what?: string },
): void {
  assert.equal(status, expected, `${what ?? ''} ${body}`)
  assert.equal(headers['www-authenticate'], undefined, what)
  assert.equal(headers['cache-control'], 'no-store', what)
  assert.equal(headers['content-type'], 'application/json', what)
  const answer = JSON.parse(body)
  const { correlation_id: correlationId } = answer.error.data
  assert.match(correlationId, UUID, what)
  const data = { correlation_id: correlationId }
  const error = { code, message: MESSAGES[message], data }
  assert.deepEqual(answer, { jsonrpc: '2.0', id, error }, what)
}

export function assertUnavailable({ status, headers, body }: Reply): void {
  assert.equal(status, 503)
  assert.match(headers['retry-after'] ?? '', /^[1-9]\d*$/)
  assert.equal(headers['www-authenticate'], undefined)
  assert.equal(JSON.parse(body).error, 'temporarily_unavailable')
}

/** How many requests have come to the handler. */
export async function reached(server: RunningServer): Promise<number> {
  return (await server.log()).reached
}
