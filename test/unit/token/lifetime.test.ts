import { describe, expect, it } from 'vitest'
import {
  checkIssuedAt,
  checkLifetime,
  checkNotBefore,
  checkUnexpired,
  readDates,
} from '../../../src/token/lifetime.ts'
import type { Claims } from '../../../src/token/verified-token.ts'
import {
  ALLOWED,
  bearer,
  CLAIMS,
  forge,
  invalidToken,
  judge,
  NOW,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

/** A payload with this text as the value of the claim, which JSON.stringify could not write. */
const withText = (name: string, text: string) =>
  forge({
    payload: JSON.stringify({ ...CLAIMS, [name]: '@' }).replace('"@"', text),
  })

describe('the checks of the dates', () => {
  const rules = { clockTolerance: 5, maxTokenLifetime: 3600 }
  const good = { iat: NOW - 60, nbf: NOW - 60, exp: NOW + 300 }
  const check = (claims: Claims, now = NOW, limits = rules): void => {
    const dates = readDates(claims)
    checkUnexpired(dates.expiresAt, limits.clockTolerance, now)
    checkNotBefore(dates, limits, now)
    checkIssuedAt(dates, limits, now)
    checkLifetime(dates, limits)
  }

  it('MCP-7: a claim or a clock that is no number is refused', () => {
    expect(() => check(good)).not.toThrow()
    for (const name of ['exp', 'nbf', 'iat']) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, '1', null, {}]) {
        expect(() => check({ ...good, [name]: value })).toThrow(name)
      }
    }
    for (const claims of [{ ...good }, { exp: good.exp, iat: good.iat }]) {
      expect(() => check(claims, Number.NaN)).toThrow()
      const dates = readDates(good)
      expect(() => checkNotBefore(dates, rules, Number.NaN)).toThrow('becomes valid')
      expect(() => checkIssuedAt(dates, rules, Number.NaN)).toThrow('ahead')
    }
    expect(() => checkUnexpired(Number.NaN, 5, NOW)).toThrow()
    expect(() => checkUnexpired(good.exp, Number.NaN, NOW)).toThrow()
    const without = { clockTolerance: 5, maxTokenLifetime: Number.NaN }
    expect(() => check(good, NOW, without)).toThrow('maxTokenLifetime')
  })
})

describe('exp, nbf and iat', () => {
  const TEXTS: readonly [string, string][] = [
    ['negative', '-1'],
    ['hugely negative', '-1e300'],
    ['beyond any number', '1e400'],
    ['absurdly large', '1e300'],
    ['beyond exact integers', '9007199254740993'],
    ['a string of digits', '"4000000300"'],
    ['an empty string', '""'],
    ['a date', '"2096-10-02T07:06:40Z"'],
    ['null', 'null'],
    ['true', 'true'],
    ['a list', '[4000000300]'],
    ['an object', '{}'],
  ]

  it.each(
    ['exp', 'nbf', 'iat'].flatMap((name) =>
      TEXTS.map(([kind, text]) => [name, kind, text] as const),
    ),
  )('RFC9068-2: %s that is %s is malformed', async (name, _kind, text) => {
    expect(await judge(await withText(name, text))).toEqual(invalidToken('claim_malformed'))
  })

  it.each([
    ['a fraction', '4000000299.5', ALLOWED],
    ['an exponent', '4.0000003e9', ALLOWED],
    ['zero', '0', invalidToken('token_expired')],
    ['minus zero', '-0', invalidToken('token_expired')],
    ['milliseconds', '4000000300000', ALLOWED],
    ['the largest exact integer', '9007199254740991', ALLOWED],
  ])('RFC9068-2: exp with %s is a NumericDate', async (_kind, text, expected) => {
    expect(await judge(await withText('exp', text))).toEqual(expected)
  })
})

describe('the edges', () => {
  it.each<[number | undefined, string, object, string | undefined]>([
    [undefined, 'exp 6 s ago', { exp: NOW - 6 }, 'token_expired'],
    [undefined, 'exp 5 s ago', { exp: NOW - 5 }, 'token_expired'],
    [undefined, 'exp 4.999 s ago', { exp: NOW - 4.999 }, undefined],
    [undefined, 'exp now', { exp: NOW }, undefined],
    [undefined, 'nbf 5 s ahead', { nbf: NOW + 5 }, undefined],
    [undefined, 'nbf 5.001 s ahead', { nbf: NOW + 5.001 }, 'token_not_yet_valid'],
    [undefined, 'nbf now', { nbf: NOW }, undefined],
    [undefined, 'nbf long ago', { nbf: 0 }, undefined],
    [undefined, 'iat 5 s ahead', { iat: NOW + 5 }, undefined],
    [undefined, 'iat 5.001 s ahead', { iat: NOW + 5.001 }, 'token_issued_in_future'],
    [0, 'exp 1 s ahead', { exp: NOW + 1 }, undefined],
    [0, 'exp now', { exp: NOW }, 'token_expired'],
    [0, 'nbf now', { nbf: NOW }, undefined],
    [0, 'nbf 1 s ahead', { nbf: NOW + 1 }, 'token_not_yet_valid'],
    [0, 'iat now', { iat: NOW }, undefined],
    [0, 'iat 1 s ahead', { iat: NOW + 1 }, 'token_issued_in_future'],
    [60, 'exp 59 s ago', { exp: NOW - 59 }, undefined],
    [60, 'exp 60 s ago', { exp: NOW - 60 }, 'token_expired'],
    [60, 'nbf 60 s ahead', { nbf: NOW + 60 }, undefined],
    [60, 'nbf 61 s ahead', { nbf: NOW + 61 }, 'token_not_yet_valid'],
  ])(
    'RFC9068-2: with a clockTolerance of %s (default 5): %s',
    async (tolerance, _n, claims, reason) => {
      const options = tolerance === undefined ? {} : { clockTolerance: tolerance }
      const token = await signToken({ claims: { ...claims } })
      const expected = reason === undefined ? ALLOWED : invalidToken(reason)
      expect(await judge(token, testResourceServer(options))).toEqual(expected)
    },
  )

  it('MCP-7 RFC9700-1: a cached token is refused once it expires', async () => {
    let now = NOW
    const server = testResourceServer({ clock: () => now * 1000 })
    const token = await signToken()
    now = NOW + 304.999
    expect(await judge(token, server)).toEqual(ALLOWED)
    now = NOW + 305
    expect(await judge(token, server)).toEqual(invalidToken('token_expired'))
    now = NOW + 100_000
    expect(await judge(token, server)).toEqual(invalidToken('token_expired'))
  })
})

describe('maxTokenLifetime', () => {
  const capped = testResourceServer({ maxTokenLifetime: 360 })

  it.each([
    ['exactly as long', { iat: NOW - 60, exp: NOW + 300 }, undefined],
    ['a hair longer', { iat: NOW - 60, exp: NOW + 300.001 }, 'token_lifetime_exceeded'],
    ['long, and nearly over', { iat: NOW - 9000, exp: NOW + 1 }, 'token_lifetime_exceeded'],
    ['issued at zero', { iat: 0, exp: NOW + 1 }, 'token_lifetime_exceeded'],
  ])('S1.2: a life that is %s', async (_name, claims, reason) => {
    const expected = reason === undefined ? ALLOWED : invalidToken(reason)
    expect(await judge(await signToken({ claims }), capped)).toEqual(expected)
  })

  it('S1.2: is off by default', async () => {
    expect(await judge(await signToken({ claims: { iat: 0, exp: 2 * NOW } }))).toEqual(ALLOWED)
  })
})

describe('the words for the operator', () => {
  it.each([
    [{ exp: NOW - 3600 }, 'the token expired 3600 s ago'],
    [{ nbf: NOW + 60 }, 'the token becomes valid in 60 s'],
    [{ iat: NOW + 60 }, '"iat" is 60 s ahead: compare the clocks of both servers'],
  ])('S1.13: of %j say by how much', async (claims, detail) => {
    const token = await signToken({ claims })
    expect(await testResourceServer().authenticate(bearer(token))).toMatchObject({ detail })
  })
})
