import { describe, expect, it } from 'vitest'
import type { TokenProfile } from '../../../src/token/profile.ts'
import { rfc9068Profile } from '../../../src/token/rfc9068.ts'
import { rolesClaim } from '../../../src/token/roles.ts'
import { type SettledProfile, settleProfile } from '../../../src/token/settled-profile.ts'
import { throwing } from '../../support/throwing.ts'

const ACME: TokenProfile = {
  name: 'acme',
  requiredClaims: ['sub'],
  scopeClaims: ['scp', 'scope'],
  scopePrefix: 'api://acme/',
  clientIdClaims: ['cid'],
  genericAudiences: ['Every-App'],
  audienceSubstitutes: ['client-id'],
  confirmationNotes: { note: 'jkt' },
  introspectionTexts: ['token_use', 'sub'],
}

/** What a profile says, without its functions. */
const DATA: readonly [string, TokenProfile | undefined, Partial<SettledProfile>][] = [
  [
    'no profile is RFC 9068',
    undefined,
    {
      name: 'rfc9068',
      requiredClaims: ['sub', 'client_id', 'iat', 'jti'],
      scopeClaims: { jwt: ['scope'], introspection: ['scope'] },
      scopePrefix: '',
      clientIdClaims: { jwt: ['client_id', 'azp'], introspection: ['client_id', 'azp'] },
      genericAudiences: new Set(),
      audienceSubstitutes: [],
      confirmationNotes: new Map(),
      introspectionTexts: ['iss', 'sub', 'jti', 'client_id', 'token_type', 'azp'],
    },
  ],
  [
    'a profile that says all of it',
    ACME,
    {
      name: 'acme',
      requiredClaims: ['sub'],
      scopeClaims: { jwt: ['scp', 'scope'], introspection: ['scp', 'scope'] },
      scopePrefix: 'api://acme/',
      clientIdClaims: { jwt: ['cid'], introspection: ['cid', 'client_id'] },
      genericAudiences: new Set(['every-app']),
      audienceSubstitutes: ['client-id'],
      confirmationNotes: new Map([['note', 'jkt']]),
      introspectionTexts: ['iss', 'sub', 'jti', 'client_id', 'token_type', 'cid', 'token_use'],
    },
  ],
  [
    'a profile with other claims for the client does not require client_id',
    { name: 'acme', clientIdClaims: ['cid'] },
    { requiredClaims: ['sub', 'iat', 'jti'] },
  ],
]

describe('a profile with its defaults', () => {
  it.each(DATA)('RFC9068-3: %s', (_name, given, expected) => {
    expect(settleProfile(given)).toMatchObject(expected)
  })

  it('RFC9068-1: without its own check of the type, a JWT must be at+jwt', () => {
    const check = (headerType: string, source: 'jwt' | 'introspection') => () =>
      settleProfile({ name: 'acme' }).checkType({ claims: {}, headerType, source })
    expect(check('at+jwt', 'jwt')).not.toThrow()
    expect(check('JWT', 'introspection')).not.toThrow()
    expect(check('JWT', 'jwt')).toThrow('header "typ" is "JWT"; RFC 9068 expects "at+jwt"')
  })

  it('is RFC 9068 as it stands, which nobody can change', () => {
    for (const value of [rfc9068Profile, ...Object.values(rfc9068Profile)]) {
      expect(typeof value === 'function' || Object.isFrozen(value)).toBe(true)
    }
  })
})

const CLAIMS = { roles: ['a', 7, 'b'], sub: 'alice' }
const REFUSAL = { status: 400, code: 'invalid_grant', description: '' }

/** Calls every function of a profile that is no check, and gives the results. */
const said = ({ hints, ...settled }: SettledProfile) => ({
  roles: settled.rolesOf(CLAIMS),
  lightweight: settled.isLightweight(CLAIMS),
  exchange: settled.readExchangeRefusal(REFUSAL),
  inactive: hints.inactive(CLAIMS, 'me'),
  refused: hints.refused?.('token_expired', CLAIMS),
  unknownIssuer: hints.unknownIssuer('https://a.example'),
  clientRefused: hints.clientRefused(401),
  exchangeRefused: hints.exchangeRefused('exchange_not_permitted'),
})

const NOTHING = {
  roles: [],
  lightweight: false,
  exchange: undefined,
  inactive: undefined,
  refused: undefined,
  unknownIssuer: undefined,
  clientRefused: undefined,
  exchangeRefused: undefined,
}

describe('what the functions of a profile say', () => {
  it('is asked with what they need', () => {
    const answers = said(
      settleProfile({
        name: 'acme',
        rolesOf: ({ sub }) => [`${sub}'s role`],
        isLightweight: ({ sub }) => sub === 'alice',
        readExchangeRefusal: ({ status, code }) =>
          status === 400 && code === 'invalid_grant' ? 'exchange_not_permitted' : undefined,
        hints: {
          inactive: ({ sub }, clientId) => `inactive ${sub} ${clientId}`,
          refused: (reason, claims) => `refused ${reason} ${claims?.sub}`,
          unknownIssuer: (issuer) => `unknown ${issuer}`,
          clientRefused: (status) => `client ${status}`,
          exchangeRefused: (reason) => `exchange ${reason}`,
        },
      }),
    )
    expect(answers).toEqual({
      roles: ["alice's role"],
      lightweight: true,
      exchange: 'exchange_not_permitted',
      inactive: 'inactive alice me',
      refused: 'refused token_expired alice',
      unknownIssuer: 'unknown https://a.example',
      clientRefused: 'client 401',
      exchangeRefused: 'exchange exchange_not_permitted',
    })
  })

  it('is nothing where the profile has no such function; its roles are those of RFC 9068', () => {
    const settled = settleProfile({ name: 'acme' })
    expect(said(settled)).toEqual({ ...NOTHING, roles: ['a', 'b'] })
    expect(settled.hints.refused).toBeUndefined()
  })

  const promise = () => Promise.reject(new Error('broken'))
  it.each([
    ['throws', throwing(new Error('broken'))],
    ['is asynchronous', promise],
    ['returns a number', () => 7],
    ['returns an object', () => ({})],
  ])('is nothing where the function %s', (_what, fails) => {
    const call = fails as never
    const hints = {
      ...{ inactive: call, refused: call, unknownIssuer: call },
      ...{ clientRefused: call, exchangeRefused: call },
    }
    const settled = settleProfile({ name: 'acme', isLightweight: call, hints })
    expect(said(settled)).toEqual({ ...NOTHING, roles: ['a', 'b'] })
  })

  it.each([
    ['a text', 'admin', []],
    ['nothing', undefined, []],
    ['an object', { 0: 'admin', length: 1 }, []],
    ['a promise', Promise.resolve(['admin']), []],
    ['a list with others', ['a', 7, null, ['admin'], 'b'], ['a', 'b']],
  ])('S2: %s as roles gives the roles that are strings', (_name, roles, expected) => {
    expect(settleProfile({ name: 'acme', rolesOf: () => roles as never }).rolesOf({})).toEqual(
      expected,
    )
    expect(settleProfile().rolesOf({ roles })).toEqual(expected)
    expect(rolesClaim({ roles })).toEqual(expected)
  })

  it('sees itself as this, and frozen claims', () => {
    const claims = { act: { sub: 'bob' } }
    const seen: unknown[] = []
    const profile: TokenProfile = {
      name: 'acme',
      rolesOf() {
        return [this.name]
      },
      isLightweight(given) {
        seen.push(this, Object.isFrozen(given.act))
        return false
      },
      checkType(evidence) {
        seen.push(this, Object.isFrozen(evidence), Object.isFrozen(evidence.claims.act))
        expect(evidence).toEqual({ claims, headerType: 'JWT', source: 'jwt' })
      },
    }
    const settled = settleProfile(profile)
    settled.isLightweight(claims)
    settled.checkType({ claims, headerType: 'JWT', source: 'jwt' })
    expect(settled.rolesOf(claims)).toEqual(['acme'])
    expect(seen).toEqual([profile, true, profile, true, true])
  })
})
