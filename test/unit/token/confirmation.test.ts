import { describe, expect, it } from 'vitest'
import {
  checkBearerUse,
  joinConfirmations,
  readConfirmation,
} from '../../../src/token/confirmation.ts'
import { invalidToken, judge, signToken } from '../../support/tokens.ts'

describe('cnf under Bearer', () => {
  it.each([
    ['RFC9449-2: a DPoP key', { jkt: 'x' }, 'sender_constraint_unmet'],
    ['RFC8705-1: a certificate', { 'x5t#S256': 'x' }, 'sender_constraint_unmet'],
    ['RFC9449-2: both', { jkt: 'x', 'x5t#S256': 'y' }, 'sender_constraint_unmet'],
    ['CNF-1: a key', { jwk: { kty: 'EC' } }, 'confirmation_unknown'],
    ['CNF-1: an encrypted key', { jwe: 'x' }, 'confirmation_unknown'],
    ['CNF-1: a key id', { kid: 'x' }, 'confirmation_unknown'],
    ['CNF-1: a key set elsewhere', { jku: 'https://a.example' }, 'confirmation_unknown'],
    ['CNF-1: an unknown one beside a known one', { jkt: 'x', other: 1 }, 'confirmation_unknown'],
    ['CNF-1: another case', { JKT: 'x' }, 'confirmation_unknown'],
    ['CNF-1: one called undefined', { jkt: 'x', undefined: 'y' }, 'confirmation_unknown'],
    ['CNF-1: a certificate by SHA-1', { x5t: 'x' }, 'confirmation_unknown'],
    ['CNF-1: nothing', {}, 'confirmation_unknown'],
    ['CNF-1: no object but null', null, 'claim_malformed'],
    ['CNF-1: no object but a string', 'jkt', 'claim_malformed'],
    ['CNF-1: no object but a list', [{ jkt: 'x' }], 'claim_malformed'],
    ['CNF-1: no object but false', false, 'claim_malformed'],
    ['CNF-1: a number as thumbprint', { jkt: 5 }, 'claim_malformed'],
    ['CNF-1: null as thumbprint', { jkt: null }, 'claim_malformed'],
    ['CNF-1: an empty thumbprint', { jkt: '' }, 'claim_malformed'],
    ['CNF-1: a list of thumbprints', { 'x5t#S256': ['x'] }, 'claim_malformed'],
  ])('%s is refused', async (_name, cnf, reason) => {
    expect(await judge(await signToken({ claims: { cnf } }))).toEqual(invalidToken(reason))
  })

  it('CNF-1: __proto__ is a member like another', () => {
    expect(() => readConfirmation(JSON.parse('{"__proto__":{"jkt":"x"}}'))).toThrow(
      'unknown member',
    )
  })

  it('RFC9449-2: a token without cnf is accepted as Bearer', () => {
    expect(readConfirmation(undefined)).toBeUndefined()
    expect(() => checkBearerUse(undefined)).not.toThrow()
    expect(readConfirmation({ jkt: 'x' })).toEqual({ jkt: 'x' })
  })

  it('CNF-1: a note that describes a member is no binding itself', () => {
    const notes = new Map([['note', 'jkt' as const]])
    expect(readConfirmation({ jkt: 'x', note: 'y' }, notes)).toEqual({ jkt: 'x' })
    expect(() => readConfirmation({ 'x5t#S256': 'x', note: 'y' }, notes)).toThrow('unknown member')
  })

  it('RFC9449-2 RFC8705-1: the bindings of a JWT and of the answer for it must both be proved', () => {
    const [key, certificate] = [{ jkt: 'x' }, { 'x5t#S256': 'y' }]
    expect(joinConfirmations(key, certificate)).toEqual({ ...key, ...certificate })
    expect(joinConfirmations(undefined, certificate)).toEqual(certificate)
    expect(joinConfirmations(key, undefined)).toEqual(key)
    expect(joinConfirmations(undefined, undefined)).toBeUndefined()
  })
})
