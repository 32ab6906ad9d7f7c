import { describe, expect, it } from 'vitest'
import { RememberedScopes } from '../../../src/gate/loops/remembered-scopes.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { NOW, VERIFIED } from '../../support/tokens.ts'

const HOUR = 60 * 60_000

function start() {
  const time = { now: NOW * 1000 }
  const scopes = new RememberedScopes(() => time.now)
  /** A token of alice, or of nobody, without a time of issue. */
  const token = (granted: string[], more: Partial<VerifiedToken> = {}): VerifiedToken => ({
    ...VERIFIED,
    scopes: granted,
    issuedAt: undefined,
    ...more,
  })
  return { time, scopes, token }
}

describe('the scopes that a client and user had', () => {
  it('are remembered for two hours from the first use of the token that lost them', () => {
    const { time, scopes, token } = start()
    const [before, after] = [token(['a', 'b']), token(['a'])]
    scopes.add(before)
    time.now += 1
    scopes.add(after)
    time.now += 2 * HOUR - 1
    scopes.add(after)
    expect(scopes.hadOneOf(['b'], after)).toBe(true)
    expect(scopes.hadOneOf(['a', 'c'], after)).toBe(false)
    time.now += 2
    expect(scopes.hadOneOf(['b'], after)).toBe(false)
  })

  it('are those of the newest token: another of the same second has lost nothing', () => {
    const { scopes, token } = start()
    scopes.add(token(['a', 'b'], { issuedAt: NOW }))
    const same = token(['a'], { issuedAt: NOW })
    scopes.add(same)
    expect(scopes.hadOneOf(['b'], same)).toBe(false)
    const later = token(['a'], { issuedAt: NOW + 1 })
    scopes.add(later)
    expect(scopes.hadOneOf(['b'], later)).toBe(true)
  })

  it('are fifty at most', () => {
    const { scopes, token } = start()
    const many = Array.from({ length: 51 }, (_, at) => `scope-${at}`)
    scopes.add(token(many, { issuedAt: NOW }))
    const none = token([], { issuedAt: NOW + 1 })
    scopes.add(none)
    expect(['scope-49', 'scope-50'].map((scope) => scopes.hadOneOf([scope], none))).toEqual([
      true,
      false,
    ])
  })

  it('S1.13: are not mixed up between tokens that name nobody', () => {
    const { time, scopes, token } = start()
    const nobody = { subject: undefined, clientId: undefined }
    scopes.add(token(['a', 'b'], nobody))
    time.now += 1
    const other = token(['a'], nobody)
    scopes.add(other)
    expect(scopes.hadOneOf(['b'], other)).toBe(false)
  })
})
