import assert from 'node:assert/strict'
import type { LocalIssuer } from '../support/issuers/local-issuer.ts'
import { type Asked, ask, type Reply } from './client.ts'
import type { Case } from './driver.ts'
import { assertChallenged, assertReached, bearer, oneServerWith, reached } from './expectations.ts'

const PATH = '/mcp/backchannel-logout'
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** Only for cases: a session of the user whose tokens the issuer makes. */
const SESSION = 'session-1'

function logoutToken(issuer: LocalIssuer, changes: object = {}): Promise<string> {
  const { seconds } = issuer.clock
  const claims = {
    iss: issuer.issuer,
    aud: 'mcp-client',
    iat: seconds,
    exp: seconds + 120,
    jti: crypto.randomUUID(),
    sub: 'alice',
    sid: SESSION,
    events: { [EVENT]: {} },
    ...changes,
  }
  return issuer.signer.sign(claims, { typ: 'logout+jwt' })
}

const form = (token: string, more: Asked = {}): Asked => ({
  method: 'POST',
  path: PATH,
  headers: FORM,
  body: new URLSearchParams({ logout_token: token }).toString(),
  ...more,
})

function assertAnswered({ status, headers, body }: Reply, expected: number, what?: string): void {
  assert.equal(status, expected, what)
  assert.equal(headers['cache-control'], 'no-store', what)
  assert.equal(headers['access-control-allow-origin'], undefined, what)
  if (expected === 400) assert.equal(JSON.parse(body).error, 'invalid_request', what)
  else assert.equal(body, '', what)
}

const receiving = (more: object = {}) =>
  oneServerWith({ issuer: { backchannelLogout: { clientIds: 'mcp-client' } }, ...more })

const parsingFirst = (one: Case): Case => ({ ...one, parsesFirst: true })

/** Logout tokens over the wire (OpenID Connect Back-Channel Logout 1.0). */
export const logoutCases: readonly Case[] = [
  receiving()(
    'BCL-1, BCL-3, REV-1: a logout token ends its session at once, and other sessions go on',
    async ({ issuer, server }) => {
      const token = await issuer.token({ sid: SESSION })
      const other = await issuer.token({ sid: 'session-2' })
      assertReached(await ask(server, bearer(token)))
      for (const sent of ['whole', 'in pieces'] as const) {
        const reply = await ask(server, form(await logoutToken(issuer), { sent }))
        assertAnswered(reply, 200, sent)
      }
      assertChallenged(await ask(server, bearer(token)), 401, 'invalid_token')
      assertReached(await ask(server, bearer(other)))
      assert.equal(await reached(server), 2)
    },
  ),
  receiving()(
    'BCL-2, BCL-3: the same logout token again, and requests of a wrong form, are 400',
    async ({ issuer, server, token }) => {
      const again = await logoutToken(issuer, { sid: 'session-9', sub: 'bob' })
      assertAnswered(await ask(server, form(again)), 200)
      const good = await logoutToken(issuer)
      const body = new URLSearchParams({ logout_token: good }).toString()
      const asked: Record<string, Asked> = {
        again: form(again),
        'another key': form(`${good.slice(0, -8)}AAAAAAAA`),
        'an access token': form(token),
        twice: form(good, { body: `${body}&${body}` }),
        empty: form(good, { body: '' }),
        'JSON body': form(good, {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ logout_token: good }),
        }),
        'a form that is called text': form(good, { headers: { 'content-type': 'text/plain' } }),
        'too long': form(good, { body: `${body}&x=${'x'.repeat(200_000)}` }),
        'two types': form(good, { headers: { 'content-type': [FORM['content-type'], 'a/b'] } }),
      }
      for (const [what, one] of Object.entries(asked)) {
        assertAnswered(await ask(server, one), 400, what)
      }
      assertReached(await ask(server, bearer(token)))
    },
  ),
  receiving()('BCL-3: other methods are 405, and never cached', async ({ server }) => {
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const headers = { origin: 'https://elsewhere.example.com' }
      const reply = await ask(server, { method, path: PATH, headers })
      assertAnswered(reply, 405, method)
      assert.equal(reply.headers.allow, 'POST', method)
    }
    assert.equal(await reached(server), 0)
  }),
  receiving()(
    'BCL-3: an outage of the keys is 503, and says when to try again',
    async ({ issuer, server }) => {
      const logout = await logoutToken(issuer)
      await issuer.server.stop()
      const reply = await ask(server, form(logout))
      assertAnswered(reply, 503)
      assert.match(reply.headers['retry-after'] ?? '', /^[1-9]\d*$/)
    },
  ),
  parsingFirst(
    receiving({ bodyParserFirst: true })(
      'BCL-1: a body that a parser of the framework has read is accepted',
      async ({ issuer, server }) => {
        const token = await issuer.token({ sid: SESSION })
        const logout = await logoutToken(issuer)
        const twice = `logout_token=${logout}&logout_token=${logout}`
        assertAnswered(await ask(server, form(logout, { body: twice })), 400)
        assertAnswered(await ask(server, form(logout)), 200)
        assertChallenged(await ask(server, bearer(token)), 401, 'invalid_token')
      },
    ),
  ),
]
