import { describe, expect, it } from 'vitest'
import {
  checkPossessionOnce,
  type PossessionGate,
} from '../../../src/gate/check-possession-once.ts'
import type { Presentation } from '../../../src/sender-constraint/possession.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import { VERIFIED } from '../../support/tokens.ts'

const ORIGINAL = {}
const CNF = { jkt: 'thumbprint', 'x5t#S256': 'certificate' }

const FIRST: Presentation = {
  request: { method: 'POST', url: '/mcp', headers: {}, original: ORIGINAL },
  scheme: 'DPoP',
  presented: new PresentedToken('one'),
  token: { ...VERIFIED, confirmation: CNF },
  proof: 'proof',
}

/** A gate that counts its checks of proofs and of certificates. */
function counting() {
  const counts = { proofs: 0, certificates: 0 }
  const gate = {
    possessions: new WeakMap(),
    dpop: {
      async check() {
        counts.proofs += 1
        return { 'DPoP-Nonce': `nonce-${counts.proofs}` }
      },
    },
    certificates: {
      untrustedHeaders: () => [],
      check() {
        counts.certificates += 1
      },
    },
  } as unknown as PossessionGate
  return { gate, counts }
}

const bound = (confirmation: object | undefined): Presentation => ({
  ...FIRST,
  token: { ...VERIFIED, confirmation },
})

describe('a request that passes two guards', () => {
  it('RFC9449-6: has its proof checked once, if both guards see the same', async () => {
    const { gate, counts } = counting()
    const first = await checkPossessionOnce(gate, FIRST)
    const request = { ...FIRST.request }
    const second = await checkPossessionOnce(gate, {
      ...FIRST,
      request,
      presented: new PresentedToken('one'),
    })
    expect(second).toBe(first)
    expect(counts).toEqual({ proofs: 1, certificates: 1 })
  })

  it.each<[string, Presentation]>([
    ['another proof', { ...FIRST, proof: 'other' }],
    ['another token', { ...FIRST, presented: new PresentedToken('two') }],
    ['another key', bound({ ...CNF, jkt: 'other' })],
    ['another certificate', bound({ ...CNF, 'x5t#S256': 'other' })],
    ['no certificate', bound({ jkt: CNF.jkt })],
    ['another method', { ...FIRST, request: { ...FIRST.request, method: 'GET' } }],
    ['another URL', { ...FIRST, request: { ...FIRST.request, url: '/other' } }],
    ['another request of the framework', { ...FIRST, request: { ...FIRST.request, original: {} } }],
    [
      'no request of the framework',
      { ...FIRST, request: { ...FIRST.request, original: undefined } },
    ],
  ])('RFC9449-1 RFC9449-6: has its proof checked again with %s', async (_what, presentation) => {
    const { gate, counts } = counting()
    await checkPossessionOnce(gate, FIRST)
    await checkPossessionOnce(gate, presentation)
    expect(counts.proofs).toBe(2)
  })

  it.each([
    ['the first token is bound to nothing', undefined, CNF],
    ['the second token is bound to nothing', CNF, undefined],
  ])('RFC9449-1: gets no possession that was checked for another token: %s', async (...row) => {
    const [, first, second] = row
    const { gate } = counting()
    const outcomes: string[] = []
    for (const confirmation of [first, second]) {
      await Promise.resolve()
        .then(() => checkPossessionOnce(gate, bound(confirmation)))
        .then(
          () => outcomes.push('proved'),
          ({ reason }: { reason: string }) => outcomes.push(reason),
        )
    }
    const expected = [first, second].map((one) => (one ? 'proved' : 'dpop_token_not_bound'))
    expect(outcomes).toEqual(expected)
  })

  it('RFC8705-1: has its certificate checked by each guard, without a promise', () => {
    const { gate, counts } = counting()
    const { 'x5t#S256': certificate } = CNF
    const presentation = {
      ...bound({ 'x5t#S256': certificate }),
      scheme: 'Bearer' as const,
      proof: undefined,
    }
    for (const times of [1, 2]) {
      expect(checkPossessionOnce(gate, presentation)).toMatchObject({ proofs: ['mtls'] })
      expect(counts).toEqual({ proofs: 0, certificates: times })
    }
  })
})
