import { describe, expect, it } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { checkNotAnotherKind, checkTokenType, isAtJwt } from '../../../src/token/token-type.ts'

const reasonOf = (check: () => void): string | undefined => {
  try {
    check()
  } catch (error) {
    return error instanceof ChallengeError ? error.reason : String(error)
  }
  return undefined
}

describe('a JWT of another kind, whatever its profile says', () => {
  it.each([
    'client-authentication+jwt',
    'dpop+jwt',
    'logout+jwt',
    'oauth-authz-req+jwt',
    'oauth-id-jag+jwt',
    'secevent+jwt',
    'token-introspection+jwt',
  ])('RFC8725-1: %s is refused, in any case, and as a media type', (type) => {
    for (const spelling of [type, type.toUpperCase(), `application/${type}`]) {
      expect(reasonOf(() => checkNotAnotherKind(spelling, {}))).toBe('token_type_refused')
    }
  })

  it.each([
    undefined,
    'JWT',
    'at+jwt',
    'application/at+jwt',
    'x-application/logout+jwt',
    'logapplication/out+jwt',
  ])('the type %s says nothing of the kind', (type) =>
    expect(reasonOf(() => checkNotAnotherKind(type, {}))).toBeUndefined(),
  )

  it('RFC8725-1: a signed introspection answer without its type is refused', () => {
    const claims = { token_introspection: { active: true } }
    expect(reasonOf(() => checkNotAnotherKind('JWT', claims))).toBe('token_type_refused')
  })

  it('RFC8725-1: a logout token or security event with the type JWT is refused', () => {
    const claims = { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }
    expect(reasonOf(() => checkNotAnotherKind('JWT', claims))).toBe('token_type_refused')
    expect(reasonOf(() => checkNotAnotherKind('JWT', { events: 'none' }))).toBeUndefined()
  })
})

describe('token_type in an introspection answer', () => {
  it('RFC7662-3: the operator reads which type it is', () => {
    expect(() => checkTokenType({ token_type: 'N_A' })).toThrow('"token_type" is "N_A"')
  })

  it.each([
    ['DPoP', {}, 'sender_constraint_unmet'],
    ['dpop', { cnf: { 'x5t#S256': 'x' } }, 'sender_constraint_unmet'],
    ['DPoP', { cnf: 'jkt' }, 'sender_constraint_unmet'],
    ['DPoP', { cnf: { jkt: 'x' } }, undefined],
    ['N_A', {}, 'token_type_refused'],
    ['', {}, 'token_type_refused'],
    [7, {}, 'token_type_refused'],
    ['bearer', {}, undefined],
    ['access_token', {}, undefined],
    [undefined, {}, undefined],
  ])('RFC9449-2 RFC7662-3: %j with %j gives %s', (token_type, claims, reason) => {
    expect(reasonOf(() => checkTokenType({ ...claims, token_type }))).toBe(reason)
  })
})

it('RFC9068-1: only at+jwt is the type of an access token, in any case', () => {
  expect(['at+jwt', 'AT+JWT', 'application/at+jwt'].map(isAtJwt)).toEqual([true, true, true])
  expect([undefined, '', 'JWT', 'at+jwt ', 'x-at+jwt'].some(isAtJwt)).toBe(false)
})
