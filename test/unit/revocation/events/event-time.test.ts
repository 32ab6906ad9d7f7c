import { describe, expect, it } from 'vitest'
import { eventTime } from '../../../../src/revocation/events/event-time.ts'
import {
  ALICE,
  errorOf,
  push,
  receiver,
  SESSIONS_REVOKED,
  signSet,
} from '../../../support/security-events.ts'
import { type Claims, judge, NOW, signToken } from '../../../support/tokens.ts'

/** The last second of issue whose tokens an event revokes. */
async function lastRevokedSecond(event: Claims, claims: Claims = {}): Promise<number> {
  const server = receiver({ revocation: { longestTokenLife: 600 } })
  const set = await signSet({ sub_id: ALICE, ...claims, events: { [SESSIONS_REVOKED]: event } })
  expect(errorOf(await push(server, set))).toBeUndefined()
  const isRevoked = async (iat: number) =>
    (await judge(await signToken({ claims: { iat } }), server)).reason === 'token_revoked'
  let last = Number.NEGATIVE_INFINITY
  for (const iat of SECONDS) if (await isRevoked(iat)) last = iat
  return last
}

const ISSUED = NOW - 20
const SECONDS = [-599, -61, -60, -59, -21, -20, -19, 0, 1, 4, 5].map((by) => NOW + by)

describe('the time of a security event', () => {
  it.each<[string, Claims, number]>([
    ['event_timestamp counts', { event_timestamp: NOW - 60 }, NOW - 60],
    ['a fraction of a second counts as its second', { event_timestamp: NOW - 59.5 }, NOW - 60],
    ['event_timestamp may be later than iat', { event_timestamp: NOW }, NOW],
    ['event_timestamp may be as far ahead as clocks', { event_timestamp: NOW + 5 }, NOW + 5],
    ['without event_timestamp, iat counts', {}, ISSUED],
  ])('CAEP-1: %s', async (_name, event, expected) => {
    expect(await lastRevokedSecond(event, { iat: ISSUED })).toBe(expected)
  })

  it.each<[string, unknown]>([
    ['in the future', NOW + 3600],
    ['in milliseconds', NOW * 1000],
    ['far too large', 1e300],
    ['at the beginning of all time', 0],
    ['negative', -NOW],
    ['older than any token', NOW - 700],
    ['as text', String(NOW)],
    ['null', null],
    ['a list', [NOW]],
    ['an object', { seconds: NOW }],
    ['true', true],
  ])('CAEP-1: event_timestamp %s: iat counts', async (_name, time) => {
    expect(await lastRevokedSecond({ event_timestamp: time }, { iat: ISSUED })).toBe(ISSUED)
  })

  it('SET-1: `toe` counts without event_timestamp, and not beside it', async () => {
    const claims = { iat: ISSUED, toe: NOW - 60 }
    expect(await lastRevokedSecond({}, claims)).toBe(NOW - 60)
    expect(await lastRevokedSecond({ event_timestamp: NOW - 21 }, claims)).toBe(NOW - 21)
  })

  it.each([
    ['the earliest that counts', NOW - 600, NOW - 600],
    ['a millisecond too early', NOW - 600.001, NOW],
    ['the latest that counts', NOW + 5, NOW + 5],
    ['a millisecond too late', NOW + 5.001, NOW],
  ])('CAEP-1: %s', (_name, told, expected) => {
    const times = { issuedAt: NOW, latest: NOW + 5, longestTokenLife: 600 }
    expect(eventTime({ told: [told], ...times })).toBe(expected)
  })

  it('REV-2: a wrong, early time does not make the list forget a session early', async () => {
    let time = NOW * 1000
    const server = receiver({ revocation: { longestTokenLife: 600 }, clock: () => time })
    const set = await signSet({
      sub_id: { format: 'complex', session: { format: 'opaque', id: 'session-1' } },
      events: {
        'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {
          event_timestamp: NOW - 595,
        },
      },
    })
    await push(server, set)
    time += 60_000
    const claims = { sid: 'session-1', iat: NOW - 1 }
    // Something else arrives, so the list drops what is old.
    await push(
      server,
      await signSet({ jti: 'set-2', iat: NOW + 60, sub_id: { ...ALICE, sub: 'b' } }),
    )
    expect((await judge(await signToken({ claims }), server)).reason).toBe('token_revoked')
  })
})
