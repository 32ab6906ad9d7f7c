import assert from 'node:assert/strict'
import { DPOP } from './arrangements.ts'
import { type Asked, ask, openStream } from './client.ts'
import type { Case } from './driver.ts'
import type { Wanted } from './echo.ts'
import {
  assertReached,
  assertRefused,
  bearer,
  oneServerWith,
  post,
  reached,
  waiting,
} from './expectations.ts'

const APP = 'https://app.example.com'
const ID = 'session-0123456789'
const INITIALIZE = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }
const HEADS = ['object', 'list', 'set'] as const

const opening = (head: (typeof HEADS)[number], more: Wanted = {}): Asked => ({
  answer: { headers: { 'Mcp-Session-Id': ID }, head, ...more },
})

const withSecondChallenge = oneServerWith({
  arrangement: 'second challenge',
  allowedOrigins: [APP],
})
const withLateSessions = oneServerWith({ arrangement: 'late sessions', allowedOrigins: [APP] })
const withFailingSessions = oneServerWith({
  arrangement: 'failing sessions',
  allowedOrigins: [APP],
})

const challenges: readonly Case[] = [
  withSecondChallenge('RFC6750-2: two challenges of a refusal both arrive', async ({ server }) => {
    const reply = await ask(server, { headers: { origin: APP } })
    assert.equal(reply.status, 401)
    const value = String(reply.headers['www-authenticate'])
    assert.match(value, /^Bearer .*resource_metadata="[^"]*", DPoP /)
    assert.ok(value.endsWith(`, ${DPOP}`), value)
    const exposed = String(reply.headers['access-control-expose-headers']).split(', ')
    assert.deepEqual(exposed.toSorted(), [
      'DPoP-Nonce',
      'Mcp-Protocol-Version',
      'Mcp-Session-Id',
      'Retry-After',
      'WWW-Authenticate',
    ])
  }),
  withSecondChallenge(
    'RFC6750-2: a challenge of the handler stands beside that of the gate',
    async ({ server, token }) => {
      const own = 'Basic realm="a, b"'
      for (const head of HEADS) {
        const answer = { status: 401, headers: { 'WWW-Authenticate': own }, head }
        const { headers } = await ask(server, { ...bearer(token), answer })
        const value = String(headers['www-authenticate'])
        // Either may come first.
        assert.deepEqual([value.includes(own), value.includes(DPOP)], [true, true], value)
        assert.equal(value.length, `${own}, ${DPOP}`.length, value)
      }
    },
  ),
]

const sessions: readonly Case[] = [
  withLateSessions(
    'S1.14: an answer that opens a session waits until the session is stored',
    async ({ issuer, server, token }) => {
      for (const head of HEADS) {
        const opened = await ask(server, post(token, INITIALIZE, opening(head)))
        assertReached(opened)
        assert.equal(opened.headers['mcp-session-id'], ID)
        const named = { headers: { 'mcp-session-id': ID } }
        assertReached(await ask(server, { ...bearer(token), ...named }))
        const stranger = await issuer.token({ sub: 'mallory' })
        const foreign = await ask(server, { ...bearer(stranger), ...named })
        assertRefused(foreign, 404, 'session', { code: 404 })
      }
    },
  ),
  withLateSessions(
    'S1.14: an answer that waited is what the handler made of it',
    async ({ server, token }) => {
      for (const head of HEADS) {
        const answer = { status: 202, headers: { 'X-Own': 'yes', Vary: 'Accept' }, head }
        const reply = await ask(server, { ...bearer(token), headers: { origin: APP }, answer })
        assert.equal(reply.status, 202)
        assert.equal(reply.headers['x-own'], 'yes')
        assert.equal(reply.headers.vary, 'Accept, Origin')
        assert.equal(JSON.parse(reply.body).subject, 'alice')
      }
      const empty = await ask(server, { ...bearer(token), answer: { status: 204 } })
      assert.deepEqual([empty.status, empty.body], [204, ''])
      const head = await ask(server, { ...bearer(token), method: 'HEAD' })
      assert.deepEqual([head.status, head.body], [200, ''])
    },
  ),
  withLateSessions(
    'MCP-26: a stream that waited begins with its first event',
    async ({ server, token }) => {
      await using events = await openStream(server, {
        ...bearer(token),
        method: 'GET',
        answer: { stream: 'counting' },
      })
      for (const count of [1, 2, 3, 4, 5, 6, 7, 8]) {
        assert.equal((await events.next())?.count, count)
      }
    },
  ),
  withFailingSessions(
    'S1.13: the answer is 503 where its session cannot be stored, and nothing of the handler’s is sent',
    async ({ server, token }) => {
      for (const [at, head] of HEADS.entries()) {
        const reply = await ask(server, {
          ...post(token, INITIALIZE, opening(head)),
          headers: { origin: APP },
        })
        assert.equal(reply.status, 503)
        assert.equal(reply.headers['mcp-session-id'], undefined)
        assert.equal(reply.headers['retry-after'], '5')
        assert.deepEqual(JSON.parse(reply.body), { error: 'temporarily_unavailable' })
        assert.equal(await reached(server), at + 1)
      }
    },
  ),
  withFailingSessions(
    'S1.13: a stream whose session cannot be stored is 503, and its handler learns that it ended',
    async ({ server, token }) => {
      for (const stream of ['counting', 'deaf'] as const) {
        const reply = await ask(server, { ...bearer(token), method: 'GET', answer: { stream } })
        assert.equal(reply.status, 503)
        assert.deepEqual(JSON.parse(reply.body), { error: 'temporarily_unavailable' })
      }
      for (let round = 0; (await server.log()).ended < 2; round += 1) {
        assert.ok(round < 100, 'the handler did not learn of the end')
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  ),
]

/** Answers with several challenges, and answers that wait for a store of sessions. */
export const answerCases: readonly Case[] = [...challenges, ...sessions.map(waiting)]
