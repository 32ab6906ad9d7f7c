import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { DECISION_CHANNEL, type DecisionEvent } from '../../src/telemetry/events.ts'
import {
  type BothEraServer,
  FRAMEWORK_NAMES,
  startBothEraServer,
} from '../support/both-era-servers.ts'
import { collectEvents } from '../support/events.ts'
import { READ, WRITE } from '../support/stock-servers.ts'
import { proofOf, tryStolenRequest } from '../support/thief.ts'
import type { PageExchange, PageSettings } from './page/messages.ts'
import { startBrowserTests } from './support/browser-tests.ts'
import { callsIn, stolenFrom, wireOf } from './support/exchanges.ts'
import type { OpenPage } from './support/open-page.ts'

const NONCE_LIFETIME = 60
const ERAS = ['2025-11-25', '2026-07-28'] as const

const events = collectEvents<DecisionEvent>(DECISION_CHANNEL)
const { authorizationServer, stop, allowedOrigin, otherOrigin, open } = await startBrowserTests()

/** The MCP server's time. It stands still, so that a nonce grows old only where a test says so. */
let now = Date.now()
beforeEach(() => {
  // Ahead of the tokens that the test gets.
  now = Date.now() + 60_000
})

describe.each(FRAMEWORK_NAMES)(
  'a page on another origin than its MCP server on %s',
  (framework) => {
    const start = () =>
      startBothEraServer(framework, authorizationServer, {
        clock: () => now,
        dpop: { mode: 'required', nonce: { mode: 'required', lifetime: NONCE_LIFETIME } },
        allowedOrigins: [allowedOrigin],
      })
    let server: BothEraServer

    beforeAll(async () => {
      server = await start()
      stop.push(() => server.close())
    })

    const settings = (era: PageSettings['era'], { resource } = server): PageSettings => ({
      serverUrl: resource,
      major: 2,
      era,
      dpop: true,
    })

    /** A page of the allowed origin, connected after the user has signed in. */
    async function arrive(era: PageSettings['era'], at = server): Promise<OpenPage> {
      const page = await open(allowedOrigin)
      await page.perform({ name: 'connect', settings: settings(era, at) })
      return page
    }
    const read = (page: OpenPage) => page.perform({ name: 'call', tool: 'read_notes' })
    const write = (page: OpenPage) => page.perform({ name: 'call', tool: 'write_note' })

    it.each(ERAS)(
      'MCP-28 RFC9449-1 RFC9449-3 RFC9728-6: %s: discovers, registers, signs in by redirect, and calls with proofs',
      async (era) => {
        const page = await arrive(era)
        expect(await read(page)).toMatchObject({ scopes: [READ] })
        const exchanges = await page.exchanges()
        const first = era === '2025-11-25' ? 'initialize' : 'server/discover'
        expect(wireOf(exchanges)).toEqual([
          `POST /mcp ${first} 401`,
          'GET /.well-known/oauth-protected-resource/mcp 200',
          'GET /.well-known/oauth-authorization-server/realms/acme 200',
          'POST /realms/acme/register 201',
          'POST /realms/acme/token 200',
          // The page forgot the nonce when it left for the authorization server.
          `POST /mcp ${first} 401`,
          `POST /mcp ${first} 200`,
          ...(era === '2025-11-25' ? ['POST /mcp notifications/initialized 202'] : []),
          'POST /mcp tools/call 200',
        ])
        const [refused, asked, answered] = atServer(exchanges)
        expect(readable(refused)).toMatchObject({
          'www-authenticate': expect.stringContaining('resource_metadata='),
          'dpop-nonce': expect.any(String),
        })
        const [authorize] = page.signIns()
        expect(authorize?.searchParams.get('code_challenge_method')).toBe('S256')
        expect(authorize?.searchParams.get('resource')).toBe(server.resource)
        expect(page.visited.at(-1)?.href).toContain(`${allowedOrigin}/callback?code=`)

        expect(readable(asked)['www-authenticate']).toContain('DPoP error="use_dpop_nonce"')
        expect(claimsOf(asked)).not.toHaveProperty('nonce')
        expect(claimsOf(answered).nonce).toBe(readable(asked)['dpop-nonce'])
        const [call] = callsIn(exchanges)
        expect(claimsOf(call)).toMatchObject({ htm: 'POST', htu: server.resource })
        const allowed = events.filter(
          ({ outcome, method }) => `${outcome} ${method}` === 'allowed POST',
        )
        expect(allowed.at(-1)?.possession).toEqual(['dpop'])
      },
    )

    it('RFC9449-3: reads a new nonce from a good answer before the old one ends', async () => {
      // A server of its own: the next test sets the time back.
      const at = await start()
      onTestFinished(() => at.close())
      const page = await arrive('2026-07-28', at)
      await read(page)
      now += NONCE_LIFETIME * 1000
      await read(page)
      await read(page)
      now += 2 * NONCE_LIFETIME * 1000
      await read(page)
      const calls = callsIn(await page.exchanges())
      const [, second, third] = calls
      expect(statuses(calls)).toEqual([200, 200, 200, 401, 200])
      const renewed = readable(second)['dpop-nonce']
      expect(renewed).toEqual(expect.any(String))
      expect(claimsOf(second).nonce).not.toBe(renewed)
      expect(claimsOf(third).nonce).toBe(renewed)
    })

    it('MCP-10 MCP-28: signs in again for more scopes, and refreshes a refused token, with the same key', async () => {
      const page = await arrive('2025-11-25')
      await read(page)
      const key = keyOf(callsIn(await page.exchanges()).at(-1))
      expect(await write(page)).toMatchObject({ scopes: [READ, WRITE] })
      expect(page.signIns().map(({ searchParams }) => searchParams.get('scope'))).toEqual([
        expect.not.stringContaining(WRITE),
        expect.stringContaining(WRITE),
      ])

      await page.perform({ name: 'spoil-token' })
      const before = (await page.exchanges()).length
      expect(await write(page)).toMatchObject({ scopes: [READ, WRITE] })
      const refreshing = (await page.exchanges()).slice(before)
      expect(wireOf(refreshing)).toEqual([
        'POST /mcp tools/call 401',
        'POST /realms/acme/token 200',
        'POST /mcp tools/call 200',
      ])
      expect(refreshing.map(keyOf)).toEqual([key, key, key])
      expect(page.signIns()).toHaveLength(2)
    })

    it('RFC9449-1: opens a stream and ends its session, each with a proof', async () => {
      const page = await arrive('2025-11-25')
      const streams = async () => statuses(byMethod(await page.exchanges(), 'GET'))
      await expect.poll(streams).toEqual([200])
      server.announce()
      await page.perform({ name: 'await-list-changed' })
      await page.perform({ name: 'disconnect' })
      const exchanges = await page.exchanges()
      expect(statuses(byMethod(exchanges, 'DELETE'))).toEqual([200])
      for (const method of ['GET', 'DELETE']) {
        const [exchange] = byMethod(exchanges, method)
        expect(claimsOf(exchange)).toMatchObject({ htm: method, htu: server.resource })
        expect(exchange?.sent).toHaveProperty('mcp-session-id')
      }
    })

    it('RFC9449-2 RFC9449-6: what a script can steal from it is worth nothing to curl', async () => {
      const page = await arrive('2026-07-28')
      await read(page)
      const [call] = callsIn(await page.exchanges())
      expect(await tryStolenRequest(events, stolenFrom(call as PageExchange), now)).toEqual({
        'as Bearer': '401 dpop_required',
        'without a proof': '401 dpop_proof_missing',
        'with the stolen proof': '401 dpop_proof_replayed',
        'with a proof of another key': '401 dpop_key_mismatch',
      })
      expect(server.reached.filter((userAgent) => userAgent.startsWith('curl'))).toEqual([])
      // The key stays in the browser.
      expect(await page.failure({ name: 'export-key' })).toMatchObject({
        name: 'InvalidAccessError',
      })
    })

    it('MCP-28: gets nothing from an origin that is not allowed', async () => {
      const good = await arrive('2025-11-25')
      await read(good)
      const { method, url, sent, body = '' } = callsIn(await good.exchanges())[0] as PageExchange
      const reached = server.reached.length
      events.length = 0

      const page = await open(otherOrigin)
      // The stock client; the whole request of the other page; and a request without a preflight.
      await page.failure({ name: 'connect', settings: settings('2025-11-25') })
      const plain = { 'content-type': 'text/plain' }
      for (const headers of [sent, plain]) {
        expect(
          await page.failure({ name: 'fetch', url, init: { method, headers, body } }),
        ).toMatchObject({ name: 'TypeError', message: 'Failed to fetch' })
      }
      expect(statuses(atServer(await page.exchanges()))).toEqual([undefined, undefined, undefined])
      expect(server.reached).toHaveLength(reached)
      expect(new Set(events.map(({ reason }) => reason))).toEqual(new Set(['origin_refused']))
    })

    const atServer = (exchanges: readonly PageExchange[]) => byMethod(exchanges, 'POST')

    function byMethod(exchanges: readonly PageExchange[], method: string): readonly PageExchange[] {
      return exchanges.filter((one) => one.method === method && one.url === server.resource)
    }
  },
)

/** The header fields of an answer that the page could read. */
function readable(exchange: PageExchange | undefined): Readonly<Record<string, string>> {
  return exchange?.answer?.headers ?? {}
}

/** The claims of the proof of a request. */
function claimsOf(exchange: PageExchange | undefined): Record<string, unknown> {
  if (exchange === undefined) throw new Error('There is no such exchange.')
  return proofOf(stolenFrom(exchange))
}

const statuses = (exchanges: readonly PageExchange[]) =>
  exchanges.map(({ answer }) => answer?.status)

/** The public key in the proof of a request. */
function keyOf(exchange: PageExchange | undefined): unknown {
  const [header = ''] = (exchange?.sent.dpop ?? '').split('.')
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { jwk: unknown }).jwk
}
