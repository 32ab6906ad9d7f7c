import { describe, expect, it } from 'vitest'
import type { ChallengeError } from '../../../src/errors/challenge-error.ts'
import type { DpopMode } from '../../../src/sender-constraint/options.ts'
import { readPresentedProof } from '../../../src/sender-constraint/presented-proof.ts'

const NO_HEADER = 'the DPoP proof: the request has no DPoP header. If the client sent it, a proxy'
const TWICE = 'the DPoP proof: the request has more than one DPoP header'

describe('the scheme and the proof of a request, by the option dpop', () => {
  it.each<[DpopMode, 'Bearer' | 'DPoP', string | string[] | undefined, string, string]>([
    ['off', 'Bearer', undefined, 'no proof', ''],
    ['off', 'Bearer', 'a.b.c', 'no proof', ''],
    ['off', 'DPoP', 'a.b.c', 'scheme_unsupported', 'the Authorization scheme is DPoP, and the'],
    ['accepted', 'Bearer', undefined, 'no proof', ''],
    ['accepted', 'Bearer', 'a.b.c', 'dpop_scheme_missing', 'the request has a DPoP proof, but'],
    ['accepted', 'DPoP', 'a.b.c', 'a.b.c', ''],
    ['accepted', 'DPoP', undefined, 'dpop_proof_missing', NO_HEADER],
    ['accepted', 'DPoP', 'a.b.c, d.e.f', 'dpop_proof_repeated', TWICE],
    ['accepted', 'DPoP', ['a.b.c', 'd.e.f'], 'dpop_proof_repeated', TWICE],
    ['required', 'Bearer', undefined, 'dpop_required', 'the token was presented as Bearer; DPoP'],
    ['required', 'Bearer', 'a.b.c', 'dpop_scheme_missing', 'the request has a DPoP proof, but'],
    ['required', 'DPoP', 'a.b.c', 'a.b.c', ''],
    ['required', 'DPoP', undefined, 'dpop_proof_missing', NO_HEADER],
  ])('RFC9449-1 RFC9449-2: %s: %s with %j: %s', (mode, scheme, dpop, expected, message) => {
    const read = () =>
      readPresentedProof(mode, scheme, { method: 'POST', url: '/mcp', headers: { dpop } })
    try {
      expect(read() ?? 'no proof').toBe(expected)
      expect(message).toBe('')
    } catch (error) {
      expect((error as ChallengeError).reason).toBe(expected)
      expect((error as ChallengeError).message.startsWith(message)).toBe(true)
    }
  })
})
