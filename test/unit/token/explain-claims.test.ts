import { describe, expect, it } from 'vitest'
import { explainClaims } from '../../../src/token/explain-claims.ts'
import { Explanation, type RuleResult } from '../../../src/token/explanation.ts'
import type { TokenProfile } from '../../../src/token/profile.ts'
import type { TokenEvidence, TokenRules } from '../../../src/token/rules.ts'
import { settleProfile } from '../../../src/token/settled-profile.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { CLAIMS, type Claims, ISSUER, NOW, RESOURCE, VERIFIED } from '../../support/tokens.ts'

/** Nobody but the claims says whether this token is good. */
const profile: TokenProfile = {
  name: 'acme',
  checkType() {},
  audienceSubstitutes: ['scope-prefix'],
}

interface Given {
  readonly claims?: Claims
  readonly source?: TokenEvidence['source']
  readonly headerType?: string | undefined
  readonly maxTokenLifetime?: number
  readonly of?: { kind?: 'complete' | 'lightweight'; prefix?: string }
}

async function explain(given: Given): Promise<{
  readonly token: VerifiedToken
  readonly results: Record<string, RuleResult>
}> {
  const { claims, source = 'jwt', headerType = 'at+jwt', maxTokenLifetime, of } = given
  const evidence: TokenEvidence = {
    claims: { ...CLAIMS, ...claims },
    headerType: headerType === 'none' ? undefined : headerType,
    source,
    format: 'jwt',
    verifiedBy: 'signature',
  }
  const rules: TokenRules = {
    issuer: ISSUER,
    audiences: new Set([RESOURCE]),
    exclusiveAudience: false,
    clockTolerance: 5,
    maxTokenLifetime,
    profile: settleProfile(profile),
  }
  const explanation = new Explanation('the text of the token', false)
  const token = await explainClaims(evidence, rules, NOW, explanation, ...(of ? [of] : []))
  return {
    token,
    results: Object.fromEntries(explanation.results.map((result) => [result.rule, result])),
  }
}

const at = (seconds: number, span: string) =>
  `${new Date((NOW + seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC, ${span}`

/** Which rule holds, for which token, and what is said of it. */
const SEEN: readonly [rule: string, detail: string, given: Given][] = [
  ['issuer', `"iss" is "${ISSUER}"`, {}],
  [
    'issuer',
    'the answer has no "iss", and the issuer itself gave it',
    { claims: { iss: undefined }, source: 'introspection' },
  ],
  ['type', 'it is an access token of the profile "acme" (header "typ" is "at+jwt")', {}],
  ['type', 'it is an access token of the profile "acme"', { headerType: 'none' }],
  ['audience', `"aud" is "${RESOURCE}"`, {}],
  [
    'audience',
    `there is no "aud"; by the profile "acme" the audience is ["${RESOURCE}"]`,
    { claims: { aud: undefined, scope: `${RESOURCE}/read` } },
  ],
  ['dates', '"exp", "iat" can be read', {}],
  ['dates', '"exp", "nbf" can be read', { claims: { nbf: NOW, iat: undefined } }],
  ['expiry', `"exp" is ${at(300, 'in 5 minutes')}`, {}],
  ['not-before', 'there is no "nbf"', {}],
  ['not-before', `"nbf" is ${at(-120, '2 minutes ago')}`, { claims: { nbf: NOW - 120 } }],
  ['issued-at', `"iat" is ${at(-60, '60 seconds ago')}`, {}],
  ['issued-at', 'there is no "iat"', { claims: { iat: undefined } }],
  ['lifetime', 'the token is valid for 360 s; maxTokenLifetime is not set', {}],
  [
    'lifetime',
    'the token is valid for 360 s; maxTokenLifetime is 360 s',
    { maxTokenLifetime: 360 },
  ],
  ['lifetime', 'maxTokenLifetime is not set', { claims: { iat: undefined } }],
  ['subject', 'there is a "sub"', {}],
  ['subject', 'there is no "sub"', { claims: { sub: undefined } }],
  ['token-id', 'there is a "jti"', {}],
  ['token-id', 'there is no "jti"', { claims: { jti: undefined } }],
  ['client-id', 'the client is "inspector"', {}],
  ['client-id', 'the client is nothing', { claims: { client_id: undefined } }],
  ['claims', 'every claim that the profile "acme" requires is there', {}],
  ['claims', 'a subject or a client is named', { source: 'introspection' }],
  ['scope-claim', 'the scopes are "a b"', { claims: { scope: ['a', 'b'] } }],
  ['scope-claim', 'the token has no scopes', { claims: { scope: '' } }],
  ['scope-claim', 'the token has no scopes', { claims: { scope: undefined } }],
  ['confirmation', 'the token is not bound to a key or certificate', {}],
  ['confirmation', 'the token is bound ("cnf": jkt)', { claims: { cnf: { jkt: 'x' } } }],
  [
    'confirmation',
    'the token is bound ("cnf": jkt, x5t#S256)',
    { claims: { cnf: { 'x5t#S256': 'y', jkt: 'x' } } },
  ],
]

/** Which rule is broken, for which token, for which reason, and what is said of it. */
const BROKEN: readonly [rule: string, reason: string, detail: string, claims: Claims][] = [
  ['issuer', 'issuer_missing', 'no "iss"', { iss: undefined }],
  [
    'audience',
    'audience_mismatch',
    `"aud" is "inspector"; expected "${RESOURCE}"; the audience is the client's own id: the client asked for no`,
    { aud: 'inspector' },
  ],
  ['dates', 'claim_missing', 'no "exp"', { exp: undefined }],
  [
    'expiry',
    'token_expired',
    `the token expired 120 s ago; "exp" is ${at(-120, '2 minutes ago')}`,
    { exp: NOW - 120 },
  ],
  [
    'not-before',
    'token_not_yet_valid',
    `the token becomes valid in 120 s; "nbf" is ${at(120, 'in 2 minutes')}`,
    { nbf: NOW + 120 },
  ],
  [
    'issued-at',
    'token_issued_in_future',
    `compare the clocks of both servers; "iat" is ${at(120, 'in 2 minutes')}`,
    { iat: NOW + 120 },
  ],
  ['subject', 'claim_malformed', '"sub" is not a string', { sub: 7 }],
  ['token-id', 'claim_malformed', '"jti" is not a string', { jti: 7 }],
  ['client-id', 'claim_malformed', '"client_id" is not a string', { client_id: 7 }],
  [
    'claims',
    'claim_missing',
    'no "sub", which the token profile acme requires',
    { sub: undefined },
  ],
  ['scope-claim', 'claim_malformed', '"scope" is neither a string nor a list', { scope: 7 }],
  ['confirmation', 'confirmation_unknown', '"cnf" has the unknown member "x"', { cnf: { x: 1 } }],
]

const RULES = [
  ...['issuer', 'type', 'audience', 'dates', 'expiry', 'not-before', 'issued-at', 'lifetime'],
  ...['subject', 'token-id', 'client-id', 'claims', 'scope-claim', 'confirmation'],
]

describe('the explanation of the claims of a token', () => {
  it('has a result for every rule, in the order of the gate', async () => {
    expect(Object.keys((await explain({})).results)).toEqual(RULES)
  })

  it.each(SEEN)('says of the rule %s that holds: %s (%j)', async (rule, detail, given) => {
    expect((await explain(given)).results[rule]).toMatchObject({ outcome: 'holds', detail })
  })

  it.each(BROKEN)('says of the broken rule %s: %s, %s', async (rule, reason, detail, claims) => {
    expect((await explain({ claims })).results[rule]).toMatchObject({
      outcome: 'broken',
      reason,
      detail: expect.stringContaining(detail),
    })
  })

  it('does not check what needs a date that cannot be read', async () => {
    const { results } = await explain({ claims: { exp: 'soon' } })
    for (const rule of ['expiry', 'not-before', 'issued-at', 'lifetime']) {
      expect(results[rule]).toMatchObject({
        outcome: 'unchecked',
        detail: 'not checked, because it needs the rule dates',
      })
    }
    expect(results.subject?.outcome).toBe('holds')
  })

  it('puts a prefix before the names of the rules, and before the rules that they need', async () => {
    const { results } = await explain({
      claims: { exp: undefined },
      of: { prefix: 'answer-' },
    })
    expect(Object.keys(results)).toEqual(RULES.map((rule) => `answer-${rule}`))
    expect(results['answer-expiry']?.detail).toBe(
      'not checked, because it needs the rule answer-dates',
    )
    const good = await explain({ of: { prefix: 'answer-' } })
    expect(good.results['answer-expiry']?.outcome).toBe('holds')
  })

  it('leaves out the rules of claims that a lightweight token may lack', async () => {
    const { results } = await explain({
      claims: { aud: undefined },
      of: { kind: 'lightweight' },
    })
    expect(Object.keys(results)).toEqual([...RULES.slice(0, 8), 'confirmation'])
    expect(results.audience).toMatchObject({ outcome: 'holds' })
    const wrong = await explain({ claims: { aud: 'x' }, of: { kind: 'lightweight' } })
    expect(wrong.results.audience).toMatchObject({ reason: 'audience_mismatch' })
  })
})

describe('the token of an explanation', () => {
  it('has all that the rules have read, and is frozen', async () => {
    const { token } = await explain({})
    expect(token).toEqual(VERIFIED)
    expect(Object.isFrozen(token.audience)).toBe(true)
  })

  it('has nothing where the rules could not read a claim', async () => {
    const claims = { aud: 7, exp: 'soon', scope: 7, sub: 7, jti: 7, client_id: 7, cnf: 7 }
    expect((await explain({ claims })).token).toEqual({
      ...VERIFIED,
      subject: undefined,
      clientId: undefined,
      tokenId: undefined,
      audience: [],
      scopes: [],
      expiresAt: 0,
      issuedAt: undefined,
      claims: { ...CLAIMS, ...claims },
    })
  })
})
