import { describe, expect, it } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import { checkAudience } from '../../../src/token/audience.ts'
import { checkIssuer } from '../../../src/token/claim-checks.ts'
import { checkBearerUse, checkUnbound } from '../../../src/token/confirmation.ts'
import { rfc9068Profile } from '../../../src/token/rfc9068.ts'
import { hintAtScopes } from '../../../src/token/scope.ts'
import { settleProfile } from '../../../src/token/settled-profile.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { throwing } from '../../support/throwing.ts'

function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

describe('what an operator reads of a wrong audience', () => {
  const accepted = new Set(['https://one.example', 'https://two.example'])

  it('RFC8707-1: names what was found and each audience that was expected', () => {
    const error = thrownBy(() => checkAudience(['https://far.example'], accepted, false))
    expect(error).toBeInstanceOf(ChallengeError)
    expect(String(error)).toContain(
      '"aud" is ["https://far.example"]; expected "https://one.example" or "https://two.example"',
    )
    expect(String(error)).not.toContain('nothing but')
  })

  it('RFC8707-1: says that no other audience may stand beside it', () => {
    const aud = ['https://one.example', 'https://far.example']
    expect(String(thrownBy(() => checkAudience(aud, new Set([aud[0] ?? '']), true)))).toContain(
      'expected nothing but "https://one.example"',
    )
  })
})

describe('the hint at scopes in another claim', () => {
  const token = (claims: object, scopes: readonly string[] = []) =>
    ({ scopes, claims }) as unknown as VerifiedToken

  it('is given only where the token has no scope, and none of the claims for them', () => {
    expect(hintAtScopes(token({ scp: 'a' }))).toContain('it has "scp"')
    expect(hintAtScopes(token({ scp: 'a' }, ['a']))).toBe('')
    expect(hintAtScopes(token({ scp: '' }), ['scope', 'scp'])).toBe('')
    expect(hintAtScopes(token({ scope: 'a' }))).toBe('')
    expect(hintAtScopes({ scopes: [] } as unknown as VerifiedToken)).toBe(
      '; the token has no "scope", the only claim that scopes are read from',
    )
  })

  it('names claims in which other servers have scopes, and no others', () => {
    const alike = ['scp', 'scope', 'scopes', 'permissions', 'roles', 'authorities', 'groups']
    for (const name of [...alike, 'realm_access', 'my_scope']) {
      expect(hintAtScopes(token({ [name]: 'a' }), ['sc'])).toContain(`; it has "${name}"`)
    }
    for (const name of ['scoped', 'scopesx', 'access_token', 'accessible', 'myscope', 'sub']) {
      expect(hintAtScopes(token({ [name]: 'a' }), ['sc'])).not.toContain('it has')
    }
  })

  it('names all claims that scopes are read from', () => {
    expect(hintAtScopes(token({}), ['scope', 'scp'])).toBe(
      '; the token has no "scope" and no "scp", the only claims that scopes are read from',
    )
  })
})

describe('a profile whose checkType fails', () => {
  const check = (checkType: () => void) =>
    thrownBy(() =>
      settleProfile({ ...rfc9068Profile, name: 'acme', checkType }).checkType({
        claims: {},
        headerType: 'at+jwt',
        source: 'jwt',
      }),
    )

  it('is named, with the cause', () => {
    const cause = new Error('broken')
    const error = check(throwing(cause))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error).toMatchObject({ reason: 'verifier_failed', cause })
    expect(String(error)).toContain('checkType of the token profile "acme" threw an error')
    expect(String(check((() => false) as () => void))).toContain('must throw or return nothing')
  })

  it('refuses the token where it throws a ChallengeError', () => {
    const refusal = new ChallengeError('token_type_refused', 'no')
    expect(check(throwing(refusal))).toBe(refusal)
  })
})

describe('what an operator reads of a wrong issuer', () => {
  it('S1.11: names both, and how they differ', () => {
    const issuer = 'https://sso.example.com/realms/acme'
    const check = (iss: unknown) =>
      String(
        thrownBy(() => checkIssuer({ claims: { iss }, source: 'jwt', rules: { issuer } } as never)),
      )
    expect(check(`${issuer}/`)).toMatch(
      /"iss" is "https:.*acme\/"; expected "https:.*acme"; they differ by a final slash\. To mend it: /,
    )
    expect(check(7)).toBe(`ChallengeError: "iss" is 7; expected "${issuer}"`)
  })
})

describe('what an operator reads of a bound token that nobody proved', () => {
  it.each([
    [
      'as a bearer token',
      checkBearerUse,
      /^.*, and was presented as a plain .* `dpop` must allow$/,
    ],
    ['to a verifier', checkUnbound, /^.*, and a verifier cannot check .* use a gate, such as/],
  ])('RFC9449-2: %s', (_where, check, words) => {
    expect(check(undefined)).toBeUndefined()
    const error = thrownBy(() => check({ jkt: 'x', 'x5t#S256': 'y' })) as ChallengeError
    expect(error.reason).toBe('sender_constraint_unmet')
    expect(error.message).toMatch(/^the token is bound \("cnf": jkt, x5t#S256\), and /)
    expect(error.message).toMatch(words)
  })
})
