import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Asked, ask, type EventStream, openStream } from './client.ts'
import type { Case, RunningServer } from './driver.ts'
import {
  assertChallenged,
  assertReached,
  assertRefused,
  bearer,
  oneServer,
  oneServerWith,
  post,
  toolCall,
} from './expectations.ts'

const INITIALIZE = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }

const stream = (token: string): Asked => ({
  ...bearer(token),
  method: 'GET',
  answer: { stream: 'counting' },
})

async function readToEnd(events: EventStream): Promise<void> {
  while ((await events.next()) !== undefined);
}

async function assertGoesOn(events: EventStream): Promise<void> {
  for (let more = 0; more < 5; more += 1) assert.notEqual(await events.next(), undefined)
}

/** Waits for as long as the case may take. */
async function untilStreams(server: RunningServer, wanted: number): Promise<void> {
  while ((await server.streams()) !== wanted) await sleep(10)
}

const opening = (id: string) => ({ answer: { headers: { 'Mcp-Session-Id': id } } })
const inSession = (id: string) => ({ headers: { 'mcp-session-id': id } })

/** What a revocation does to the streams and sessions that are open. */
export const revocationCases: readonly Case[] = [
  oneServer(
    'REV-1: the open streams of a revoked session end, those of others go on, a new login works at once',
    async ({ issuer, server }) => {
      const revoked = await issuer.token({ sid: 'old' })
      await using read = await openStream(server, stream(revoked))
      await using answered = await openStream(server, {
        ...stream(revoked),
        method: 'POST',
        body: '{}',
      })
      await using others = await openStream(server, stream(await issuer.token({ sid: 'other' })))
      for (const one of [read, answered, others]) await assertGoesOn(one)
      await server.revoke({ session: 'old' })
      await Promise.all([readToEnd(read), readToEnd(answered)])
      await assertGoesOn(others)
      assertChallenged(await ask(server, bearer(revoked)), 401, 'invalid_token')
      const anew = await issuer.token({ sid: 'new' })
      assertReached(await ask(server, bearer(anew)))
      await using again = await openStream(server, stream(anew))
      await assertGoesOn(again)
      // The handlers of the ended streams have learned of it, and only those.
      while ((await server.log()).ended < 2) await sleep(10)
      assert.equal((await server.log()).ended, 2)
      await untilStreams(server, 2)
    },
  ),
  oneServerWith({ streamGrace: false })(
    'REV-1: a revocation ends also a stream that its token’s expiry would not end',
    async ({ issuer, server }) => {
      await using events = await openStream(server, stream(await issuer.token({ sub: 'mallory' })))
      await server.revoke({ subject: 'mallory' })
      await readToEnd(events)
      await untilStreams(server, 0)
    },
  ),
  oneServerWith({ arrangement: 'late sessions' })(
    'REV-1: a stream ends whose token is revoked after the decision, before the answer begins',
    async ({ issuer, server }) => {
      const begun = openStream(server, stream(await issuer.token({ sid: 'old' })))
      while ((await server.log()).reached === 0) await sleep(5)
      await server.revoke({ session: 'old' })
      await using events = await begun
      await readToEnd(events)
      await untilStreams(server, 0)
    },
  ),
  oneServer(
    'REV-1: a stream that its reader leaves is no longer watched',
    async ({ issuer, server }) => {
      const token = await issuer.token()
      for (let more = 0; more < 3; more += 1) {
        const events = await openStream(server, stream(token))
        await assertGoesOn(events)
        await untilStreams(server, 1)
        await events[Symbol.asyncDispose]()
        await untilStreams(server, 0)
      }
    },
  ),
  oneServerWith({ arrangement: 'late sessions' })(
    'REV-1: a stream whose reader has left before the answer begins is not watched for long',
    async ({ issuer, server }) => {
      const leaving = Promise.withResolvers<void>()
      openStream(server, { ...stream(await issuer.token()), leave: leaving.promise }).catch(
        () => {},
      )
      while ((await server.log()).reached === 0) await sleep(5)
      leaving.resolve()
      // Longer than the answer is held back.
      await sleep(300)
      await untilStreams(server, 0)
    },
  ),
  oneServer(
    'REV-1: an MCP session of a revoked token has ended, for a new token of the same caller too',
    async ({ issuer, server }) => {
      const first = await issuer.token({ sid: 'old' })
      assertReached(await ask(server, post(first, INITIALIZE, opening('one'))))
      const refreshed = await issuer.token({ sid: 'new' })
      assertReached(await ask(server, post(refreshed, toolCall('read'), inSession('one'))))
      await server.revoke({ session: 'old' })
      for (let times = 0; times < 2; times += 1) {
        const reply = await ask(server, post(refreshed, toolCall('read'), inSession('one')))
        assertRefused(reply, 404, 'session', { code: 404 })
      }
      const got = await ask(server, { ...stream(refreshed), ...inSession('one') })
      assertRefused(got, 404, 'session', { code: 404 })
      assertReached(await ask(server, post(refreshed, INITIALIZE, opening('two'))))
      assertReached(await ask(server, post(refreshed, toolCall('read'), inSession('two'))))
    },
  ),
]
