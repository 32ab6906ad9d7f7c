import { describe, expect, it } from 'vitest'
import { isAcceptedAlgorithm } from '../../../src/jws/algorithms.ts'

describe('an accepted algorithm', () => {
  it.each<[name: unknown, accepted: readonly string[], verdict: boolean]>([
    ['RS256', ['ES256', 'RS256'], true],
    ['RS512', ['ES256', 'RS256'], false],
    ['rs256', ['RS256'], false],
    ['none', ['RS256'], false],
    ['HS256', ['RS256'], false],
    ['', ['RS256'], false],
    ['EdDSA', ['Ed25519'], true],
    ['Ed25519', ['EdDSA'], true],
    ['Ed448', ['EdDSA'], false],
    ['RS256', [], false],
    [undefined, ['RS256'], false],
    [null, ['RS256'], false],
    [256, ['RS256'], false],
    [['RS256'], ['RS256'], false],
  ])('RFC8725-1: %j, where %j are accepted: %s', (name, accepted, verdict) => {
    expect(isAcceptedAlgorithm(name, accepted)).toBe(verdict)
  })
})
