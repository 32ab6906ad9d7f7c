import { describe, expect, it, vi } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import type { TokenVerifier } from '../../../src/verification/token-verifier.ts'
import {
  ALLOWED,
  bearer,
  CORRELATION_ID,
  invalidToken,
  judge,
  request,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const good = await signToken()
const verified: VerifiedToken = await testResourceServer().verify(good)

const throwing = (error: unknown): TokenVerifier => ({
  verify: async () => {
    throw error
  },
})
const withVerifier = (verifier: TokenVerifier) => testResourceServer({ verifier })

const UNAVAILABLE_HEADERS = {
  'Access-Control-Expose-Headers': 'Retry-After',
  'Cache-Control': 'no-store',
  'Content-Type': 'application/json',
}

describe('a custom verifier', () => {
  it('MCP-16: verifies the tokens', async () => {
    const asked: string[] = []
    const server = withVerifier({
      verify: async (token) => {
        asked.push(token)
        return verified
      },
    })
    expect(await judge('opaque-token', server)).toEqual(ALLOWED)
    expect(asked).toEqual(['opaque-token'])
  })

  it('gets the signal of the request', async () => {
    const { signal } = new AbortController()
    const verify = vi.fn(async () => verified)
    await withVerifier({ verify }).authenticate({ ...bearer('x'), signal })
    expect(verify).toHaveBeenCalledWith('x', { signal })
  })

  it('RFC9700-1: scopes and revocation are still checked', async () => {
    const verifier = { verify: async () => ({ ...verified, scopes: [] }) }
    expect((await judge('x', withVerifier(verifier))).reason).toBe('scope_missing')
    const revoking = testResourceServer({ verifier, revocation: () => true })
    expect((await judge('x', revoking)).reason).toBe('token_revoked')
  })

  it('RFC7662-6: is not called for a token that is too long', async () => {
    let asked = 0
    const server = withVerifier({
      verify: async () => {
        asked += 1
        return verified
      },
    })
    const long = 'a'.repeat(8193)
    expect(await judge(long, server)).toEqual(invalidToken('token_too_long'))
    await expect(server.verify(long)).rejects.toMatchObject({ reason: 'token_too_long' })
    expect(asked).toBe(0)
  })

  it.each([
    ['an Error', new Error('boom')],
    ['a TypeError', new TypeError('boom')],
    ['a string', 'boom'],
    ['nothing', undefined],
    ['null', null],
  ])('RFC7662-3: that throws %s gives 503', async (_name, error) => {
    const decision = await withVerifier(throwing(error)).authenticate(bearer(good))
    expect(decision).toMatchObject({
      outcome: 'unavailable',
      status: 503,
      reason: 'verifier_failed',
      headers: { ...UNAVAILABLE_HEADERS, 'Retry-After': '5' },
      body: {
        error: 'temporarily_unavailable',
        error_description: 'The access token cannot be checked right now.',
        correlation_id: CORRELATION_ID,
      },
      correlationId: CORRELATION_ID,
    })
    expect(decision.headers).not.toHaveProperty('WWW-Authenticate')
  })

  const [header = '', payload = '', signature = ''] = good.split('.')
  const quotes: readonly [string, string][] = [
    ['the whole token', `cannot read ${good}`],
    ['it twice', `${good} is ${good}`],
    ['its payload', `Unexpected token in ${payload}`],
    ['its signature', `bad signature ${signature}`],
    ['its first half', `${good.slice(0, good.length / 2)}...`],
    ['header and payload', `signing input ${header}.${payload}`],
  ]

  async function toldOf(error: unknown): Promise<string[]> {
    const told = JSON.stringify(await withVerifier(throwing(error)).authenticate(bearer(good)))
    const parts = { payload, signature, half: good.slice(0, good.length / 2) }
    return Object.entries(parts).flatMap(([name, part]) => (told.includes(part) ? name : []))
  }

  it.each(quotes)('S1.7 RFC9700-2: an Error that quotes %s is redacted', async (_n, message) => {
    expect(await toldOf(new Error(message))).toEqual([])
    expect(await toldOf(Object.assign(new Error('x'), { name: message }))).toEqual([])
    expect(await toldOf(message)).toEqual([])
  })

  it.each(quotes)(
    'S1.7 RFC9700-2: so is one of our classes that quotes %s',
    async (_n, message) => {
      expect(await toldOf(new ChallengeError('token_malformed', message))).toEqual([])
      expect(await toldOf(new UnavailableError('verifier_failed', message))).toEqual([])
    },
  )

  it('MCP-7: that throws a ChallengeError gives 401 with its reason', async () => {
    const error = new ChallengeError('token_inactive', 'gone')
    expect(await judge('x', withVerifier(throwing(error)))).toEqual(invalidToken('token_inactive'))
  })

  it('RFC7662-3: that throws an UnavailableError gives 503 with its Retry-After', async () => {
    const error = new UnavailableError('overloaded', 'busy', { retryAfter: 12.1 })
    const decision = await withVerifier(throwing(error)).authenticate(bearer(good))
    expect(decision).toMatchObject({ reason: 'overloaded', headers: { 'Retry-After': '13' } })
  })
})

describe('authenticate() never rejects', () => {
  const UNAVAILABLE = { outcome: 'unavailable', status: 503 }

  it.each([
    ['a scope of the call that is none', { requiredScopes: ['two words'] }],
    ['a scope of the call with a quote', { requiredScopes: ['a"b'] }],
    ['an empty scope', { requiredScopes: [''] }],
    ['offline_access', { requiredScopes: ['offline_access'] }],
  ])('MCP-4 RFC6750-5 MCP-13: %s', async (_name, options) => {
    const server = testResourceServer()
    for (const asked of [request(), bearer('x'), bearer(good)]) {
      const decision = await server.authenticate(asked, options)
      expect(decision.outcome).not.toBe('allowed')
      expect(decision).toMatchObject(UNAVAILABLE)
    }
  })

  it('RFC6750-5: with a verifier that requires an invalid scope', async () => {
    const error = new ChallengeError('scope_missing', 'no', ['bad"scope'])
    const decision = withVerifier(throwing(error)).authenticate(bearer('x'))
    await expect(decision).resolves.toMatchObject({
      ...UNAVAILABLE,
      reason: 'verifier_failed',
      detail: expect.stringContaining('the verifier asked for a scope that is not a valid'),
    })
  })

  it('S1.13: a correlationId() that throws', async () => {
    const server = testResourceServer({
      correlationId: () => {
        throw new Error('no id')
      },
    })
    const decision = await server.authenticate(request())
    expect(decision).toMatchObject({ outcome: 'challenged', status: 401 })
    expect(decision.correlationId).toMatch(/./)
  })

  it.each([
    ['no headers', {}],
    ['headers that are null', { headers: null }],
    ['a header that is a number', { headers: { authorization: 5 } }],
    ['a header that is a list of numbers', { headers: { authorization: [5] } }],
  ])('MCP-13: %s', async (_name, asked) => {
    const decision = await testResourceServer().authenticate({
      method: 'GET',
      url: '/mcp',
      ...asked,
    } as never)
    expect(decision.outcome).not.toBe('allowed')
  })

  it('MCP-13: a caller that has gone', async () => {
    const server = testResourceServer()
    const signal = AbortSignal.abort()
    expect((await server.authenticate({ ...bearer(good), signal })).outcome).toBe('unavailable')
  })
})

describe('an error that cannot be read', () => {
  const token = 'a-token-of-some-length-that-is-told-nowhere'
  const hostile = (): never => {
    throw new Error(token)
  }
  const traps = { getPrototypeOf: hostile, has: hostile, get: hostile }
  const throwsItself: object = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw throwsItself
      },
      has() {
        throw throwsItself
      },
    },
  )
  it.each<[string, unknown]>([
    ['a proxy that throws', new Proxy(new Error('x'), traps)],
    ['a proxy that throws itself', throwsItself],
    ['a message that throws', Object.defineProperty(new Error('x'), 'message', { get: hostile })],
    ['a message that is no text', Object.assign(new Error('x'), { message: Symbol('x') })],
    ['a message without a text', Object.assign(new Error(), { message: { toString: hostile } })],
    ['a name that is no text', Object.assign(new Error('x'), { name: Symbol('x') })],
    [
      'one of ours whose message is no text',
      Object.assign(new ChallengeError('token_inactive', 'x'), { message: {} }),
    ],
  ])(
    'S1.4: thrown by a custom verifier is 503, and its text is not shown: %s',
    async (_what, error) => {
      const server = withVerifier(throwing(error))
      const decision = await server.authenticate(bearer(token))
      expect(decision).toMatchObject({ status: 503, reason: 'verifier_failed' })
      expect(JSON.stringify(decision)).not.toContain('told-nowhere')
      const thrown: unknown = await server.verify(token).catch((reason: unknown) => reason)
      expect(thrown instanceof UnavailableError && thrown.message).toBe(
        'the verifier threw an error that cannot be read',
      )
    },
  )
})

it.each([Number.NaN, Number.POSITIVE_INFINITY])(
  'RFC7662-3: a `retryAfter` of %d becomes the default of 5 seconds',
  async (retryAfter) => {
    const error = new UnavailableError('verifier_failed', 'x', { retryAfter })
    const decision = await withVerifier(throwing(error)).authenticate(bearer('token'))
    expect(decision).toMatchObject({ status: 503, headers: { 'Retry-After': '5' } })
  },
)
