import { describe, expect, it, vi } from 'vitest'
import { createGivenKeySet } from '../../../src/authorization-server/key-set.ts'
import type { TokenQuestions } from '../../../src/authorization-server/token-questions.ts'
import { Explanation } from '../../../src/token/explanation.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import { settleProfile } from '../../../src/token/settled-profile.ts'
import {
  HybridVerification,
  type HybridVerificationOptions,
} from '../../../src/verification/hybrid-verification.ts'
import { IntrospectionVerification } from '../../../src/verification/introspection-verification.ts'
import { JwtVerification } from '../../../src/verification/jwt-verification.ts'
import {
  attackerKey,
  CLAIMS,
  type Claims,
  clock,
  ISSUER,
  NOW,
  RESOURCE,
  rsaKey,
  signToken,
} from '../../support/tokens.ts'

const hint = vi.fn((claims: Claims, clientId: string) => `${claims.sub} and ${clientId}`)
const profile = settleProfile({
  name: 'test',
  isLightweight: ({ sub }) => sub === undefined,
  genericAudiences: ['everybody'],
  hints: { inactive: hint },
})
const rules = {
  issuer: ISSUER,
  audiences: new Set([RESOURCE]),
  exclusiveAudience: false,
  clockTolerance: 5,
  maxTokenLifetime: undefined,
  profile,
}

const good = await signToken()
const lightweight = await signToken({ claims: { sub: undefined } })
const online = () => new Explanation('', true)

/** Both verifications that introspect, over an endpoint that gives this answer. */
function asking(
  answer: Claims | 'inactive' = CLAIMS,
  {
    confirm,
    ...options
  }: {
    confirm?: HybridVerificationOptions['confirm']
    opaqueTokens?: boolean
    clientId?: string | undefined
  } = {},
) {
  const questions: Parameters<TokenQuestions['introspect']>[] = []
  const ready = vi.fn(async () => {})
  const distrust = vi.fn()
  const introspection = new IntrospectionVerification({
    endpoint: {
      async introspect(...question) {
        questions.push(question)
        return answer === 'inactive' ? undefined : answer
      },
      ready,
      distrustConnections: distrust,
    },
    clientId: 'mcp',
    opaqueTokens: true,
    jwts: true,
    maxAge: 30,
    rules,
    clock,
    ...options,
  })
  const keys = createGivenKeySet([{ ...rsaKey.publicKey }], ['RS256'], ISSUER)
  const jwt = new JwtVerification({ keys, rules, algorithms: ['RS256'], clock })
  const hybrid = new HybridVerification({ jwt, introspection, confirm, profile })
  const lanes = () => questions.map(([, { lane }]) => lane)
  return { introspection, hybrid, jwt, questions, lanes, ready, distrust }
}

type Kind = 'introspection' | 'hybrid'

describe('calls to the authorization server', () => {
  it.each<[string, Kind, string, string]>([
    ['an opaque token', 'introspection', 'opaque', 'unverified_tokens'],
    ['a JWT whose signature nobody has checked', 'introspection', good, 'unverified_tokens'],
    ['an opaque token beside JWTs', 'hybrid', 'opaque', 'unverified_tokens'],
    ['a JWT that passed', 'hybrid', good, 'verified_tokens'],
    ['a lightweight JWT that passed', 'hybrid', lightweight, 'verified_tokens'],
  ])('RFC7662-6: about %s: made-up tokens cannot crowd out good ones', async (...row) => {
    const [, kind, token, lane] = row
    const verifying = asking()
    const { signal } = new AbortController()
    await verifying[kind].verify(new PresentedToken(token), { signal })
    await verifying[kind].explain(new PresentedToken(token), online())
    expect(verifying.questions).toEqual([
      [token, { lane, signal }],
      [token, { lane, signal: undefined }],
    ])
  })

  it('RFC7662-1: are not made about opaque tokens that are not wanted', async () => {
    const { introspection, lanes } = asking(CLAIMS, { opaqueTokens: false })
    await expect(introspection.verify(new PresentedToken('opaque'), {})).rejects.toMatchObject({
      reason: 'token_opaque',
      message: 'the token is not a JWT, and introspection.opaqueTokens is false',
    })
    await introspection.verify(new PresentedToken(good), {})
    expect(lanes()).toEqual(['unverified_tokens'])
  })

  it('RFC7662-3: leave their connection if an answer is about another token', async () => {
    const { introspection, distrust } = asking({ ...CLAIMS, sub: 'mallory' })
    await expect(introspection.verify(new PresentedToken(good), {})).rejects.toMatchObject({
      reason: 'introspection_mismatch',
    })
    expect(distrust).toHaveBeenCalledOnce()
    await introspection.verify(new PresentedToken('opaque'), {})
    expect(distrust).toHaveBeenCalledOnce()
  })

  it.each(['introspection', 'hybrid'] as const)('are tried at the start: %s', async (kind) => {
    const verifying = asking()
    await verifying[kind].ready()
    expect(verifying.ready).toHaveBeenCalledOnce()
    verifying.ready.mockRejectedValue(new Error('no such client'))
    await expect(verifying[kind].ready()).rejects.toThrow('no such client')
  })
})

describe('a verification of both kinds', () => {
  it.each<[HybridVerificationOptions['confirm'], string, string, number, number]>([
    ['never', 'a JWT', good, Number.POSITIVE_INFINITY, 0],
    ['always', 'a JWT', good, 0, 1],
    [45, 'a JWT', good, 45, 1],
    [undefined, 'a JWT', good, 30, 1],
    ['never', 'a lightweight JWT', lightweight, 30, 1],
    ['always', 'a lightweight JWT', lightweight, 0, 1],
    [45, 'a lightweight JWT', lightweight, 45, 1],
    ['never', 'an opaque token', 'opaque', 30, 1],
    ['always', 'an opaque token', 'opaque', 30, 1],
  ])('S1.3: confirm %j: the result for %s counts for so long', async (...row) => {
    const [confirm, , text, maxAge, calls] = row
    const { hybrid, questions } = asking(CLAIMS, { confirm })
    const verification = await hybrid.verify(new PresentedToken(text), {})
    expect(verification.maxAge).toBe(maxAge)
    expect(questions).toHaveLength(calls)
    const [signed, asked] = [text !== 'opaque', calls > 0]
    expect(verification.token.verifiedBy).toBe(
      signed && asked ? 'signature_and_introspection' : signed ? 'signature' : 'introspection',
    )
    expect(verification.keyId !== undefined).toBe(signed)
  })

  it.each([
    ['a JWT', good, 'always', 'signature_and_introspection'],
    ['a lightweight JWT', lightweight, 'always', 'signature_and_introspection'],
    ['a JWT', good, 'never', 'signature'],
    ['a lightweight JWT', lightweight, 'never', 'signature_and_introspection'],
    ['an opaque token', 'opaque', 'never', 'introspection'],
  ] as const)('explains %s: %#', async (_what, text, confirm, verifiedBy) => {
    const { hybrid, questions } = asking(CLAIMS, { confirm })
    const explained = await hybrid.explain(new PresentedToken(text), online())
    expect(explained).toMatchObject({ verifiedBy })
    expect(questions).toHaveLength(verifiedBy === 'signature' ? 0 : 1)
  })

  it('explains a lightweight JWT whose scopes cannot be read', async () => {
    const explanation = online()
    const token = await signToken({ claims: { sub: undefined, scope: 5 } })
    const explained = await asking().hybrid.explain(new PresentedToken(token), explanation)
    expect(explained).toMatchObject({ subject: 'alice', scopes: [] })
    expect(explanation.results.filter(({ outcome }) => outcome !== 'holds')).toMatchObject([
      { rule: 'completed-scope-claim', outcome: 'broken', reason: 'claim_malformed' },
    ])
  })

  it('explains nothing of a malformed JWT', async () => {
    const { hybrid } = asking()
    expect(await hybrid.explain(new PresentedToken('a.b.c'), online())).toBeUndefined()
  })

  it('S1.13: says whether the issuer has signed a token', async () => {
    const forged = await signToken({ key: attackerKey })
    for (const [token, signed] of [
      [good, true],
      [forged, false],
      ['opaque', false],
    ] as const) {
      expect(await asking().hybrid.isSigned(new PresentedToken(token))).toBe(signed)
    }
  })
})

describe('what an operator reads about a refused token', () => {
  const refusal = async (
    claims: Claims,
    answer: Claims | 'inactive',
    options: { clientId?: string | undefined } = {},
  ) => {
    const { introspection } = asking(answer, options)
    const token = await signToken({ claims })
    return introspection.verify(new PresentedToken(token), {}).catch((error: unknown) => error)
  }

  it.each([
    ['its client', 'inspector', 'audience_client'],
    ['everybody', 'Everybody', 'audience_generic'],
  ])('RFC8707-1: a token for %s has that near miss', async (_who, aud, nearMiss) => {
    expect(await refusal({ aud }, CLAIMS)).toMatchObject({ reason: 'audience_mismatch', nearMiss })
  })

  it.each<[string, Claims, string | undefined, string]>([
    ['it has expired', { exp: NOW }, 'mcp', 'its "exp" says that it has expired'],
    ['not that a text has expired', { exp: '1' }, 'mcp', 'alice and mcp'],
    ['what the profile knows', {}, 'mcp', 'alice and mcp'],
    ['nothing about a client, if there is none', {}, undefined, 'not for this client'],
    ['it is of another issuer', { iss: 'x' }, 'mcp', `its "iss" is "x", and "${ISSUER}" was asked`],
  ])('RFC7662-5: an inactive token: %s', async (_what, claims, clientId, text) => {
    hint.mockClear()
    expect(await refusal(claims, 'inactive', { clientId })).toMatchObject({
      reason: 'token_inactive',
      message: expect.stringContaining(text),
    })
    expect(hint).toHaveBeenCalledTimes(text === 'alice and mcp' ? 1 : 0)
  })
})
