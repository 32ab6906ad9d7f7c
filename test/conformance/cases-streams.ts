import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalIssuer } from '../support/issuers/local-issuer.ts'
import { type Asked, ask, type CountedEvent, type EventStream, openStream } from './client.ts'
import type { Case, Driver, RunningServer } from './driver.ts'
import type { EchoLog, Wanted } from './echo.ts'
import { assertReached, bearer, issuerNow, oneServerWith, start, waiting } from './expectations.ts'

/** A GET that opens the stream, as MCP's do. */
const stream = (token: string, wanted: Wanted = { stream: 'counting' }): Asked => ({
  ...bearer(token),
  method: 'GET',
  answer: wanted,
})

/** A token that is about to expire: servers go by the real time. */
const shortLived = (issuer: LocalIssuer): Promise<string> =>
  issuer.token({ exp: issuer.clock.seconds + 2 })

/** On a busy machine a request may come after the token has expired. It is accepted, and its stream lasts longer. */
const LATE = { clockTolerance: 60 } as const

/** Waits for as long as the case may take. */
async function until(server: RunningServer, ready: (log: EchoLog) => boolean): Promise<void> {
  while (!ready(await server.log())) await sleep(20)
}

async function readToEnd(events: EventStream): Promise<readonly CountedEvent[]> {
  const read: CountedEvent[] = []
  for (let event = await events.next(); event !== undefined; event = await events.next()) {
    read.push(event)
  }
  return read
}

async function assertGoesOn(events: EventStream): Promise<void> {
  for (let more = 0; more < 5; more += 1) assert.notEqual(await events.next(), undefined)
}

const streams: readonly Case[] = [
  oneServerWith({ streamGrace: 0, ...LATE })(
    'MCP-26: an event stream ends with its token, and the handler learns of it',
    async ({ issuer, server }) => {
      await using lasting = await openStream(server, stream(await issuer.token()))
      const endOf = async (head: 'object' | 'list' | 'set'): Promise<void> => {
        const wanted = { stream: 'counting', head } as const
        const token = await shortLived(issuer)
        await using events = await openStream(server, stream(token, wanted))
        assert.equal(events.status, 200)
        assert.equal(events.headers['content-type'], 'text/event-stream')
        const read = await readToEnd(events)
        assert.deepEqual(
          read.map(({ count }) => count),
          read.map((_event, at) => at + 1),
        )
      }
      await Promise.all([endOf('object'), endOf('list'), endOf('set')])
      await until(server, ({ ended }) => ended === 3)
      // Not because the server ends them all.
      await assertGoesOn(lasting)
    },
  ),
  oneServerWith({ streamGrace: 0, ...LATE })(
    'MCP-26: an event stream that answers a POST ends with its token',
    async ({ issuer, server }) => {
      const asked = { ...stream(await shortLived(issuer)), method: 'POST', body: '{}' }
      await using events = await openStream(server, asked)
      await readToEnd(events)
      await until(server, ({ ended }) => ended === 1)
    },
  ),
  ...[false as const, undefined].map((streamGrace) => ({
    name: `MCP-26: with ${streamGrace === false ? '`streamGrace: false`' : 'the default grace'} events still come once the token has expired`,
    async run(driver: Driver) {
      await using issuer = await issuerNow()
      const server = await start(driver, issuer, {
        ...(streamGrace === false && { streamGrace }),
        ...LATE,
      })
      const token = await shortLived(issuer)
      await using events = await openStream(server, stream(token))
      const expired = (issuer.clock.seconds + 2) * 1000
      let event = await events.next()
      while (event !== undefined && event.at <= expired + 500) event = await events.next()
      assert.notEqual(event, undefined, 'the stream has ended')
      await assertGoesOn(events)
      assert.equal((await server.log()).ended, 0)
    },
  })),
  oneServerWith({ streamGrace: 0, ...LATE })(
    'MCP-26: a handler that writes on after the end does no harm',
    async ({ issuer, server }) => {
      await using events = await openStream(
        server,
        stream(await shortLived(issuer), { stream: 'deaf' }),
      )
      await readToEnd(events)
      await until(server, ({ late }) => late === 5)
      assertReached(await ask(server, bearer(await issuer.token())))
    },
  ),
  oneServerWith({ streamGrace: 0, ...LATE })(
    'MCP-26: a stream that its reader leaves is left alone, and the handler learns of it',
    async ({ issuer, server }) => {
      const events = await openStream(server, stream(await issuer.token()))
      await assertGoesOn(events)
      await events[Symbol.asyncDispose]()
      await until(server, ({ ended }) => ended === 1)
      assertReached(await ask(server, bearer(await issuer.token())))
    },
  ),
]

/** Event streams and the expiry of the tokens that opened them. */
export const streamCases: readonly Case[] = streams.map(waiting)
