import { describe, expect, it } from 'vitest'
import { pick, randomFrom } from '../../../support/differential/random-uris.ts'
import {
  ALICE,
  ALL_SESSIONS,
  AUDIENCE,
  errorOf,
  push,
  receiver,
  SESSION_REVOKED,
  SET_CLAIMS,
  signSet,
} from '../../../support/security-events.ts'
import { ALLOWED, type Claims, ISSUER, judge, NOW, signToken } from '../../../support/tokens.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\u0000é"{}'

/** Values that a hostile or broken transmitter may sign. */
const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  NOW,
  NOW * 1000,
  1e308,
  '',
  'alice',
  ISSUER,
  AUDIENCE,
  [],
  [null],
  [AUDIENCE],
  {},
  { format: 'complex' },
  { format: 'aliases', identifiers: [null, ALICE, {}] },
  { format: 'aliases', identifiers: Array(100).fill(ALICE) },
  { __proto__: null, constructor: { prototype: 1 } },
  { [SESSION_REVOKED]: null },
  { [SESSION_REVOKED]: { subject: ALL_SESSIONS, event_timestamp: {} } },
  { toString: 1, valueOf: 1, length: -1 },
  ALL_SESSIONS,
  'x'.repeat(10_000),
]

describe('random mutants of a good security event token', () => {
  it('SET-1: no change of its text is accepted, and none crashes', async () => {
    const next = randomFrom(12)
    const below = (most: number) => Math.floor(next() * most)
    const good = await signSet()
    const server = receiver()
    for (let round = 0; round < 1500; round += 1) {
      let text = good
      for (let change = 0; change <= below(3); change += 1) {
        const at = below(text.length)
        const character = ALPHABET[below(ALPHABET.length)] ?? ''
        const end = at + below(3)
        text = `${text.slice(0, at)}${next() < 0.2 ? '' : character}${text.slice(end)}`
      }
      if (text.trim() === good) continue
      const answer = await push(server, text)
      expect([answer.status, text.length > 0 && errorOf(answer)], text).toEqual([
        400,
        expect.stringMatching(/^invalid_(request|key|issuer|audience)$/),
      ])
    }
    expect(await judge(await signToken(), server)).toEqual(ALLOWED)
  })

  it.each([34, 35, 36, 37, 38, 39])(
    'SET-1: whatever an issuer signs, it is accepted only if it is right, and nothing crashes: %i',
    async (seed) => {
      const next = randomFrom(seed)
      const names = ['iss', 'aud', 'jti', 'iat', 'exp', 'toe', 'sub', 'sub_id', 'events', 'nonce']
      let accepted = 0
      const server = receiver()
      for (let round = 0; round < 100; round += 1) {
        const claims: Record<string, unknown> = { ...SET_CLAIMS, jti: `set-${round}` }
        for (let change = 0; change <= next() * 2; change += 1)
          claims[pick(next, names)] = pick(next, HOSTILE)
        if (next() < 0.3)
          claims.sub_id = {
            ...ALL_SESSIONS,
            [pick(next, ['user', 'session', 'format'])]: pick(next, HOSTILE),
          }
        const answer = await push(server, await signSet(claims))
        expect([202, 400]).toContain(answer.status)
        if (answer.status === 202) {
          accepted += 1
          expect(isRight(claims), JSON.stringify(claims)).toBe(true)
        }
      }
      expect(accepted).toBeGreaterThan(15)
    },
  )
})

function isRight({ iss, aud, jti, iat, exp, events }: Claims): boolean {
  return (
    iss === ISSUER &&
    [aud].flat().every((one) => typeof one === 'string') &&
    [aud].flat().includes(AUDIENCE) &&
    typeof jti === 'string' &&
    jti !== '' &&
    typeof iat === 'number' &&
    iat <= NOW + 5 &&
    (exp === undefined || (typeof exp === 'number' && exp > NOW - 5)) &&
    Object.keys(events as object).length > 0
  )
}
