import { describe, expect, it } from 'vitest'
import { checkSameToken } from '../../../src/verification/same-token.ts'
import type { Claims } from '../../support/tokens.ts'

/** What two sets of claims differ in; `undefined` if they may be about one token. */
function difference(own: Claims, answer: Claims): string | undefined {
  try {
    checkSameToken(own, answer)
    return undefined
  } catch (error) {
    const { reason, message } = error as { reason: string; message: string }
    expect(reason).toBe('introspection_mismatch')
    return message
  }
}

const differs = (mine: string, theirs = mine) =>
  `"${mine}" is "a" in the token, and "${theirs}" is "b" in the answer: the answer is about another token`

describe('an answer about a JWT', () => {
  it.each(['iss', 'sub', 'client_id', 'azp', 'jti', 'exp'])(
    'RFC7662-3: must have the same "%s", if both have it',
    (name) => {
      expect(difference({ [name]: 'a' }, { [name]: 'b' })).toBe(differs(name))
      expect(difference({ [name]: 'a' }, { [name]: 'a' })).toBeUndefined()
      expect(difference({ [name]: 'a' }, {})).toBeUndefined()
      expect(difference({}, { [name]: 'b' })).toBeUndefined()
    },
  )

  it.each(['jkt', 'x5t#S256'])('RFC7662-3: must have the same binding "%s"', (name) => {
    const cnf = (value: string) => ({ cnf: { [name]: value } })
    expect(difference(cnf('a'), cnf('b'))).toBe(differs(`cnf.${name}`))
    expect(difference(cnf('a'), cnf('a'))).toBeUndefined()
    expect(difference(cnf('a'), { cnf: {} })).toBeUndefined()
    expect(difference({ cnf: 5 }, cnf('b'))).toBeUndefined()
  })

  it.each<[string, Claims, Claims, string | undefined]>([
    ['client_id, and azp', { client_id: 'a' }, { azp: 'b' }, differs('client_id', 'azp')],
    ['azp, and client_id', { azp: 'a' }, { client_id: 'b' }, differs('azp', 'client_id')],
    ['the same as client_id and azp', { client_id: 'a' }, { azp: 'a' }, undefined],
    // Keycloak: `azp` is who asked for the token, and `client_id` who introspects for another server.
    ['both in the token', { client_id: 'a', azp: 'b' }, { azp: 'b' }, undefined],
    ['both in the answer', { client_id: 'a' }, { client_id: 'a', azp: 'b' }, undefined],
    ['both in the token, azp first', { azp: 'a', client_id: 'b' }, { client_id: 'b' }, undefined],
    ['both in the answer, azp first', { azp: 'a' }, { azp: 'a', client_id: 'b' }, undefined],
  ])('RFC7662-3: names the same client: %s', (_what, own, answer, expected) => {
    expect(difference(own, answer)).toBe(expected)
  })
})
