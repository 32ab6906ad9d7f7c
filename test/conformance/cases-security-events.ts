import assert from 'node:assert/strict'
import type { LocalIssuer } from '../support/issuers/local-issuer.ts'
import { type Asked, ask, type Reply } from './client.ts'
import type { Case } from './driver.ts'
import { assertChallenged, assertReached, bearer, oneServerWith, reached } from './expectations.ts'

const PATH = '/mcp/security-events'
const AUDIENCE = 'mcp-receiver/stream-1'
const AUTHORIZATION = `Bearer ${'push-secret-'.repeat(4)}`
const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
const TYPE = { 'content-type': 'application/secevent+jwt' }

/** A security event as Keycloak sends it when an administrator logs a user out. */
function securityEvent(issuer: LocalIssuer, changes: object = {}): Promise<string> {
  const { seconds } = issuer.clock
  const claims = {
    iss: issuer.issuer,
    aud: AUDIENCE,
    iat: seconds,
    jti: crypto.randomUUID(),
    sub_id: {
      format: 'complex',
      user: { format: 'iss_sub', iss: issuer.issuer, sub: 'alice' },
      session: { format: 'opaque', id: 'ALL' },
    },
    events: { [SESSION_REVOKED]: { event_timestamp: seconds } },
    ...changes,
  }
  return issuer.signer.sign(claims, { typ: 'secevent+jwt' })
}

const pushed = (set: string, more: Asked = {}): Asked => ({
  method: 'POST',
  path: PATH,
  authorization: AUTHORIZATION,
  headers: TYPE,
  body: set,
  ...more,
})

function assertAnswered(reply: Reply, expected: number | string, what?: string): void {
  const { status, headers, body } = reply
  assert.equal(headers['cache-control'], 'no-store', what)
  assert.equal(headers['access-control-allow-origin'], undefined, what)
  if (typeof expected === 'string') {
    assert.equal(status, 400, what)
    assert.equal(headers['content-type'], 'application/json', what)
    assert.equal(JSON.parse(body).err, expected, what)
    assert.equal(typeof JSON.parse(body).description, 'string', what)
  } else {
    assert.deepEqual([status, body], [expected, ''], what)
  }
}

const receiving = (more: object = {}) =>
  oneServerWith({
    issuer: { securityEvents: { audience: AUDIENCE, authorization: AUTHORIZATION } },
    ...more,
  })

const parsingFirst = (one: Case): Case => ({ ...one, parsesFirst: true })

/** Pushed security events over the wire (RFC 8935). */
export const securityEventCases: readonly Case[] = [
  receiving()(
    'PUSH-1, CAEP-1, REV-1: a pushed event counts at once, and again is 202 again',
    async ({ issuer, server, token }) => {
      const bob = await issuer.token({ sub: 'bob' })
      assertReached(await ask(server, bearer(token)))
      const set = await securityEvent(issuer)
      for (const sent of ['whole', 'in pieces'] as const) {
        assertAnswered(await ask(server, pushed(set, { sent })), 202, sent)
      }
      assertChallenged(await ask(server, bearer(token)), 401, 'invalid_token')
      assertReached(await ask(server, bearer(bob)))
      assert.equal(await reached(server), 2)
    },
  ),
  receiving()(
    'PUSH-1: a wrong Authorization, and requests of a wrong form, are 400 with their code',
    async ({ issuer, server, token }) => {
      const set = await securityEvent(issuer)
      const asked: readonly (readonly [code: string, Asked])[] = [
        ['authentication_failed', pushed(set, { authorization: [] })],
        ['authentication_failed', pushed(set, { authorization: `Bearer ${token}` })],
        ['authentication_failed', pushed(set, { authorization: [AUTHORIZATION, AUTHORIZATION] })],
        ['authentication_failed', pushed('x'.repeat(200_000), { authorization: [] })],
        ['invalid_request', pushed(token)],
        ['invalid_request', pushed('')],
        ['invalid_request', pushed(`${set}${'x'.repeat(200_000)}`)],
        ['invalid_request', pushed(set, { headers: { 'content-type': 'application/json' } })],
        [
          'invalid_request',
          pushed(set, { headers: { 'content-type': [TYPE['content-type'], 'a/b'] } }),
        ],
        ['invalid_key', pushed(`${set.slice(0, -8)}AAAAAAAA`)],
        [
          'invalid_issuer',
          pushed(await securityEvent(issuer, { iss: 'https://evil.example.com' })),
        ],
        ['invalid_audience', pushed(await securityEvent(issuer, { aud: 'someone else' }))],
      ]
      for (const [code, one] of asked) assertAnswered(await ask(server, one), code, code)
      assertReached(await ask(server, bearer(token)))
    },
  ),
  receiving()('PUSH-1: other methods are 405, and never cached', async ({ server }) => {
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const headers = { origin: 'https://elsewhere.example.com' }
      const reply = await ask(server, { method, path: PATH, headers, authorization: AUTHORIZATION })
      assertAnswered(reply, 405, method)
      assert.equal(reply.headers.allow, 'POST', method)
    }
    assert.equal(await reached(server), 0)
  }),
  receiving()(
    'PUSH-1: an outage of the keys is 503, and says when to send again',
    async ({ issuer, server }) => {
      const set = await securityEvent(issuer)
      await issuer.server.stop()
      const reply = await ask(server, pushed(set))
      assertAnswered(reply, 503)
      assert.match(reply.headers['retry-after'] ?? '', /^[1-9]\d*$/)
    },
  ),
  parsingFirst(
    receiving({ bodyParserFirst: true })(
      'PUSH-1: a body parser of the framework in front changes nothing',
      async ({ issuer, server, token }) => {
        assertAnswered(await ask(server, pushed('')), 'invalid_request')
        assertAnswered(await ask(server, pushed(await securityEvent(issuer))), 202)
        assertChallenged(await ask(server, bearer(token)), 401, 'invalid_token')
      },
    ),
  ),
]
