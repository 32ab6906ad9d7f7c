import { describe, expect, it } from 'vitest'
import {
  type RevocationEntry,
  type RevocationKind,
  revocationKey,
} from '../../../src/revocation/revocation.ts'
import { RevocationList } from '../../../src/revocation/revocation-list.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { ISSUER, NOW, VERIFIED } from '../../support/tokens.ts'

const LIFE = 1000

function listWith(maxRevocations = 1000) {
  const clock = createTestClock(NOW * 1000)
  const full: number[] = []
  const list = new RevocationList({
    longestTokenLife: LIFE,
    maxRevocations,
    clock,
    onFull: () => full.push(list.size),
  })
  return { clock, list, full }
}

const entry = (
  kind: RevocationKind,
  id: string,
  { issuedUntil, at = NOW, issuer = ISSUER }: Partial<RevocationEntry> & { issuer?: string } = {},
): RevocationEntry => ({
  key: revocationKey(issuer, kind, kind === 'everything' ? '' : id),
  everything: revocationKey(issuer, 'everything'),
  issuedUntil,
  at,
})

const tokenOf = (parts: Partial<VerifiedToken> = {}, claims = {}): VerifiedToken => ({
  ...VERIFIED,
  ...parts,
  claims: { ...VERIFIED.claims, ...claims },
})

describe('the list of revocations', () => {
  it.each([
    ['session', 's1', {}, { sid: 's1' }],
    ['subject', 'alice', {}, {}],
    ['client', 'inspector', {}, {}],
    ['token', 'token-1', {}, {}],
    ['email', 'alice@example.com', {}, { email: 'Alice@Example.com' }],
    ['sessionless', 'alice', {}, {}],
    ['everything', '', {}, {}],
  ] as const)('REV-1: %s: meets its tokens, and no others', (kind, id, parts, claims) => {
    const { list } = listWith()
    const token = tokenOf(parts, claims)
    expect(list.isRevoked(token)).toBe(false)
    list.add(entry(kind, `${id}x`, { issuer: 'https://other.example.com' }))
    list.add(entry(kind, id, { issuer: 'https://other.example.com' }))
    if (kind !== 'everything') list.add(entry(kind, `${id}x`))
    expect(list.isRevoked(token)).toBe(false)
    list.add(entry(kind, id))
    expect(list.isRevoked(token)).toBe(true)
  })

  it('REV-1: a token with a session is not revoked by another session, nor with the tokens that have no session', () => {
    const { list } = listWith()
    list.add(entry('session', 's1'))
    list.add(entry('sessionless', 'alice'))
    expect(list.isRevoked(tokenOf({}, { sid: 's2' }))).toBe(false)
    expect(list.isRevoked(tokenOf({}, { sid: 5 }))).toBe(true)
  })

  it('REV-1: a token of the same second is refused, one of the next second is not', () => {
    const { list } = listWith()
    list.add(entry('subject', 'alice', { issuedUntil: NOW }))
    expect(list.isRevoked(tokenOf({ issuedAt: NOW }))).toBe(true)
    expect(list.isRevoked(tokenOf({ issuedAt: NOW + 0.9 }))).toBe(true)
    expect(list.isRevoked(tokenOf({ issuedAt: NOW + 1 }))).toBe(false)
  })

  it.each([
    ['the same', {}, false],
    ['less', { issuedUntil: NOW - 1, at: NOW - 1 }, false],
    ['longer', { issuedUntil: NOW + 1 }, true],
    ['for good', { issuedUntil: undefined }, true],
    ['later', { at: NOW + 1 }, true],
  ])('REV-1: says whether an entry revokes more than another one: %s', (_what, more, isNew) => {
    const { list } = listWith()
    const known = { issuedUntil: NOW, at: NOW }
    expect(list.add(entry('subject', 'alice', known))).toBe(true)
    expect(list.add(entry('subject', 'alice', { ...known, ...more }))).toBe(isNew)
  })

  it('REV-1: a later entry never shortens an earlier one, in whatever order they come', () => {
    const short = { issuedUntil: NOW - 50, at: NOW }
    const long = { issuedUntil: NOW - 10, at: NOW - 5 }
    const ever = { issuedUntil: undefined, at: NOW - 7 }
    for (const order of [
      [short, long],
      [long, short],
      [ever, short],
      [short, ever],
    ]) {
      const { list } = listWith()
      for (const parts of order) list.add(entry('subject', 'alice', parts))
      expect(list.isRevoked(tokenOf({ issuedAt: NOW - 10 }))).toBe(true)
      expect(list.isRevoked(tokenOf({ issuedAt: NOW - 9 }))).toBe(order.includes(ever))
    }
  })

  it('REV-2: a token without `iat` is refused as long as the revocation is kept, however it was verified', () => {
    for (const verifiedBy of ['signature', 'introspection'] as const) {
      const { list, clock } = listWith()
      list.add(entry('subject', 'alice', { issuedUntil: NOW }))
      // Each introspection makes another object.
      const made = () =>
        tokenOf({ issuedAt: undefined, verifiedBy, expiresAt: clock.seconds + LIFE })
      expect(list.isRevoked(made())).toBe(true)
      clock.advance(LIFE - 1)
      expect(list.isRevoked(made())).toBe(true)
      // The life of every token that was issued before has ended. No other entry has to come for that.
      const token = made()
      expect(list.isRevoked(token)).toBe(true)
      clock.advance(20)
      expect(list.isRevoked(token)).toBe(false)
      expect(list.isRevoked(made())).toBe(false)
      // It may be as old as this says.
      const old = { issuedAt: undefined, expiresAt: NOW + LIFE }
      expect(list.isRevoked(tokenOf(old))).toBe(true)
    }
  })

  it('REV-2: a dropped entry makes no longer-lived token valid, not even by a fraction of a second', () => {
    const { list, clock } = listWith()
    const issuedAt = NOW + 0.5
    list.add(entry('subject', 'alice', { issuedUntil: NOW }))
    clock.advance(LIFE + 1)
    list.add(entry('subject', 'somebody', { at: clock.seconds }))
    expect(list.size).toBe(1)
    expect(list.isRevoked(tokenOf({ issuedAt, expiresAt: NOW + 9 * LIFE }))).toBe(true)
    expect(list.isRevoked(tokenOf({ issuedAt: NOW + 1 }))).toBe(false)
  })

  it('REV-2: an entry that comes too late to be kept still refuses tokens that live longer', () => {
    const { list } = listWith()
    const late = entry('everything', '', { issuedUntil: NOW - 2 * LIFE, at: NOW - 2 * LIFE })
    expect(list.add(late)).toBe(true)
    expect(list.add(late)).toBe(false)
    expect(list.size).toBe(0)
    expect(list.isRevoked(tokenOf({ issuedAt: NOW - 2 * LIFE }))).toBe(true)
    expect(list.isRevoked(tokenOf({ issuedAt: NOW - 2 * LIFE + 1 }))).toBe(false)
  })

  it('REV-2: an entry that comes too late to be kept is merged into a kept one of the same key', () => {
    const { list } = listWith()
    list.add(entry('subject', 'alice', { issuedUntil: NOW - 3 * LIFE }))
    const late = NOW - 2 * LIFE
    list.add(entry('subject', 'alice', { issuedUntil: late, at: late }))
    expect(list.isRevoked(tokenOf({ issuedAt: late }))).toBe(true)
    expect(list.isRevoked(tokenOf({ issuedAt: late, subject: 'bob' }))).toBe(false)
  })

  it('REV-2: an entry for the future is kept until then, and does not become one for everybody', () => {
    const { list, clock } = listWith()
    list.add(entry('subject', 'alice', { issuedUntil: NOW + 3 * LIFE }))
    clock.advance(2 * LIFE)
    list.add(entry('subject', 'somebody', { at: clock.seconds }))
    expect(list.isRevoked(tokenOf({ issuedAt: clock.seconds }))).toBe(true)
    expect(list.isRevoked(tokenOf({ issuedAt: clock.seconds, subject: 'bob' }))).toBe(false)
  })

  it('REV-2: what is revoked for good stays so, as long as its tokens are issued', () => {
    const { list, clock } = listWith()
    list.add(entry('session', 's1'))
    let last = tokenOf({ issuedAt: NOW }, { sid: 's1' })
    for (let times = 0; times < 10; times += 1) {
      clock.advance(LIFE * 0.9)
      list.add(entry('subject', `somebody-${times}`, { at: clock.seconds }))
      // The token that was refused the last time is not valid now.
      expect(list.isRevoked(tokenOf(last, { sid: 's1' }))).toBe(true)
      last = tokenOf({ issuedAt: clock.seconds }, { sid: 's1' })
      expect(list.isRevoked(last)).toBe(true)
    }
  })

  it('REV-2: an older token of a session does not make the list forget the session early', () => {
    const { list, clock } = listWith()
    list.add(entry('session', 's1'))
    expect(list.isRevoked(tokenOf({ issuedAt: NOW - LIFE / 2 }, { sid: 's1' }))).toBe(true)
    clock.advance(LIFE * 0.6)
    list.add(entry('subject', 'somebody', { at: clock.seconds }))
    expect(list.isRevoked(tokenOf({ issuedAt: NOW + 1 }, { sid: 's1' }))).toBe(true)
  })

  it('REV-2: when it is full, the oldest entries become one for the whole issuer, and no revoked token becomes valid', () => {
    const { list, clock, full } = listWith(100)
    list.add(entry('session', 's1'))
    list.add(entry('subject', 'alice', { issuedUntil: NOW }))
    clock.advance(50)
    const ofSession = tokenOf({ subject: 'bob', issuedAt: NOW + 50 }, { sid: 's1' })
    for (let at = 0; list.size < 100; at += 1) list.add(entry('token', `t${at}`))
    expect(full).toEqual([])
    expect(list.isRevoked(ofSession)).toBe(true)
    list.add(entry('token', 'one more'))
    expect(full).toHaveLength(1)
    expect(list.size).toBeLessThanOrEqual(76)
    expect(list.isRevoked(ofSession)).toBe(true)
    expect(list.isRevoked(tokenOf({ issuedAt: NOW }))).toBe(true)
    // Refused, although nobody revoked it: fail closed.
    expect(list.isRevoked(tokenOf({ issuedAt: NOW, subject: 'carol' }))).toBe(true)
    expect(list.isRevoked(tokenOf({ issuedAt: NOW + 51, subject: 'carol' }))).toBe(false)
    const other = tokenOf({ issuer: 'https://other.example.com', issuedAt: NOW })
    expect(list.isRevoked(other)).toBe(false)
  })

  it.each([undefined, 1])(
    'REV-2: a forged entry with the key of another issuer does not free a token when the list is full: %s',
    (issuedUntil) => {
      const mallory = { everything: revocationKey('https://mallory.example.com', 'everything') }
      const real = entry('session', 's1')
      const forged = { ...real, ...mallory, issuedUntil, at: NOW + 300 }
      for (const order of [
        [real, forged],
        [forged, real],
        [real, forged, real, forged],
      ]) {
        const { list } = listWith(100)
        for (const one of order) list.add(one)
        const token = tokenOf({ subject: 'bob', issuedAt: NOW }, { sid: 's1' })
        expect(list.isRevoked(token)).toBe(true)
        for (let at = 0; at < 300; at += 1) list.add({ ...entry('token', `t${at}`), ...mallory })
        expect(list.isRevoked(token)).toBe(true)
      }
    },
  )

  it('REV-2: a clock that fails or returns nonsense loses no entry', () => {
    const failing = () => {
      throw new Error('no time')
    }
    for (const clock of [failing, () => Number.NaN]) {
      const list = new RevocationList({
        longestTokenLife: LIFE,
        maxRevocations: 100,
        clock,
        onFull() {},
      })
      for (let at = 0; at < 300; at += 1) list.add(entry('token', `t${at}`))
      list.add(entry('subject', 'alice', { issuedUntil: NOW }))
      expect(list.isRevoked(tokenOf({ issuedAt: NOW }))).toBe(true)
      expect(list.size).toBeLessThanOrEqual(101)
    }
  })

  it('REV-1: an MCP session that is in use does not end by revocations of others that are forgotten', () => {
    const { list, clock } = listWith()
    const opening = {
      keys: [revocationKey(ISSUER, 'everything')],
      issuedAt: NOW - 1,
      expiresAt: NOW,
    }
    expect(list.hits(opening)).toBe(false)
    list.add(entry('subject', 'somebody', { issuedUntil: NOW }))
    clock.advance(LIFE + 1)
    list.add(entry('subject', 'another', { issuedUntil: NOW, at: clock.seconds }))
    expect(list.hits(opening, clock.seconds - 10)).toBe(false)
    // Nobody looked at the session meanwhile, so a forgotten entry may have met it.
    expect(list.hits(opening, NOW)).toBe(true)
    expect(list.hits(opening, clock.seconds + 10)).toBe(true)
    expect(list.hits(opening)).toBe(true)
  })
})
