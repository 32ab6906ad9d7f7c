import { describe, expect, it } from 'vitest'
import { answerFault } from '../../../src/token/introspection-answer.ts'
import { settleProfile } from '../../../src/token/settled-profile.ts'
import { CLAIMS } from '../../support/tokens.ts'

const PROFILE = settleProfile()

describe('answerFault', () => {
  it.each([
    ['all members', CLAIMS],
    ['no members', {}],
    ['a list of audiences', { aud: ['a', 'b'] }],
    ['an unknown binding, which the rules refuse', { cnf: { kid: 'x' } }],
    ['an unknown member of any type', { vendor: null }],
  ])('RFC7662-2: finds no fault in an answer with %s', (_what, answer) => {
    expect(answerFault(answer, PROFILE)).toBeUndefined()
  })

  it.each([
    ...['iss', 'sub', 'jti', 'client_id', 'azp', 'token_type'].map((name) => [name, 7]),
    ...['exp', 'nbf', 'iat'].map((name) => [name, '1']),
    ['aud', null],
    ['scope', {}],
    ['cnf', 'jkt'],
  ] as [string, unknown][])('RFC7662-2: names the member %s when it is %j', (name, value) => {
    expect(answerFault({ ...CLAIMS, [name]: value }, PROFILE)).toContain(`"${name}"`)
  })
})
