import assert from 'node:assert/strict'
import type { LocalIssuer } from '../support/issuers/local-issuer.ts'
import { withPolicy } from './cases-operations.ts'
import { type Asked, ask } from './client.ts'
import type { Case, RunningServer } from './driver.ts'
import type { Wanted } from './echo.ts'
import {
  assertChallenged,
  assertReached,
  assertRefused,
  bearer,
  issuerNow,
  oneServer,
  oneServerWith,
  post,
  reached,
  start,
  toolCall,
} from './expectations.ts'

const ID = 'session-0123456789'
const INITIALIZE = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }

const inSession = (id: string | readonly string[], more: Asked['headers'] = {}) => ({
  headers: { 'mcp-session-id': id, ...more },
})

const opening = (id = ID, head: Wanted['head'] = 'object') =>
  ({ answer: { headers: { 'Mcp-Session-Id': id }, head } }) as const

/** Makes a token's principal the owner of a session. */
async function open(server: RunningServer, token: string, id = ID): Promise<void> {
  const reply = await ask(server, post(token, INITIALIZE, opening(id)))
  assertReached(reply)
  assert.equal(reply.headers['mcp-session-id'], id)
}

function assertNotFound(reply: Parameters<typeof assertRefused>[0], what?: string): void {
  assertRefused(reply, 404, 'session', { code: 404, ...(what === undefined ? {} : { what }) })
}

/** Tokens of everybody who is not the owner, by what makes the difference. */
async function strangers(issuer: LocalIssuer, other: LocalIssuer): Promise<Map<string, string>> {
  return new Map([
    ['another subject', await issuer.token({ sub: 'mallory' })],
    ['another client', await issuer.token({ client_id: 'another-client' })],
    ['another issuer', await other.token()],
    ['subject and client exchanged', await issuer.token({ sub: 'a-client', client_id: 'alice' })],
  ])
}

/** Sessions of revisions before 2026-07-28: they are the principal's, and no credentials. */
export const sessionCases: readonly Case[] = [
  withPolicy(
    'S1.14: a session goes on with every token of its principal',
    async ({ issuer, server }) => {
      await open(server, await issuer.token())
      const { seconds } = issuer.clock
      for (const changes of [{}, { exp: seconds + 60 }, { scope: 'mcp:tools data:write' }]) {
        const token = await issuer.token(changes)
        const reply = await ask(server, post(token, toolCall('read'), inSession(ID)))
        assert.equal(assertReached(reply).sessionId, ID)
        const got = await ask(server, { ...bearer(token), ...inSession(ID), method: 'GET' })
        assert.equal(assertReached(got).sessionId, ID)
      }
    },
  ),
  oneServer(
    'S1.14: a session has an owner however the handler writes the response head',
    async ({ issuer, server, token }) => {
      const stranger = await issuer.token({ sub: 'mallory' })
      for (const head of ['set', 'object', 'list'] as const) {
        const reply = await ask(server, post(token, INITIALIZE, opening(head, head)))
        assert.equal(reply.headers['mcp-session-id'], head)
        assertReached(await ask(server, post(token, toolCall('read'), inSession(head))))
        assertNotFound(await ask(server, post(stranger, toolCall('read'), inSession(head))), head)
      }
    },
  ),
  {
    name: 'S1.14, RFC9700-3: 404 for another subject, client or issuer, by every method',
    async run(driver) {
      await using issuer = await issuerNow()
      await using other = await issuerNow()
      const server = await start(driver, [issuer, other])
      await open(server, await issuer.token())
      const before = await reached(server)
      for (const [what, token] of await strangers(issuer, other)) {
        for (const method of ['GET', 'DELETE']) {
          const reply = await ask(server, { ...bearer(token), ...inSession(ID), method })
          assertNotFound(reply, `${method} by ${what}`)
        }
        // The second one answers a question that the server asked the owner.
        for (const message of [toolCall('read'), { jsonrpc: '2.0', id: 0, result: {} }]) {
          assertNotFound(await ask(server, post(token, message, inSession(ID))), what)
        }
      }
      assert.equal(await reached(server), before)
      const owner = await issuer.token()
      assertReached(await ask(server, post(owner, toolCall('read'), inSession(ID))))
    },
  },
  oneServer(
    'S1.14: a session keeps its owner when the handler gives its id away again',
    async ({ issuer, server }) => {
      const alice = await issuer.token()
      const mallory = await issuer.token({ sub: 'mallory' })
      for (const [id, first, second] of [
        ['one', alice, mallory],
        ['two', mallory, alice],
      ] as const) {
        await open(server, first, id)
        // The handler gives the same id away once more.
        await open(server, second, id)
        assertReached(await ask(server, post(first, toolCall('read'), inSession(id))))
        assertNotFound(await ask(server, post(second, toolCall('read'), inSession(id))), id)
      }
    },
  ),
  oneServer(
    'S1.14: 404 for a session that was never opened, and for a malformed or repeated session id',
    async ({ server, token }) => {
      await open(server, token)
      const before = await reached(server)
      const ids: readonly (string | readonly string[])[] = [
        'unknown',
        'with blanks in it',
        'x'.repeat(513),
        [ID, ID],
        [ID, 'unknown'],
        `${ID}, ${ID}`,
      ]
      for (const id of ids) {
        const what = String(id)
        // Nobody opens a session under an id of his own choice.
        for (const message of [toolCall('read'), INITIALIZE]) {
          assertNotFound(await ask(server, post(token, message, inSession(id))), what)
        }
        for (const method of ['GET', 'DELETE']) {
          const reply = await ask(server, { ...bearer(token), ...inSession(id), method })
          assertNotFound(reply, `${method} ${what}`)
        }
      }
      assert.equal(await reached(server), before)
    },
  ),
  oneServer('S1.14: an error response opens no session', async ({ server, token }) => {
    const answer = { status: 400, headers: { 'Mcp-Session-Id': ID } }
    const failed = await ask(server, post(token, INITIALIZE, { answer }))
    assert.equal(failed.status, 400)
    assertNotFound(await ask(server, post(token, toolCall('read'), inSession(ID))))
  }),
  oneServer(
    'S1.14: DELETE by its owner ends a session, a failed one does not',
    async ({ server, token }) => {
      const end = (id: string, status: number) =>
        ask(server, { ...bearer(token), ...inSession(id), method: 'DELETE', answer: { status } })
      for (const status of [200, 204]) {
        const id = `ended-with-${status}`
        await open(server, token, id)
        assert.equal((await end(id, 405)).status, 405)
        assertReached(await ask(server, post(token, toolCall('read'), inSession(id))))
        assert.equal((await end(id, status)).status, status)
        assertNotFound(await ask(server, post(token, toolCall('read'), inSession(id))), id)
      }
    },
  ),
  oneServer(
    'S1.14: a session that the handler no longer knows is forgotten',
    async ({ server, token }) => {
      await open(server, token)
      const lost = { ...inSession(ID), answer: { status: 404 } }
      assert.equal((await ask(server, post(token, toolCall('read'), lost))).status, 404)
      const before = await reached(server)
      assertNotFound(await ask(server, post(token, toolCall('read'), inSession(ID))))
      assert.equal(await reached(server), before)
    },
  ),
  withPolicy(
    'MCP-20: a POST of 2026-07-28 has no session, whatever its headers say',
    async ({ issuer, server, token }) => {
      const stranger = await issuer.token({ sub: 'mallory' })
      await open(server, token)
      const modern = {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'read',
        'last-event-id': 'event-7',
      }
      for (const [id, caller] of [
        [ID, token],
        [ID, stranger],
        ['unknown', token],
        [[ID, 'unknown'], token],
      ] as const) {
        const message = toolCall('read')
        const reply = await ask(server, post(caller, message, inSession(id, modern)))
        const { sessionId, lastEventId, body } = assertReached(reply)
        assert.deepEqual(
          { sessionId, lastEventId, body },
          { sessionId: null, lastEventId: null, body: message },
        )
      }
    },
  ),
  oneServer(
    'MCP-20: on older revisions the handler sees both headers',
    async ({ server, token }) => {
      await open(server, token)
      const more = { 'last-event-id': 'event-7', 'mcp-protocol-version': '2025-11-25' }
      const reply = await ask(server, { ...bearer(token), ...inSession(ID, more), method: 'GET' })
      const { sessionId, lastEventId } = assertReached(reply)
      assert.deepEqual({ sessionId, lastEventId }, { sessionId: ID, lastEventId: 'event-7' })
    },
  ),
  withPolicy(
    'MCP-20: GET and DELETE cannot get at a session by calling themselves 2026-07-28',
    async ({ issuer, server }) => {
      await open(server, await issuer.token())
      const stranger = await issuer.token({ sub: 'mallory' })
      const before = await reached(server)
      for (const method of ['GET', 'DELETE']) {
        const modern = inSession(ID, { 'mcp-protocol-version': '2026-07-28' })
        assertNotFound(await ask(server, { ...bearer(stranger), ...modern, method }), method)
      }
      assert.equal(await reached(server), before)
    },
  ),
  oneServer('S1.14: a session id without a token is 401', async ({ issuer, server }) => {
    await open(server, await issuer.token())
    for (const method of ['POST', 'GET', 'DELETE']) {
      assertChallenged(await ask(server, { ...inSession(ID), method }), 401, 'none', method)
    }
    const bad = await ask(server, { ...bearer('garbage'), ...inSession(ID) })
    assertChallenged(bad, 401, 'invalid_token')
  }),
  oneServerWith({ sessions: 'unchecked' })(
    "S1.14: with `sessions: 'unchecked'` the handler judges them itself",
    async ({ server, token }) => {
      const reply = await ask(server, post(token, toolCall('read'), inSession('unknown')))
      assert.equal(assertReached(reply).sessionId, 'unknown')
    },
  ),
  oneServerWith({ sessions: 'none' })(
    "MCP-20: with `sessions: 'none'` a stale session is ignored, and the handler sees none",
    async ({ server, token }) => {
      const more = { 'last-event-id': 'event-7', 'mcp-protocol-version': '2025-11-25' }
      for (const id of ['stale', ['stale', 'second']]) {
        const posted = await ask(server, post(token, toolCall('read'), inSession(id, more)))
        const got = await ask(server, { ...bearer(token), ...inSession(id, more), method: 'GET' })
        for (const reply of [posted, got]) {
          const { sessionId, lastEventId } = assertReached(reply)
          assert.deepEqual({ sessionId, lastEventId }, { sessionId: null, lastEventId: null })
        }
      }
    },
  ),
]
