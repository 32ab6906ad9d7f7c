import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HttpCall, HttpReply } from '../../../src/authorization-server/http/http-call.ts'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import { NotBefore } from '../../../src/revocation/not-before.ts'
import type { RevokedTokens } from '../../../src/revocation/revocation.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../../src/telemetry/events.ts'
import { eventually } from '../../support/decisions.ts'
import { collectEvents } from '../../support/events.ts'
import {
  bearer,
  CLAIMS,
  clock,
  ISSUER,
  judge,
  NOW,
  type Overrides,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

type Reply = string | number | Error

const TOLERANCE = 5
const made: NotBefore[] = []
afterEach(() => {
  for (const one of made.splice(0)) one.close()
})

/** A poll of an authorization server that answers what the test says. */
function polling(first: Reply) {
  let reply = first
  const calls: HttpCall[] = []
  const applied: RevokedTokens[] = []
  const reports: string[] = []
  const call = async (asked: HttpCall): Promise<HttpReply> => {
    calls.push(asked)
    if (reply instanceof Error) throw reply
    const status = typeof reply === 'number' ? reply : 200
    const body = Buffer.from(typeof reply === 'number' ? '{"at":1}' : reply)
    return { status, contentType: undefined, retryAfter: undefined, date: undefined, body }
  }
  const notBefore = new NotBefore({
    server: { issuer: ISSUER, http: { call } } as unknown as ConstructorParameters<
      typeof NotBefore
    >[0]['server'],
    url: ISSUER,
    member: 'at',
    interval: 30,
    revocations: {
      apply: async (revoked) => void applied.push(...revoked),
      report: ({ kind, source, detail }) => void reports.push(`${kind} ${source} ${detail}`),
    },
    clockTolerance: TOLERANCE,
    clock,
  })
  made.push(notBefore)
  return {
    notBefore,
    calls,
    applied,
    reports,
    answers(next: Reply) {
      reply = next
    },
  }
}

describe('the not-before time', () => {
  it('revokes everything that was issued until then', async () => {
    const { notBefore, applied, calls } = polling(`{"at":${NOW - 100}}`)
    await notBefore.ready()
    expect(applied).toEqual([
      { issuer: ISSUER, kind: 'everything', issuedUntil: NOW - 100, at: NOW },
    ])
    expect(calls[0]).toMatchObject({ method: 'GET', url: ISSUER, purpose: 'not_before' })
  })

  it.each(['{"at":0}', '{"at":0,"realm":"acme"}'])('of %s revokes nothing', async (document) => {
    const { notBefore, applied, reports } = polling(document)
    await notBefore.ready()
    expect([applied, reports]).toEqual([[], []])
  })

  it.each([NOW + TOLERANCE + 1, NOW + 86_400, NOW * 1000, Number.MAX_SAFE_INTEGER])(
    'of the future (%d) counts as now, and the clock tolerance',
    async (at) => {
      const { notBefore, applied } = polling(JSON.stringify({ at }))
      await notBefore.ready()
      expect(applied).toMatchObject([{ issuedUntil: NOW + TOLERANCE }])
    },
  )

  it.each<[string, Reply]>([
    ['a text', `{"at":"${NOW}"}`],
    ['a fraction', `{"at":${NOW - 0.5}}`],
    ['a negative number', `{"at":-1}`],
    ['an infinite number', '{"at":1e999}'],
    ['null', '{"at":null}'],
    ['a list', `{"at":[${NOW}]}`],
    ['nothing', '{}'],
    ['an inherited member', '{"__proto__":{"at":1}}'],
    ['the member twice', '{"at":0,"at":5}'],
    ['a list in place of an object', `[{"at":${NOW}}]`],
    ['no JSON', '<html></html>'],
    ['an empty body', ''],
    ['404', 404],
    ['500', 500],
    ['a redirect', 302],
    ['an outage', new UnavailableError('not_before_failed', 'nobody there')],
    ['an unexpected error', new TypeError('a secret')],
  ])('is not changed by %s, and operators are told once', async (_what, reply) => {
    const { notBefore, applied, reports } = polling(reply)
    await expect(notBefore.ready()).rejects.toMatchObject({
      status: 503,
      reason: 'not_before_failed',
    })
    await expect(notBefore.ready()).rejects.toThrow()
    expect(applied).toEqual([])
    expect(reports).toEqual([expect.stringMatching(/^source_failed not_before /)])
    expect(reports.join()).not.toContain('a secret')
  })
})

describe('polling the not-before time', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('applies a time once, and later times when they come', async () => {
    const { notBefore, applied, calls, answers } = polling(`{"at":${NOW - 100}}`)
    await notBefore.ready()
    for (const at of [NOW - 100, NOW - 50, NOW - 50, NOW - 200, 0, NOW - 10]) {
      answers(JSON.stringify({ at }))
      const before = calls.length
      await vi.advanceTimersByTimeAsync(33_000)
      expect(calls.length).toBe(before + 1)
    }
    expect(applied.map(({ issuedUntil }) => issuedUntil)).toEqual([NOW - 100, NOW - 50, NOW - 10])
  })

  it('backs off while it fails, tells operators at the begin and at the end, and goes on', async () => {
    const { notBefore, applied, calls, reports, answers } = polling(500)
    notBefore.start()
    notBefore.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(calls).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(60_000)
    // After 1, 2, 4, 8, 16 and 30 s, each up to a tenth more or less.
    expect(calls.length).toBeGreaterThanOrEqual(5)
    expect(calls.length).toBeLessThanOrEqual(7)
    expect(reports).toHaveLength(1)
    answers(`{"at":${NOW - 1}}`)
    await vi.advanceTimersByTimeAsync(34_000)
    expect(applied).toHaveLength(1)
    expect(reports).toEqual([
      expect.stringMatching(/^source_failed not_before not-before at https:.*: HTTP 500$/),
      'source_back not_before the not-before time can be fetched again',
    ])
    const before = calls.length
    await vi.advanceTimersByTimeAsync(600_000)
    expect(calls.length).toBeGreaterThan(before)
    expect(reports).toHaveLength(2)
  })

  it('stops when it is closed, and is not started again', async () => {
    const { notBefore, calls } = polling('{"at":0}')
    await notBefore.ready()
    notBefore.close()
    await vi.advanceTimersByTimeAsync(300_000)
    expect(calls).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
    notBefore.start()
    await vi.advanceTimersByTimeAsync(300_000)
    expect(calls).toHaveLength(1)
    await expect(polling('{"at":0}').notBefore.ready()).resolves.toBeUndefined()
  })
})

describe('a resource server with `notBefore`', () => {
  const events = collectEvents<RevocationEvent>(REVOCATION_CHANNEL)

  const serverOf = (at: () => unknown, overrides: Overrides = {}) => {
    const asked: string[] = []
    const fetch = async (url: string | URL | Request): Promise<Response> => {
      asked.push(String(url))
      return Response.json({ at: at() })
    }
    const server = testResourceServer({
      server: { notBefore: { member: 'at' } },
      http: { fetch: fetch as typeof globalThis.fetch },
      ...overrides,
    })
    return { server, asked }
  }

  it('refuses the older tokens, also the one of the same second, and lets in the younger ones', async () => {
    const { server, asked } = serverOf(() => NOW - 60)
    await server.ready()
    const issued = (iat: number) => signToken({ claims: { ...CLAIMS, iat } })
    expect(await judge(await issued(NOW - 61), server)).toMatchObject({ reason: 'token_revoked' })
    expect(await judge(await issued(NOW - 60), server)).toMatchObject({ reason: 'token_revoked' })
    expect((await server.authenticate(bearer(await issued(NOW - 59)))).outcome).toBe('allowed')
    expect(asked).toEqual([ISSUER])
    expect(events).toMatchObject([{ kind: 'revoked', source: 'not_before', issuer: ISSUER }])
    await server.close()
  })

  it('asks nobody before it is used, and begins with the first request', async () => {
    const { server, asked } = serverOf(() => NOW - 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(asked).toEqual([])
    const token = await signToken()
    await server.authenticate(bearer(token))
    await eventually(() => expect(asked).toHaveLength(1))
    await eventually(async () =>
      expect(await judge(token, server)).toMatchObject({ reason: 'token_revoked' }),
    )
    await server.close()
  })

  it('goes on while the document is wrong; ready() says so', async () => {
    const { server } = serverOf(() => 'soon')
    await expect(server.ready()).rejects.toMatchObject({ reason: 'not_before_failed' })
    expect((await server.authenticate(bearer(await signToken()))).outcome).toBe('allowed')
    expect(events).toMatchObject([{ kind: 'source_failed', source: 'not_before' }])
    await server.close()
  })

  it.each([
    [{ member: '' }, 'notBefore.member'],
    [{ member: 'at', interval: 0 }, 'notBefore.interval'],
    [{ member: 'at', url: 'ftp://example.com' }, 'notBefore.url'],
    [{ member: 'at', url: 'http://example.com/' }, 'notBefore.url'],
  ])('does not start with %j', (notBefore, option) => {
    expect(() => testResourceServer({ server: { notBefore } })).toThrow(option)
  })
})
