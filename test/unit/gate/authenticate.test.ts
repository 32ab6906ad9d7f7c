import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import type { ChallengeReason } from '../../../src/errors/reasons.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { challengesOf } from '../../support/challenges.ts'
import { throwing } from '../../support/throwing.ts'
import {
  ALLOWED,
  answerOf,
  bearer,
  CHALLENGES,
  CORRELATION_ID,
  invalidToken,
  judge,
  METADATA_URL,
  NOW,
  request,
  rsaKey,
  signToken,
  testResourceServer,
  VERIFIED,
} from '../../support/tokens.ts'

const good = await signToken()

const scopeless = await signToken({ claims: { scope: 'x' } })

const UNAVAILABLE_HEADERS = {
  'Access-Control-Expose-Headers': 'Retry-After',
  'Cache-Control': 'no-store',
  'Content-Type': 'application/json',
}

describe('an allowed request', () => {
  it('RFC9068-2 RFC9700-3: comes with the token as plain data', async () => {
    const decision = await testResourceServer().authenticate(bearer(good))
    expect(decision).toEqual({
      outcome: 'allowed',
      token: VERIFIED,
      possession: [],
      headers: {},
      withheld: [],
      // 300 seconds until it expires, and 30 to refresh it.
      streamEndsIn: 330,
      message: undefined,
      sessionId: undefined,
      correlationId: undefined,
    })
  })

  it('MCP-18 S1.7: holds the token’s text nowhere', async () => {
    const decision = await testResourceServer().authenticate(bearer(good))
    expect(JSON.stringify(decision)).not.toContain(good.split('.')[2])
    expect(JSON.stringify(decision)).not.toContain(good.split('.')[1])
  })
})

describe('a refusal', () => {
  const refused = async (authorization?: string) =>
    testResourceServer().authenticate(request(authorization))

  const CASES: readonly [string, string | undefined, number, keyof typeof CHALLENGES][] = [
    ['RFC6750-2: no credentials', undefined, 401, 'none'],
    ['RFC6750-2: another scheme', 'Basic dTpw', 401, 'none'],
    ['RFC6750-3: a malformed header', 'Bearer x y', 400, 'invalid_request'],
    ['RFC6750-3 MCP-7: a bad token', 'Bearer abc', 401, 'invalid_token'],
    ['RFC6750-3 MCP-9: too few scopes', `Bearer ${scopeless}`, 403, 'insufficient_scope'],
  ]

  const DESCRIPTIONS = {
    none: 'An access token is needed.',
    invalid_request: 'The Authorization header is malformed.',
    invalid_token: 'The access token is not valid for this server.',
    insufficient_scope: 'The access token lacks a scope that this request needs.',
  } as const

  it.each(CASES)('MCP-6 MCP-24 S1.9 S1.13 RFC9728-6: %s', async (_name, shown, status, code) => {
    const decision = await refused(shown)
    expect(decision).toMatchObject({
      outcome: 'challenged',
      status,
      headers: {
        'WWW-Authenticate': CHALLENGES[code],
        'Access-Control-Expose-Headers': 'WWW-Authenticate',
        'Cache-Control': 'no-store',
        'Content-Type': 'application/json',
      },
      correlationId: CORRELATION_ID,
    })
    // Nothing else: no reason, and no member of a JSON-RPC message.
    expect('body' in decision && decision.body).toEqual({
      ...(code === 'none' ? {} : { error: code }),
      error_description: DESCRIPTIONS[code],
      correlation_id: CORRELATION_ID,
    })
  })

  it.each([
    [{ iss: 'https://evil.example.com' }, 'issuer_unknown'],
    [{ aud: 'https://other.example.com' }, 'audience_mismatch'],
    [{ exp: NOW - 1000 }, 'token_expired'],
    [{ cnf: { jkt: 'x' } }, 'sender_constraint_unmet'],
  ])(
    'S1.13 RFC9700-2: %j is only in reason and detail, not in the response',
    async (claims, reason) => {
      const decision = await refused(`Bearer ${await signToken({ claims })}`)
      if (decision.outcome !== 'challenged') expect.fail(decision.outcome)
      expect(decision.reason).toBe(reason)
      expect(decision.detail).not.toBe('')
      const sent = JSON.stringify([decision.headers, decision.body])
      const { body } = (await refused('Bearer abc')) as typeof decision
      expect(decision.body).toEqual(body)
      for (const word of [reason, decision.detail, 'evil', 'other.example']) {
        expect(sent).not.toContain(word)
      }
    },
  )

  it('S1.13: has a new correlation id each time', async () => {
    const server = testResourceServer({ correlationId: undefined } as object)
    const ids = new Set<string>()
    for (let call = 0; call < 3; call += 1) {
      const decision = await server.authenticate(request())
      if (decision.outcome !== 'challenged') expect.fail(decision.outcome)
      expect(decision.body.correlation_id).toBe(decision.correlationId)
      expect(decision.correlationId).toMatch(/^[0-9a-f-]{36}$/)
      ids.add(decision.correlationId)
    }
    expect(ids.size).toBe(3)
  })

  it('S1.9: names the configured realm', async () => {
    const decision = await testResourceServer({ realm: 'mcp' }).authenticate(request())
    expect(answerOf(decision).challenge).toBe(
      challengesOf({ realm: 'mcp', scope: 'mcp:tools', metadataUrl: METADATA_URL }),
    )
  })

  it('RFC6750-3: each reason has its status and its error code', () => {
    const codeOf = (reason: ChallengeReason) => {
      const { status, code: error } = new ChallengeError(reason, '')
      return [status, error]
    }
    expect(codeOf('credentials_missing')).toEqual([401, undefined])
    expect(codeOf('scheme_unsupported')).toEqual([401, undefined])
    expect(codeOf('authorization_malformed')).toEqual([400, 'invalid_request'])
    expect(codeOf('authorization_repeated')).toEqual([400, 'invalid_request'])
    expect(codeOf('scope_missing')).toEqual([403, 'insufficient_scope'])
    for (const reason of ['token_revoked', 'token_inactive', 'key_unknown'] as const) {
      expect(codeOf(reason)).toEqual([401, 'invalid_token'])
    }
  })
})

describe('revocation', () => {
  const judgeWith = (revocation: unknown) =>
    judge(good, testResourceServer({ revocation } as object))
  const REVOKED = invalidToken('token_revoked')

  it.each([
    ['false', false, ALLOWED],
    ['true', true, REVOKED],
  ])('MCP-7: %s', async (_name, answer, expected) => {
    expect(await judgeWith(() => answer)).toEqual(expected)
    expect(await judgeWith(async () => answer)).toEqual(expected)
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['zero', 0],
    ['one', 1],
    ['"false"', 'false'],
  ])('RFC7662-3: %s is no boolean, so the request is 503 and not 401', async (_name, answer) => {
    for (const revocation of [() => answer, async () => answer]) {
      const server = testResourceServer({ revocation } as object)
      expect(await server.authenticate(bearer(good))).toMatchObject({
        outcome: 'unavailable',
        reason: 'revocation_check_failed',
      })
    }
  })

  it('an aborted request does not wait for the revocation check', async () => {
    const gone = new AbortController()
    const revocation = () => {
      // The verification has ended, so only the wait for this answer can end.
      gone.abort()
      return new Promise<boolean>(() => {})
    }
    const asked = { ...bearer(good), signal: gone.signal }
    expect(await testResourceServer({ revocation }).authenticate(asked)).toMatchObject({
      outcome: 'unavailable',
      reason: 'request_aborted',
    })
  })

  it('S1.3 RFC9700-1: is asked at every request, about the whole token', async () => {
    const asked: VerifiedToken[] = []
    let revoked = false
    const server = testResourceServer({
      revocation: (token) => {
        asked.push(token)
        return revoked
      },
    })
    expect(await judge(good, server)).toEqual(ALLOWED)
    expect(await judge(good, server)).toEqual(ALLOWED)
    revoked = true
    expect(await judge(good, server)).toEqual(REVOKED)
    expect(asked).toEqual([VERIFIED, VERIFIED, VERIFIED])
    await expect(server.verify(good)).rejects.toMatchObject({ reason: 'token_revoked' })
  })

  it('MCP-7: comes before scopes: a revoked token with too few is 401, not 403', async () => {
    const server = testResourceServer({
      revocation: () => true,
      requiredScopes: ['mcp:admin'],
    })
    expect((await judge(good, server)).reason).toBe('token_revoked')
  })

  it.each([
    ['rejects', async () => Promise.reject(new Error(`down: ${good}`))],
    ['throws', throwing(new RangeError(`down: ${good}`))],
    ['throws no Error', throwing(good)],
  ])('RFC7662-3 S1.7: one that %s makes the request unavailable', async (_name, revocation) => {
    const decision = await testResourceServer({ revocation }).authenticate(bearer(good))
    expect(decision).toMatchObject({
      outcome: 'unavailable',
      status: 503,
      reason: 'revocation_check_failed',
      headers: { ...UNAVAILABLE_HEADERS, 'Retry-After': '5' },
    })
    expect(JSON.stringify(decision)).not.toContain(good)
    const error = await testResourceServer({ revocation })
      .verify(good)
      .catch((thrown: unknown) => thrown)
    expect(inspect(error, { showHidden: true })).not.toContain(good)
  })
})

describe('the end of a stream', () => {
  it.each([
    ['half a minute after the token', {}, NOW + 300, 330],
    ['with it', { streamGrace: 0 }, NOW + 300, 300],
    ['as much later as it says', { streamGrace: 7.5 }, NOW + 300, 307.5],
    ['soon, where the token lives by tolerance alone', {}, NOW - 3, 27],
    ['with the tolerance, where that is all that is left', { streamGrace: 0 }, NOW - 3, 2],
    ['with the tolerance, where the token expires now', { streamGrace: 0 }, NOW, 5],
    ['never', { streamGrace: false as const }, NOW + 300, undefined],
  ])('MCP-26: is %s', async (_name, options, exp, seconds) => {
    const token = await signToken({ claims: { exp } })
    const decision = await testResourceServer(options).authenticate(bearer(token))
    expect(decision).toMatchObject({ outcome: 'allowed', streamEndsIn: seconds })
  })
})

describe('`policy: false`', () => {
  it('S1.6: skips only the policy for one request', async () => {
    const message = () => expect.fail('the body was read')
    const server = testResourceServer({ policy: { default: 'deny' } })
    const outside = { policy: false, requiredScopes: ['health:read'] } as const
    const both = await signToken({ claims: { scope: 'mcp:tools health:read' } })
    expect(await server.authenticate({ ...bearer(both), message }, outside)).toMatchObject({
      outcome: 'allowed',
      message: undefined,
    })
    for (const [shown, status] of [
      [good, 403],
      ['abc', 401],
    ] as const) {
      const asked = { ...bearer(shown), message }
      expect(await server.authenticate(asked, outside)).toMatchObject({ status })
    }
    const headers = { authorization: `Bearer ${both}`, 'mcp-session-id': 's1' }
    expect(await server.authenticate(request(undefined, { headers }), outside)).toMatchObject({
      status: 404,
    })
  })
})

describe('options that authenticate() is given', () => {
  it.each([
    ['undefined in place of a scope', { requiredScopes: [undefined] }],
    ['a scope that is a number', { requiredScopes: [5] }],
    ['a text in place of a list', { requiredScopes: 'mcp:tools' }],
    ['a number in place of a list', { requiredScopes: 5 }],
    ['null in place of a list', { requiredScopes: null }],
    ['a name that is no option', { scopes: ['admin'] }],
    ['a policy that is not false', { policy: true }],
    ['null', null],
    ['a text', 'admin'],
  ])('with %s are answered with 503, whatever the token may do', async (_what, options) => {
    const decision = await testResourceServer().authenticate(
      bearer(await signToken()),
      options as never,
    )
    expect(decision).toMatchObject({ outcome: 'unavailable', reason: 'verifier_failed' })
  })
})

describe('options that come with a request', () => {
  it.each([
    [
      'an old name',
      { scopes: ['mcp:admin'] },
      'no option `scopes`: did you mean `requiredScopes`?',
    ],
    ['a text for a list', { requiredScopes: 'mcp:admin' }, '`requiredScopes` must be a list'],
    ['no scope-token', { requiredScopes: ['a b'] }, '`requiredScopes.0` must be one scope'],
    ['offline_access', { requiredScopes: ['offline_access'] }, 'must not name offline_access'],
    ['another policy', { policy: true }, '`policy` must be false or left out'],
    ['null', null, 'must be an object'],
  ])('S1.9: %s opens nothing, and the event names the option', async (_what, options, detail) => {
    const server = testResourceServer()
    const decision = await server.authenticate(bearer(await signToken()), options as object)
    expect(decision).toMatchObject({ outcome: 'unavailable', reason: 'verifier_failed' })
    expect(decision).toHaveProperty('detail', expect.stringContaining(detail))
  })
})

it.each([
  ['a request without headers', { method: 'POST' }],
  ['a promise of a request', Promise.resolve({ method: 'POST', url: '/mcp', headers: {} })],
])('S1.9: %s is our own mistake, and its event says so', async (_what, request) => {
  const decision = await testResourceServer().authenticate(request as never)
  expect(decision).toMatchObject({ outcome: 'unavailable', status: 503 })
  expect(decision).toHaveProperty(
    'detail',
    'the request cannot be read (TypeError): it must have method, url and headers; was an `await` forgotten?',
  )
})

describe('the resource server', () => {
  it('RFC8725-2: is ready at once with given keys', async () => {
    const server = testResourceServer({ server: { keys: { keys: [rsaKey.publicKey as never] } } })
    await expect(server.ready()).resolves.toBeUndefined()
    await expect(server.close()).resolves.toBeUndefined()
  })
})
