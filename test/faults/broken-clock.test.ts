import { describe, expect, it } from 'vitest'
import { createTokenExchanger } from '../../src/index.ts'
import type { AuthorizationServerOptions } from '../../src/resource-server/authorization-server-options.ts'
import { createCachedVerifier } from '../../src/verification/cached-verifier.ts'
import { createHybridVerifier } from '../../src/verification/hybrid-verifier.ts'
import { createIntrospectionVerifier } from '../../src/verification/introspection-verifier.ts'
import { createJwtVerifier } from '../../src/verification/jwt-verifier.ts'
import { adapterFor } from '../support/adapter.ts'
import {
  bearer,
  ISSUER,
  NOW,
  RESOURCE,
  rsaKey,
  signToken,
  testResourceServer,
} from '../support/tokens.ts'

/** What a clock may give by mistake, next to a time that would do. */
const NASTY: readonly (readonly [name: string, read: () => unknown])[] = [
  ['NaN', () => Number.NaN],
  ['Infinity', () => Number.POSITIVE_INFINITY],
  ['-Infinity', () => Number.NEGATIVE_INFINITY],
  ['undefined', () => undefined],
  ['null', () => null],
  ['false', () => false],
  ['an empty text', () => ''],
  ['a text with the right number', () => String(NOW * 1000)],
  ['a text with a date', () => '2096-10-02'],
  ['seconds', () => NOW],
  ['microseconds', () => NOW * 1e6],
  ['zero', () => 0],
  ['a negative number', () => -NOW * 1000],
  ['a bigint', () => BigInt(NOW) * 1000n],
  ['an object', () => ({})],
  ['an object with a value', () => ({ valueOf: () => NOW * 1000 })],
  ['a Date', () => new Date(NOW * 1000)],
  ['a list with the right number', () => [NOW * 1000]],
  ['a promise', () => Promise.resolve(NOW * 1000)],
  ['a function', () => () => NOW * 1000],
  ['a symbol', () => Symbol('now')],
  [
    'an error',
    () => {
      throw new Error('no clock')
    },
  ],
]

const introspection = {
  clientId: 'mcp-server',
  clientSecret: 'a-secret-of-the-server',
  endpoint: 'https://sso.example.com/introspect',
}
const keys = { keys: [rsaKey.publicKey] }

/** An authorization server that calls every token active, whatever its claims say. */
const laxServer: typeof fetch = async (_url, init) => {
  const token = new URLSearchParams(String(init?.body)).get('token') ?? ''
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return Response.json({ active: true, ...claims })
}

const MODES: Readonly<Record<string, Partial<AuthorizationServerOptions>>> = {
  jwt: { keys },
  introspection: { verification: 'introspection', introspection },
  'hybrid, never confirmed': { keys, introspection, confirm: 'never' },
  'hybrid, always confirmed': { keys, introspection, confirm: 'always' },
  'hybrid, confirmed now and then': { keys, introspection, confirm: 30 },
}

const YEAR = 31_536_000

const REFUSED_CLAIMS = {
  'expired a year ago': { iat: NOW - YEAR - 60, exp: NOW - YEAR },
  'expired a year ago, without iat': { iat: undefined, exp: NOW - YEAR },
  'expired a moment ago': { exp: NOW - 6 },
  'not yet valid': { nbf: NOW + 3600 },
  'issued in the future': { iat: NOW + 3600, exp: NOW + 7200 },
}

function serverOf(server: Partial<AuthorizationServerOptions>, clock: () => number, cache = true) {
  return testResourceServer({
    server: { keys: undefined as never, ...server },
    clock,
    http: { fetch: laxServer },
    ...(cache ? {} : { cache: false }),
  })
}

describe('a clock that is broken at start-up', () => {
  const common = { issuer: ISSUER, audience: RESOURCE }
  const inner = createJwtVerifier({ ...common, keys })
  const makers: Readonly<Record<string, (clock: () => number) => unknown>> = {
    createResourceServer: (clock) => serverOf({ keys }, clock),
    createJwtVerifier: (clock) => createJwtVerifier({ ...common, keys, clock }),
    createIntrospectionVerifier: (clock) =>
      createIntrospectionVerifier({ ...common, introspection, clock }),
    createHybridVerifier: (clock) =>
      createHybridVerifier({ ...common, keys, introspection, clock }),
    createCachedVerifier: (clock) => createCachedVerifier(inner, { clock }),
    createTokenExchanger: (clock) =>
      createTokenExchanger({ issuer: ISSUER, clientId: 'a', clientSecret: 'b', clock }),
  }

  it.each(
    Object.entries(makers).flatMap(([where, make]) =>
      NASTY.map(([name, read]) => ({ where, make, name, read })),
    ),
  )('$where refuses $name, and names the option', ({ where, make, read }) => {
    const start = () => make(read as () => number)
    expect(start).toThrow(TypeError)
    expect(start).toThrow(`${where}: option \`clock\` must return milliseconds since the epoch`)
  })

  it.each([
    ['seconds', () => NOW, ', not seconds; got 4000000000'],
    ['nothing', () => undefined, '2200; got nothing'],
    ['an error', NASTY.at(-1)?.[1], '; it threw Error'],
  ])('says what is wrong with a clock that returns %s', (_name, read, told) => {
    expect(() => serverOf({ keys }, read as () => number)).toThrow(told)
  })

  it('accepts a clock that stands still in 2002, 2096 or 2199', () => {
    for (const time of [Date.UTC(2002, 0), NOW * 1000, Date.UTC(2199, 0)]) {
      expect(() => serverOf({ keys }, () => time)).not.toThrow()
    }
  })
})

describe.each(Object.entries(MODES))('a clock that breaks at run time: %s', (_mode, server) => {
  it('MCP-7: with a good clock the tokens of this test are 401, with and without a cache', async () => {
    for (const cache of [true, false]) {
      const gate = serverOf(server, () => NOW * 1000, cache)
      for (const claims of Object.values(REFUSED_CLAIMS)) {
        const decision = await gate.authenticate(bearer(await signToken({ claims })))
        expect(decision).toMatchObject({ outcome: 'challenged', status: 401 })
      }
      expect((await gate.authenticate(bearer(await signToken()))).outcome).toBe('allowed')
    }
  })

  it.each(NASTY)('MCP-7: with %s every token is 503, never allowed', async (_name, read) => {
    const tokens = await Promise.all(
      [{}, ...Object.values(REFUSED_CLAIMS)].map((claims) => signToken({ claims })),
    )
    for (const cache of [true, false]) {
      let broken = false
      const clock = () => (broken ? (read() as number) : NOW * 1000)
      const gate = serverOf(server, clock, cache)
      // A good token that is remembered.
      expect((await gate.authenticate(bearer(tokens[0] ?? ''))).outcome).toBe('allowed')
      broken = true
      for (const token of tokens) {
        const decision = await gate.authenticate(bearer(token))
        expect(decision).toMatchObject({ outcome: 'unavailable', reason: 'clock_failed' })
        await expect(gate.verify(token)).rejects.toMatchObject({ reason: 'clock_failed' })
      }
      broken = false
      expect((await gate.authenticate(bearer(tokens[0] ?? ''))).outcome).toBe('allowed')
    }
  })
})

describe('the session of a caller, while the clock is broken', () => {
  it('S1.14: no session is opened meanwhile: the caller gets 503, and opens it again later', async () => {
    let broken = false
    const gate = serverOf({ keys }, () => (broken ? Number.NaN : NOW * 1000))
    const request = bearer(await signToken())
    const decision = await gate.authenticate(request)
    if (decision.outcome !== 'allowed') throw new Error(decision.outcome)
    const open = () =>
      adapterFor(gate).answered(request, decision, { status: 200, sessionId: 'session-1' })
    const named = (token: string) => ({
      ...bearer(token),
      headers: { authorization: `Bearer ${token}`, 'mcp-session-id': 'session-1' },
    })
    const [alice, mallory] = [
      named(await signToken()),
      named(await signToken({ claims: { sub: 'mallory' } })),
    ]
    broken = true
    expect(await open()).toMatchObject({ status: 503 })
    broken = false
    for (const caller of [alice, mallory]) {
      expect(await gate.authenticate(caller)).toMatchObject({ reason: 'session_unknown' })
    }
    expect(await open()).toBeUndefined()
    expect((await gate.authenticate(alice)).outcome).toBe('allowed')
    expect(await gate.authenticate(mallory)).toMatchObject({ reason: 'session_unknown' })
  })
})
