import { describe, expect, it, vi } from 'vitest'
import type { HttpClient } from '../../../src/authorization-server/http/http-client.ts'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { createBoundedCache } from '../../../src/storage/bounded-cache.ts'
import { Explanation } from '../../../src/token/explanation.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import type { SettledProfile } from '../../../src/token/settled-profile.ts'
import { bearerOnly } from '../../../src/verification/bearer-only.ts'
import { ByIssuer } from '../../../src/verification/by-issuer.ts'
import { CachedVerification } from '../../../src/verification/cached-verification.ts'
import { ClosableVerification } from '../../../src/verification/closable-verification.ts'
import { explainVerification } from '../../../src/verification/explain-verification.ts'
import { foreignVerification } from '../../../src/verification/foreign-verification.ts'
import { withRefusalHints } from '../../../src/verification/refusal-hints.ts'
import type { TokenVerification, Verification } from '../../../src/verification/verification.ts'
import { base64url, clock, ISSUER, VERIFIED } from '../../support/tokens.ts'

const VERIFICATION: Verification = { token: VERIFIED, keyId: 'key-1', maxAge: 60 }
const OTHER = 'https://other.example'

const tokenOf = (claims: object) =>
  new PresentedToken(`${base64url('{"alg":"ES256"}')}.${base64url(JSON.stringify(claims))}.c2ln`)
const PRESENTED = tokenOf({ iss: ISSUER })

/** A verification that notes its calls; `bare` has only the methods that each must have. */
function inner({ bare = false, signed = true, trusts = true } = {}) {
  const calls: string[] = []
  const required = {
    async verify() {
      calls.push('verify')
      return VERIFICATION
    },
    stillTrusts() {
      calls.push('stillTrusts')
      return trusts
    },
  }
  const verification: TokenVerification = bare
    ? required
    : {
        ...required,
        async explain() {
          calls.push('explain')
          return VERIFIED
        },
        async isSigned() {
          calls.push('isSigned')
          return signed
        },
        async ready() {
          calls.push('ready')
        },
        async close() {
          calls.push('close')
        },
      }
  return { calls, verification }
}

const http = () => ({ close: vi.fn(async () => {}) })

type Wrap = (verification: TokenVerification) => TokenVerification

const cached: Wrap = (verification) =>
  new CachedVerification(verification, {
    store: createBoundedCache(10, clock),
    negativeMaxAge: 5,
    negativeMaxEntries: 10,
    clockTolerance: 5,
    clock,
  })
const profile = (refused?: SettledProfile['hints']['refused']) =>
  ({ hints: { refused } }) as unknown as SettledProfile
const hinted: Wrap = (verification) =>
  withRefusalHints(verification, [[ISSUER, profile(() => undefined)]])
const closable: Wrap = (verification) =>
  new ClosableVerification(verification, http() as unknown as HttpClient)
const byIssuer: Wrap = (verification) => new ByIssuer(new Map([[ISSUER, verification]]), undefined)

const WRAPS: Record<string, Wrap> = { cached, hinted, closable, byIssuer }

describe.each(Object.entries(WRAPS))('a verification that is wrapped: %s', (_name, wrap) => {
  it('verifies, explains, trusts and gets ready as the verification inside does', async () => {
    const { calls, verification } = inner()
    const outer = wrap(verification)
    expect(await outer.verify(PRESENTED, {})).toEqual(VERIFICATION)
    expect(await outer.explain?.(PRESENTED, new Explanation('', true))).toBe(VERIFIED)
    expect(outer.stillTrusts(VERIFICATION)).toBe(true)
    expect(wrap(inner({ trusts: false }).verification).stillTrusts(VERIFICATION)).toBe(false)
    await outer.ready?.()
    expect(calls).toEqual(['verify', 'explain', 'stillTrusts', 'ready'])
  })

  it('may lack what not every verification has', async () => {
    const outer = wrap(inner({ bare: true }).verification)
    await expect(Promise.resolve(outer.ready?.())).resolves.toBeUndefined()
    if (outer.isSigned !== undefined) expect(await outer.isSigned(PRESENTED)).toBe(false)
    await expect(Promise.resolve(outer.close?.())).resolves.toBeUndefined()
  })
})

it.each([
  ['a cache', cached],
  ['hints', hinted],
  ['several issuers', byIssuer],
])('S1.13: %s: says whether an issuer has signed a token', async (_name, wrap) => {
  for (const signed of [true, false]) {
    const { calls, verification } = inner({ signed })
    expect(await wrap(verification).isSigned?.(PRESENTED)).toBe(signed)
    expect(calls).toEqual(['isSigned'])
  }
})

it.each([
  ['a cache', cached],
  ['hints', hinted],
])('%s: closes the verification inside', async (_name, wrap) => {
  const { calls, verification } = inner()
  await wrap(verification).close?.()
  expect(calls).toEqual(['close'])
})

it.each([
  ['a cache', cached],
  ['an HTTP client', closable],
])('%s: is unavailable once it is closed', async (_name, wrap) => {
  const { calls, verification } = inner()
  const outer = wrap(verification)
  await outer.close?.()
  calls.length = 0
  const closed = { reason: 'closed', message: 'the verifier was closed by close()' }
  const verify = async () => outer.verify(PRESENTED, {})
  await expect(verify()).rejects.toMatchObject(closed)
  await expect(outer.ready?.()).rejects.toMatchObject(closed)
  expect(calls).toEqual([])
})

describe('the verifier that users get', () => {
  it('gets ready, and closes', async () => {
    const { calls, verification } = inner()
    const verifier = bearerOnly(verification, 100)
    await verifier.ready?.()
    await verifier.close?.()
    expect(calls).toEqual(['ready', 'close'])
    const bare = bearerOnly(inner({ bare: true }).verification, 100)
    await bare.ready?.()
    await bare.close?.()
  })

  it('closes its HTTP client', async () => {
    const client = http()
    await new ClosableVerification(inner().verification, client as never).close()
    expect(client.close).toHaveBeenCalledOnce()
  })

  it('lets a caller leave whose request has ended', async () => {
    const verify = () => new Promise<never>(() => {})
    const waiting = closable({ verify, stillTrusts: () => true })
    const gone = AbortSignal.abort()
    await expect(waiting.verify(PRESENTED, { signal: gone })).rejects.toThrow()
  })
})

describe('a verifier that a user wrote', () => {
  it('gets the signal, gets ready, and is closed', async () => {
    const { signal } = new AbortController()
    const verifier = {
      verify: vi.fn(async () => VERIFIED),
      ready: vi.fn(async () => {}),
      close: vi.fn(async () => {}),
    }
    const verification = foreignVerification(verifier)
    await verification.verify(PRESENTED, { signal })
    await verification.ready?.()
    await verification.close?.()
    expect(verifier.verify).toHaveBeenCalledWith(PRESENTED.text, { signal })
    expect(verifier.ready).toHaveBeenCalledOnce()
    expect(verifier.close).toHaveBeenCalledOnce()
  })

  it('needs neither ready() nor close(), and its token needs no claims', async () => {
    const { claims: _, ...token } = VERIFIED
    const verification = foreignVerification({ verify: async () => token as never })
    expect(await verification.verify(PRESENTED, {})).toMatchObject({ token })
    await verification.ready?.()
    await verification.close?.()
  })

  it('gives the token that its users get, if nothing has to be added', async () => {
    const verification = foreignVerification({ verify: async () => VERIFIED })
    expect((await verification.verify(PRESENTED, {})).token).toBe(VERIFIED)
  })

  it('is one rule of an explanation', async () => {
    const verification = foreignVerification({ verify: async () => VERIFIED })
    const explanation = new Explanation('', true)
    expect(await explainVerification(verification, PRESENTED, explanation)).toEqual(VERIFIED)
    expect(explanation.results).toMatchObject([
      { rule: 'verifier', outcome: 'holds', detail: 'the option `verifier` accepts the token' },
    ])
    const offline = new Explanation('', false)
    expect(await explainVerification(verification, PRESENTED, offline)).toBeUndefined()
    expect(offline.results).toMatchObject([{ rule: 'verifier', outcome: 'unchecked' }])
  })
})

describe('a verification of several issuers', () => {
  const both = (options: Parameters<typeof inner>[0] = {}) => {
    const [one, two] = [inner(options), inner(options)]
    const of = new Map([
      [ISSUER, one.verification],
      [OTHER, two.verification],
    ])
    return { one, two, all: new ByIssuer(of, undefined), of }
  }

  it('RFC8725: asks the issuer that the token names, and no other', async () => {
    const { one, two, all } = both()
    await all.verify(tokenOf({ iss: OTHER }), {})
    expect([one.calls, two.calls]).toEqual([[], ['verify']])
    await all.explain(tokenOf({ iss: OTHER }), new Explanation('', true))
    expect([one.calls, two.calls]).toEqual([[], ['verify', 'explain']])
  })

  it('gets all ready', async () => {
    const { one, two, all } = both()
    await all.ready()
    expect([one.calls, two.calls]).toEqual([['ready'], ['ready']])
  })

  it.each([
    ['the issuer that it names', { iss: OTHER }, [0, 1]],
    ['all where it names another', { iss: 'https://else.example' }, [1, 1]],
    ['all where it names none', {}, [1, 1]],
    ['all where its issuer is no text', { iss: 5 }, [1, 1]],
  ] as const)('RFC8725: asks %s who has signed a token', async (_who, claims, asked) => {
    const { one, two, all } = both({ signed: false })
    expect(await all.isSigned(tokenOf(claims))).toBe(false)
    expect([one.calls.length, two.calls.length]).toEqual(asked)
  })

  it('asks all who has signed a text without claims, until one has', async () => {
    const { one, two, all } = both()
    expect(await all.isSigned(new PresentedToken('opaque'))).toBe(true)
    expect([one.calls, two.calls]).toEqual([['isSigned'], []])
  })

  it.each([
    [{ iss: 'https://else.example' }, 'issuer', 'issuer_unknown'],
    [{ iss: 5 }, 'issuer', 'issuer_unknown'],
    [{}, 'issuer', 'issuer_missing'],
    ['opaque', 'format', 'token_opaque'],
  ] as const)('S1.11: explains why it has none for %j', async (claims, rule, reason) => {
    const explanation = new Explanation('', true)
    const presented = typeof claims === 'string' ? new PresentedToken(claims) : tokenOf(claims)
    const { all } = both()
    expect(() => all.verify(presented, {})).toThrow(expect.objectContaining({ reason }))
    expect(await all.explain(presented, explanation)).toBeUndefined()
    expect(explanation.results).toMatchObject([{ rule, outcome: 'broken', reason }])
  })

  it('S1.11: gives opaque tokens to the one that takes them', async () => {
    const { of } = both()
    const { calls, verification } = inner()
    await new ByIssuer(of, verification).verify(new PresentedToken('opaque'), {})
    expect(calls).toEqual(['verify'])
  })
})

describe('the hints of the profiles', () => {
  const refusing: TokenVerification = {
    async verify() {
      throw new ChallengeError('scope_missing', 'refused', ['a'], 'scope_lost')
    },
    stillTrusts: () => true,
  }
  const messageOf = async (verification: TokenVerification, presented = PRESENTED) =>
    Promise.resolve(verification.verify(presented, {})).then(
      () => '',
      ({ message }: Error) => message,
    )
  const mine = profile((reason, claims) => `mine: ${reason} ${claims?.iss}`)
  const silent = profile(() => undefined)

  it('are added to a refusal, which stays the same otherwise', async () => {
    const verified = withRefusalHints(refusing, [[ISSUER, mine]]).verify(PRESENTED, {})
    await expect(verified).rejects.toMatchObject({
      reason: 'scope_missing',
      requiredScopes: ['a'],
      nearMiss: 'scope_lost',
      message: `refused; mine: scope_missing ${ISSUER}`,
    })
  })

  it.each<[string, readonly (readonly [string, SettledProfile])[], string]>([
    [
      'the profile of its issuer',
      [
        [OTHER, profile(() => 'other')],
        [ISSUER, mine],
      ],
      'mine',
    ],
    [
      'nobody where that one is silent',
      [
        [OTHER, mine],
        [ISSUER, silent],
      ],
      '',
    ],
    [
      'nobody where that one has no hints',
      [
        [OTHER, mine],
        [ISSUER, profile()],
      ],
      '',
    ],
    [
      'the first profile with a hint, for another issuer',
      [
        [OTHER, silent],
        ['x', mine],
      ],
      'mine',
    ],
    [
      'the first profile with hints, for another issuer',
      [
        [OTHER, profile()],
        ['x', mine],
      ],
      'mine',
    ],
  ])('come of %s', async (_who, profiles, start) => {
    const message = await messageOf(withRefusalHints(refusing, profiles))
    expect(message).toBe(start === '' ? 'refused' : `refused; mine: scope_missing ${ISSUER}`)
  })

  it('of the issuer that is asked about opaque tokens explain those', async () => {
    const profiles = [
      [OTHER, profile(() => 'other')],
      [ISSUER, mine],
    ] as const
    const opaque = new PresentedToken('opaque')
    expect(await messageOf(withRefusalHints(refusing, profiles, ISSUER), opaque)).toContain('mine')
    expect(await messageOf(withRefusalHints(refusing, profiles), opaque)).toContain('other')
  })

  it('are not asked for where no profile has any', () => {
    expect(withRefusalHints(refusing, [[ISSUER, profile()]])).toBe(refusing)
    expect(
      withRefusalHints(refusing, [
        [OTHER, profile()],
        [ISSUER, mine],
      ]),
    ).not.toBe(refusing)
  })

  it('are not asked for about an outage', async () => {
    const outage = new Error('down')
    const failing = { verify: () => Promise.reject(outage), stillTrusts: () => true }
    const refused = vi.fn(() => 'hint')
    const verified = withRefusalHints(failing, [[ISSUER, profile(refused)]]).verify(PRESENTED, {})
    await expect(verified).rejects.toBe(outage)
    expect(refused).not.toHaveBeenCalled()
  })

  it('are part of an explanation', async () => {
    const explanation = new Explanation('', true)
    await withRefusalHints(refusing, [[ISSUER, mine]]).explain?.(PRESENTED, explanation)
    expect(explanation.hintAt?.('token_inactive')).toBe(`mine: token_inactive ${ISSUER}`)
  })
})
