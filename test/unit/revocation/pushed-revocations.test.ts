import { describe, expect, it } from 'vitest'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import type { PushedMessage } from '../../../src/revocation/push-options.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../../src/telemetry/events.ts'
import { collectEvents } from '../../support/events.ts'
import { sendLogout } from '../../support/logout-tokens.ts'
import {
  type Claims,
  clock,
  forge,
  ISSUER,
  judge,
  NOW,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const PATH = '/mcp/pushed'
const TOLERANCE = 5
const LONGEST_LIFE = 3600

/** What a program reads from each message. The messages of the tests have nothing else. */
type Read = Partial<Record<keyof PushedMessage, unknown>>

function serverOf(read: Read = {}, now: () => number = clock): ResourceServer {
  const message = {
    id: 'message-1',
    expiresAt: NOW + 60,
    revocations: [{ subject: 'alice' }],
    ...read,
  } as PushedMessage
  return testResourceServer({
    server: { revocationPushes: [{ path: PATH, read: () => message }] },
    maxTokenLifetime: LONGEST_LIFE,
    clockTolerance: TOLERANCE,
    clock: now,
  })
}

const sign = (claims: Claims = {}, header: Claims = { typ: 'JWT' }): Promise<string> =>
  forge({ header, payload: JSON.stringify(claims) })

async function push(
  server: ResourceServer,
  body: string | Promise<string> = sign(),
  headers: Record<string, string> = { 'content-type': 'text/plain' },
): Promise<number> {
  const { status } = await sendLogout(server, { headers, message: Buffer.from(await body) }, PATH)
  return status
}

const verdict = async (server: ResourceServer, claims: Claims = {}): Promise<string> =>
  (await judge(await signToken({ claims: { iat: NOW - 60, ...claims } }), server)).reason ??
  'allowed'

const events = collectEvents<RevocationEvent>(REVOCATION_CHANNEL)

describe('a pushed message that the program reads', () => {
  it.each(['text/plain', 'text/plain; charset=utf-8', 'application/jwt'])(
    'revokes what the program says: %s',
    async (type) => {
      const server = serverOf()
      expect(await verdict(server)).toBe('allowed')
      expect(await push(server, sign(), { 'content-type': type })).toBe(200)
      expect(await verdict(server)).toBe('token_revoked')
      expect(await verdict(server, { sub: 'bob' })).toBe('allowed')
    },
  )

  it.each<[string, Record<string, string>]>([
    ['no media type', {}],
    ['an empty media type', { 'content-type': '' }],
    ['the media type of a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['the media type of JSON', { 'content-type': 'application/json' }],
  ])('is refused with %s', async (_what, headers) => {
    const server = serverOf()
    expect(await push(server, sign(), headers)).toBe(400)
    expect(events).toMatchObject([{ detail: expect.stringContaining('is not text/plain') }])
    expect(await verdict(server)).toBe('allowed')
  })

  it.each<[string, Claims, Claims, string]>([
    ['the type of an access token', {}, { typ: 'at+jwt' }, '"typ" is "at+jwt"; expected "JWT"'],
    [
      'another issuer',
      { iss: 'https://evil.example' },
      { typ: 'JWT' },
      '"iss" is "https://evil.example"',
    ],
    ['an issuer that is null', { iss: null }, { typ: 'JWT' }, '"iss" is null'],
    [
      'an issuer in another case',
      { iss: ISSUER.toUpperCase() },
      { typ: 'JWT' },
      '"iss" is "HTTPS://',
    ],
  ])('is refused with %s', async (_what, claims, header, detail) => {
    const server = serverOf()
    expect(await push(server, sign(claims, header))).toBe(400)
    expect(events).toMatchObject([
      {
        kind: 'message_refused',
        source: 'pushed_message',
        detail: expect.stringContaining(detail),
      },
    ])
    expect(await verdict(server)).toBe('allowed')
  })

  it.each<[string, Claims, Claims]>([
    ['the type JWT', {}, { typ: 'JWT' }],
    ['the type in another case', {}, { typ: 'jwt' }],
    ['no type', {}, { typ: undefined }],
    ['its own issuer', { iss: ISSUER }, { typ: 'JWT' }],
  ])('is accepted with %s', async (_what, claims, header) => {
    expect(await push(serverOf(), sign(claims, header))).toBe(200)
  })

  it.each<[unknown, number]>([
    [NOW - TOLERANCE, 400],
    [NOW - TOLERANCE + 1, 200],
    [NOW + LONGEST_LIFE - TOLERANCE, 200],
    [NOW + LONGEST_LIFE - TOLERANCE + 1, 400],
    [undefined, 400],
    [null, 400],
    [String(NOW + 60), 400],
    [new Date((NOW + 60) * 1000), 400],
    [Number.NaN, 400],
    [Number.POSITIVE_INFINITY, 400],
    [Number.NEGATIVE_INFINITY, 400],
  ])('that expires at %s is answered with %i', async (expiresAt, status) => {
    const server = serverOf({ expiresAt })
    expect(await push(server)).toBe(status)
    expect(await verdict(server)).toBe(status === 200 ? 'token_revoked' : 'allowed')
  })

  it.each([undefined, 'x', Number.NaN, Number.POSITIVE_INFINITY])(
    'says what was found in place of an expiry: %s',
    async (expiresAt) => {
      await push(serverOf({ expiresAt }))
      expect(events).toMatchObject([
        { detail: expect.stringContaining('expected a time in seconds') },
      ])
    },
  )

  it('is remembered until it has expired, with the clock tolerance', async () => {
    let now = NOW
    const server = serverOf({}, () => now * 1000)
    expect(await push(server)).toBe(200)
    now = NOW + 60 + TOLERANCE - 1
    expect(await push(server)).toBe(400)
    expect(events.at(-1)).toMatchObject({ detail: expect.stringContaining('received before') })
    now += 1
    expect(await push(server)).toBe(400)
    expect(events.at(-1)).toMatchObject({ detail: expect.stringContaining('it has expired') })
  })

  it.each([undefined, '', 5, 'x'.repeat(1025)])('is refused with the id %s', async (id) => {
    expect(await push(serverOf({ id }))).toBe(400)
    expect(events).toMatchObject([{ detail: expect.stringContaining('"id" is ') }])
  })

  it.each<[string, object]>([
    ['nothing', {}],
    ['two things', { subject: 'alice', session: 'session-1' }],
    ['an invalid date', { subject: 'alice', issuedBefore: new Date('x') }],
  ])('whose program revokes %s is a fault of this server', async (_what, revocation) => {
    const server = serverOf({ revocations: [revocation] })
    expect(await push(server)).toBe(503)
    expect(events).toMatchObject([{ kind: 'source_failed' }])
    expect(await verdict(server)).toBe('allowed')
  })

  it.each<[string, unknown, number, string]>([
    ['until a date', new Date((NOW - 30) * 1000), NOW - 30, 'token_revoked'],
    ['until a date, not later', new Date((NOW - 30) * 1000), NOW - 29, 'allowed'],
    ['until now', undefined, NOW, 'token_revoked'],
    ['until now, not later', undefined, NOW + 1, 'allowed'],
    ['for ever', 'ever', NOW + 1, 'token_revoked'],
    ['until a date in the future, as now', new Date((NOW + 999) * 1000), NOW + 5, 'token_revoked'],
  ])('revokes %s', async (_what, issuedBefore, iat, found) => {
    let now = NOW
    const server = serverOf({ revocations: [{ subject: 'alice', issuedBefore }] }, () => now * 1000)
    expect(await push(server)).toBe(200)
    now += 10
    expect(await verdict(server, { iat })).toBe(found)
  })

  it('a date in the future revokes no token that is issued after the clock tolerance', async () => {
    let now = NOW
    const issuedBefore = new Date((NOW + 999) * 1000)
    const server = serverOf({ revocations: [{ subject: 'alice', issuedBefore }] }, () => now * 1000)
    expect(await push(server)).toBe(200)
    now += 10
    expect(await verdict(server, { iat: NOW + TOLERANCE + 1 })).toBe('allowed')
  })
})
