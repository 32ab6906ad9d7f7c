import { describe, expect, it } from 'vitest'
import { type RevocationKind, revocationKey } from '../../../src/revocation/revocation.ts'
import { RevocationList } from '../../../src/revocation/revocation-list.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { NOW, VERIFIED } from '../../support/tokens.ts'

/** A small generator of pseudo-random numbers, so that a failure can be repeated. */
function randomFrom(seed: number) {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number) => Math.floor(next() * end)
  return { next, below, of: <V>(list: readonly V[]): V => list[below(list.length)] as V }
}

const LIFE = 600
const ISSUERS = ['https://one.example.com', 'https://two.example.com']
const KINDS = ['session', 'subject', 'client', 'token', 'sessionless', 'everything'] as const

interface Told {
  readonly issuer: string
  readonly kind: RevocationKind
  readonly id: string
  readonly issuedUntil: number | undefined
  readonly at: number
}

interface Known {
  readonly token: VerifiedToken
  /** When it was issued, also if it does not say so. */
  readonly born: number
  refused: boolean
}

/** Which revocations meet a token: written down a second time, without digests. */
function meets(told: Told, { issuer, subject, clientId, tokenId, claims }: VerifiedToken): boolean {
  if (told.issuer !== issuer) return false
  if (told.kind === 'everything') return true
  const { sid } = claims
  if (told.kind === 'session') return told.id === sid
  if (told.kind === 'sessionless') return sid === undefined && told.id === subject
  if (told.kind === 'subject') return told.id === subject
  return told.id === (told.kind === 'client' ? clientId : tokenId)
}

interface World {
  readonly seed: number
  readonly maxRevocations: number
  readonly clockJumps: boolean
}

function run({ seed, maxRevocations, clockJumps }: World) {
  const { next, below, of } = randomFrom(seed)
  let time = NOW
  let wrong = 0
  let full = 0
  const list = new RevocationList({
    longestTokenLife: LIFE,
    maxRevocations,
    clock: () => (time + wrong) * 1000,
    onFull: () => {
      full += 1
    },
  })
  const told: Told[] = []
  let tokens: Known[] = []
  let refusals = 0
  for (let step = 0; step < 3000; step += 1) {
    const choice = next()
    if (choice < 0.3) {
      time += next() * (next() < 0.02 ? 2 * LIFE : 8)
      if (clockJumps && next() < 0.05) wrong = (next() - 0.5) * 4 * LIFE
    } else if (choice < 0.55) {
      const kind = next() < 0.01 ? 'everything' : of(KINDS.slice(0, 5))
      const ever = kind !== 'everything' && next() < 0.4
      const at = time - (next() < 0.1 ? next() * 2 * LIFE : 0)
      const issuedUntil = ever ? undefined : Math.floor(at - (next() < 0.2 ? below(LIFE) : 0))
      const one: Told = { issuer: of(ISSUERS), kind, id: `${below(40)}`, issuedUntil, at }
      told.push(one)
      list.add({
        key: revocationKey(one.issuer, kind, kind === 'everything' ? '' : one.id),
        everything: revocationKey(one.issuer, 'everything'),
        issuedUntil,
        at,
      })
    } else if (choice < 0.75) {
      const born = time - next() * 30
      const sid = next() < 0.5 ? { sid: `${below(40)}` } : {}
      tokens.push({
        born,
        refused: false,
        token: {
          ...VERIFIED,
          issuer: of(ISSUERS),
          subject: next() < 0.9 ? `${below(40)}` : undefined,
          clientId: `${below(40)}`,
          tokenId: `${below(40)}`,
          issuedAt: next() < 0.8 ? (next() < 0.5 ? Math.floor(born) : born) : undefined,
          expiresAt: born + next() * LIFE,
          claims: sid,
        },
      })
    } else {
      tokens = tokens.filter(({ token }) => token.expiresAt > time)
      const known = tokens.length > 0 ? of(tokens) : undefined
      if (known === undefined) continue
      // Half of the time, the token was verified anew.
      const refused = list.isRevoked(next() < 0.5 ? known.token : { ...known.token })
      const { issuedAt = known.born } = known.token
      const second = Math.floor(issuedAt)
      const meeting = told.filter((one) => meets(one, known.token))
      const must = meeting.some(({ issuedUntil, at }) => second <= (issuedUntil ?? at))
      const may = meeting.some(({ issuedUntil }) => second <= (issuedUntil ?? second))
      const fail = (what: string): never => {
        throw new Error(`${what}: ${JSON.stringify({ seed, step, token: known.token, meeting })}`)
      }
      const dated = known.token.issuedAt !== undefined
      if (must && !refused) fail('it is revoked, and accepted')
      // A token that does not say when it was issued may be younger than what refused it first.
      if (known.refused && dated && !refused) fail('it was refused, and got valid again')
      if (refused && full === 0 && !clockJumps && dated && !may) fail('refused without a reason')
      // The rules refuse a token from the future.
      known.refused ||= refused && second <= time + wrong + 300
      refusals += refused ? 1 : 0
      if (list.size > maxRevocations + ISSUERS.length) fail(`it has ${list.size} entries`)
    }
  }
  return { full, refusals }
}

describe('the list of revocations, compared with one that forgets nothing', () => {
  const seeds = Array.from({ length: 20 }, (_, at) => at + 1)

  it.each(seeds)(
    'REV-1 REV-2: with room for all, it refuses what is revoked, and nothing else: %i',
    (seed) => {
      const { full, refusals } = run({ seed, maxRevocations: 100_000, clockJumps: false })
      expect(full).toBe(0)
      expect(refusals).toBeGreaterThan(50)
    },
  )

  it.each(seeds)('REV-2: when it is full, it refuses all that is revoked: %i', (seed) => {
    expect(run({ seed, maxRevocations: 40, clockJumps: false }).full).toBeGreaterThan(0)
  })

  it.each(seeds)(
    'REV-2: with a clock that is set back and forth, it refuses all that is revoked: %i',
    (seed) => {
      run({ seed, maxRevocations: 100_000, clockJumps: true })
      run({ seed, maxRevocations: 40, clockJumps: true })
    },
  )
})
