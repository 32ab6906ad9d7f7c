import { describe, expect, it } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { keycloakProfile } from '../../../src/keycloak/profile.ts'
import {
  checkConfirmingAnswer,
  checkLightweightToken,
  checkToken,
  type TokenEvidence,
  type TokenRules,
} from '../../../src/token/rules.ts'
import { settleProfile } from '../../../src/token/settled-profile.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import {
  CLAIMS,
  type Claims,
  ISSUER,
  KEYCLOAK_CLAIMS,
  NOW,
  RESOURCE,
  VERIFIED,
} from '../../support/tokens.ts'

const RFC9068 = settleProfile()
const KEYCLOAK = settleProfile(keycloakProfile)

const RULES: TokenRules = {
  issuer: ISSUER,
  audiences: new Set([RESOURCE]),
  exclusiveAudience: false,
  clockTolerance: 5,
  maxTokenLifetime: undefined,
  profile: RFC9068,
}

const evidence = (source: TokenEvidence['source'], claims: Claims): TokenEvidence => ({
  claims: { ...CLAIMS, ...claims },
  headerType: source === 'jwt' ? 'at+jwt' : undefined,
  source,
  format: source === 'jwt' ? 'jwt' : 'opaque',
  verifiedBy: source === 'jwt' ? 'signature' : 'introspection',
})

function reasonOf(judgement: () => unknown): string | undefined {
  try {
    judgement()
    return undefined
  } catch (error) {
    if (error instanceof ChallengeError) return error.reason
    throw error
  }
}

const OTHER_KINDS = [
  ['null', null],
  ['a number', 1],
  ['a list', ['a']],
  ['an object', {}],
] as const

/** Rules that every token meets, whoever speaks for it: claims over good ones, reason or nothing. */
const TABLE: readonly [string, Claims, string | undefined, Partial<TokenRules>?][] = [
  ['nothing amiss', {}, undefined],
  ['S1.11: an issuer with a slash more', { iss: `${ISSUER}/` }, 'issuer_unknown'],
  ['S1.11: an issuer in another case', { iss: ISSUER.toUpperCase() }, 'issuer_unknown'],
  ['S1.11: another realm', { iss: ISSUER.replace('acme', 'other') }, 'issuer_unknown'],
  ['S1.11: an issuer that begins like it', { iss: `${ISSUER}-test` }, 'issuer_unknown'],
  ['S1.11: a prefix of the issuer', { iss: 'https://sso.example.com/realms' }, 'issuer_unknown'],
  ['S1.11: the issuer over http', { iss: ISSUER.replace('https', 'http') }, 'issuer_unknown'],
  ['S1.11: the issuer with a port', { iss: ISSUER.replace('.com', '.com:443') }, 'issuer_unknown'],
  ['S1.11: a list with the issuer', { iss: [ISSUER] }, 'issuer_unknown'],
  ['S1.11: null as issuer', { iss: null }, 'issuer_unknown'],
  ['S1.11: an empty issuer', { iss: '' }, 'issuer_unknown'],
  ['RFC9068-2: no audience', { aud: undefined }, 'audience_missing'],
  ['RFC9068-2: another audience', { aud: 'https://other.example.com/mcp' }, 'audience_mismatch'],
  ['RFC9068-2: no expiry', { exp: undefined }, 'claim_missing'],
  ['RFC9068-2: an expiry that has passed', { exp: NOW - 5 }, 'token_expired'],
  ['RFC9068-2: validity in the future', { nbf: NOW + 6 }, 'token_not_yet_valid'],
  ['RFC9068-2: issue in the future', { iat: NOW + 6 }, 'token_issued_in_future'],
  ['S1.2: a long life', { exp: NOW + 3600 }, 'token_lifetime_exceeded', { maxTokenLifetime: 600 }],
  ['S1.2: an unknown lifetime', { iat: undefined }, 'claim_missing', { maxTokenLifetime: 600 }],
  ['CNF-1: an unknown confirmation', { cnf: { jwk: {} } }, 'confirmation_unknown'],
  ['RFC9068-3: an empty subject', { sub: '' }, 'claim_malformed'],
  ['RFC9068-3: an empty client', { client_id: '' }, 'claim_malformed'],
  ['RFC9068-3: an empty jti', { jti: '' }, 'claim_malformed'],
  ['RFC9068-3: a scope that is a number', { scope: 7 }, 'claim_malformed'],
  ...OTHER_KINDS.flatMap(
    ([kind, value]) =>
      [
        [`RFC9068-3: ${kind} as subject`, { sub: value }, 'claim_malformed'],
        [`RFC9068-3: ${kind} as client`, { client_id: value }, 'claim_malformed'],
        [`RFC9068-3: ${kind} as jti`, { jti: value }, 'claim_malformed'],
      ] as [string, Claims, string][],
  ),
]

const BOUND: readonly [string, Claims][] = [
  ['RFC9449-2: a DPoP-bound token', { jkt: 'x' }],
  ['RFC8705-1: a certificate-bound token', { 'x5t#S256': 'x' }],
]

describe.each(['jwt', 'introspection'] as const)('the rules, by %s', (source) => {
  it.each(TABLE)('RFC7662-5 %s', (_name, claims, expected, rules) => {
    const judgement = () => checkToken(evidence(source, claims), { ...RULES, ...rules }, NOW)
    expect(reasonOf(judgement)).toBe(expected)
  })

  it.each(BOUND)('%s keeps its binding, which the gate checks', (_name, cnf) => {
    expect(checkToken(evidence(source, { cnf }), RULES, NOW).confirmation).toEqual(cnf)
  })

  it('RFC9700-3: give a token that says who it is for whom', () => {
    expect(checkToken(evidence(source, {}), RULES, NOW)).toEqual({
      ...VERIFIED,
      format: source === 'jwt' ? 'jwt' : 'opaque',
      verifiedBy: source === 'jwt' ? 'signature' : 'introspection',
    })
  })

  it('RFC9700-1: the verified token is deeply frozen', () => {
    const given = { aud: [RESOURCE], act: { sub: 'bob', chain: [{ sub: 'eve' }] } }
    const token = checkToken(evidence(source, given), RULES, NOW)
    const act = token.claims.act as { sub: string; chain: { sub: string }[] }
    const edits: (() => void)[] = [
      () => Object.assign(token, { subject: 'mallory' }),
      () => (token.scopes as string[]).push('admin'),
      () => (token.audience as string[]).push('x'),
      () => (token.claims.aud as string[]).push('x'),
      () => Object.assign(token.claims, { scope: 'admin' }),
      () => Object.assign(act, { sub: 'mallory' }),
      () => act.chain.push({ sub: 'mallory' }),
      () => Object.assign(act.chain[0] ?? {}, { sub: 'mallory' }),
    ]
    for (const edit of edits) expect(edit).toThrow(TypeError)
  })
})

describe('claims that a JWT must have and an introspection answer may lack', () => {
  const both = (claims: Claims) =>
    (['jwt', 'introspection'] as const).map((source) =>
      reasonOf(() => checkToken(evidence(source, claims), RULES, NOW)),
    )

  it.each([
    ['iss', { iss: undefined }, ['issuer_missing', undefined]],
    ['sub', { sub: undefined }, ['claim_missing', undefined]],
    ['client_id', { client_id: undefined }, ['claim_missing', undefined]],
    ['jti', { jti: undefined }, ['claim_missing', undefined]],
    ['iat', { iat: undefined }, ['claim_missing', undefined]],
    ['who', { sub: undefined, client_id: undefined }, ['claim_missing', 'claim_missing']],
    ['aud', { aud: undefined }, ['audience_missing', 'audience_missing']],
    ['exp', { exp: undefined }, ['claim_missing', 'claim_missing']],
  ])('RFC7662-5 RFC9068-3: %s', (_name, claims, expected) => {
    expect(both(claims)).toEqual(expected)
  })

  it('RFC7662-5: an answer without iss is the pinned issuer’s', () => {
    const token: VerifiedToken = checkToken(
      evidence('introspection', { iss: undefined }),
      RULES,
      NOW,
    )
    expect(token.issuer).toBe(ISSUER)
  })
})

describe('the type of an introspection answer', () => {
  const judgeType = (profile: TokenRules['profile'], claims: Claims) =>
    reasonOf(() => checkToken(evidence('introspection', claims), { ...RULES, profile }, NOW))

  it.each([
    [undefined, undefined],
    ['Bearer', undefined],
    ['bearer', undefined],
    ['BEARER', undefined],
    ['DPoP', 'sender_constraint_unmet'],
    ['access_token', undefined],
    ['refresh_token', 'token_type_refused'],
    ['id_token', 'token_type_refused'],
    ['N_A', 'token_type_refused'],
    ['', 'token_type_refused'],
    [null, 'token_type_refused'],
    [['Bearer'], 'token_type_refused'],
  ])('RFC9068-1 RFC7662-5: token_type %j', (token_type, expected) => {
    expect(judgeType(RFC9068, { token_type })).toBe(expected)
    expect(judgeType(KEYCLOAK, { ...KEYCLOAK_CLAIMS, token_type })).toBe(expected)
  })

  it.each([
    ['Bearer', undefined],
    ['Refresh', 'token_type_refused'],
    ['ID', 'token_type_refused'],
    [undefined, 'token_type_refused'],
  ])('RFC9068-1 RFC7662-5: the claim typ %j with the keycloak profile', (typ, expected) => {
    expect(judgeType(KEYCLOAK, { typ })).toBe(expected)
  })
})

describe('a lightweight token', () => {
  const lightweight = (claims: Claims) =>
    reasonOf(() =>
      checkLightweightToken(
        {
          ...evidence('jwt', { ...KEYCLOAK_CLAIMS, sub: undefined, aud: undefined, ...claims }),
          headerType: 'jwt',
        },
        { ...RULES, profile: KEYCLOAK },
        NOW,
      ),
    )

  it.each<[string, Claims, string | undefined]>([
    ['nothing amiss', {}, undefined],
    ['another issuer', { iss: 'https://other.example.com' }, 'issuer_unknown'],
    ['no issuer', { iss: undefined }, 'issuer_missing'],
    ['another type', { typ: 'ID' }, 'token_type_refused'],
    ['another audience', { aud: 'account' }, 'audience_mismatch'],
    ['an expiry that has passed', { exp: NOW - 5 }, 'token_expired'],
    ['no expiry', { exp: undefined }, 'claim_missing'],
    ['a binding, which the gate checks', { cnf: { jkt: 'x' } }, undefined],
    ['an unknown binding', { cnf: { kid: 'x' } }, 'confirmation_unknown'],
  ])('RFC9068-2: the claims that it has are checked: %s', (_name, claims, expected) => {
    expect(lightweight(claims)).toBe(expected)
  })
})

describe('an introspection answer that confirms a JWT', () => {
  const confirming = (answer: Claims, rules: Partial<TokenRules> = {}, signed: Claims = CLAIMS) =>
    reasonOf(() => checkConfirmingAnswer(answer, signed, { ...RULES, ...rules }, NOW))

  it.each<[string, Claims, string | undefined]>([
    ['nothing but that the token is active', {}, undefined],
    ['all of it', CLAIMS, undefined],
    ['another issuer', { iss: 'https://other.example.com' }, 'issuer_unknown'],
    ['another audience', { aud: 'account' }, 'audience_mismatch'],
    ['an expiry that has passed', { exp: NOW - 5 }, 'token_expired'],
    ['another kind of token', { token_type: 'refresh_token' }, 'token_type_refused'],
    ['an unknown binding', { cnf: { kid: 'x' } }, 'confirmation_unknown'],
  ])('RFC7662-5: %s', (_name, answer, expected) => {
    expect(confirming(answer)).toBe(expected)
  })

  it('RFC8707-1: may name other audiences too, because the aud of the JWT itself decides', () => {
    const aud = ['account', RESOURCE]
    expect(confirming({ aud }, { exclusiveAudience: true })).toBeUndefined()
    expect(confirming({ aud: 'account' }, { exclusiveAudience: true })).toBe('audience_mismatch')
  })
})

describe('the kind of a token, with a profile that looks at nothing', () => {
  const profile = settleProfile({ name: 'lax', checkType() {} })
  const judgeKind = (source: TokenEvidence['source'], claims: Claims, headerType?: string) =>
    reasonOf(() =>
      checkToken({ ...evidence(source, claims), headerType }, { ...RULES, profile }, NOW),
    )

  it.each<[string, Claims, string | undefined, string | undefined]>([
    ['logout+jwt', {}, 'token_type_refused', undefined],
    ['JWT', { events: {} }, 'token_type_refused', undefined],
    ['JWT', { token_introspection: {} }, 'token_type_refused', undefined],
    ['JWT', { token_type: 'refresh_token' }, undefined, 'token_type_refused'],
    ['JWT', {}, undefined, undefined],
  ])(
    'RFC8725-1 RFC7662-5: %s with %j is in a JWT %s, in an answer %s',
    (typ, claims, ...expected) => {
      expect([judgeKind('jwt', claims, typ), judgeKind('introspection', claims)]).toEqual(expected)
    },
  )
})
