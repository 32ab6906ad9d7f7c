import { AssertionError } from 'node:assert'
import { expect as base, describe, it } from 'vitest'
import { fetchGate } from '../../../src/adapters/fetch.ts'
import { RequestRefusedError } from '../../../src/errors/request-refused-error.ts'
import {
  assertAllowed,
  assertChallenged,
  assertRefused,
  assertUnavailable,
  createTestIssuer,
  type McpMatchers,
  mcpMatchers,
  recordDecisions,
  testFetchRequest,
  testRequest,
} from '../../../src/testing/index.ts'

base.extend(mcpMatchers)
const expect = base as unknown as typeof base &
  ((value: unknown) => McpMatchers<void> & { not: McpMatchers<void>; rejects: McpMatchers<void> })

/** The message of an assertion that fails. */
const messageOf = async (work: () => unknown): Promise<string> => {
  try {
    await work()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the assertion passed')
}

const scopes = ['mcp:tools']

async function scene() {
  const issuer = createTestIssuer()
  const server = issuer.resourceServer({ requiredScopes: scopes })
  const decide = async (token: string) => server.authenticate(await testRequest({ token }))
  return { issuer, server, decide }
}

describe('the matchers and assertions', () => {
  it('accept what was decided as expected', async () => {
    const { issuer, server, decide } = await scene()
    const allowed = await decide(await issuer.token({ scopes, subject: 'alice' }))
    expect(allowed).toBeAllowed({ subject: 'alice', scopes })
    assertAllowed(allowed, { clientId: 'test-client' })
    // The assertion tells the compiler too.
    base(allowed.token.subject).toBe('alice')
    const challenged = await decide(await issuer.token())
    expect(challenged).toBeChallenged({ status: 403, reason: 'scope_missing', scopes })
    expect(challenged).not.toBeAllowed()
    assertChallenged(challenged, { status: 403 })
    const expired = await issuer.token({ expiresIn: -60 })
    const error = await server.verify(expired).catch((reason: unknown) => reason)
    expect(error).toBeChallenged({ status: 401, reason: 'token_expired' })
    expect(await server.verify(await issuer.token({ scopes }))).toBeAllowed({ scopes })
    const headers = { origin: 'https://evil.example' }
    const refused = await server.authenticate(await testRequest({ token: 'x', headers }))
    expect(refused).toBeRefused({ status: 403, reason: 'origin_refused' })
    assertRefused(new RequestRefusedError('session_unknown', 'gone'), { status: 404 })
    await issuer[Symbol.asyncDispose]()
    const closed = await decide(await issuer.token({ scopes }))
    expect(closed).toBeUnavailable({ reason: 'closed' })
    assertUnavailable(closed)
  })

  it('print why a decision was what it was, and what it is expected to be', async () => {
    const { issuer, decide } = await scene()
    const decision = await decide(await issuer.token({ scopes, audience: 'https://a.example' }))
    const message = await messageOf(() => expect(decision).toBeAllowed())
    base(message).toMatch(
      /^toBeAllowed: the request was challenged \(it needs another token\); expected was that it is allowed/,
    )
    base(message).toContain('reason: audience_mismatch')
    base(message).toContain('https://a.example')
    base(message).toMatch(/WWW-Authenticate: Bearer .*error="invalid_token"/)
    base(message).toContain(`correlation id: ${decision.correlationId}`)
    const wrong = await messageOf(() => assertChallenged(decision, { reason: 'token_expired' }))
    base(wrong).toContain('expected reason token_expired, found audience_mismatch')
    const allowed = await decide(await issuer.token({ scopes }))
    base(await messageOf(() => expect(allowed).not.toBeAllowed())).toContain('subject: test-user')
  })

  it('never print a token', async () => {
    const { issuer, server, decide } = await scene()
    const tokens = [
      await issuer.token({ scopes }),
      await issuer.token({ claims: { aud: await issuer.token() } }),
      await issuer.forgedToken({ scopes }),
      issuer.opaqueToken(),
    ]
    for (const token of tokens) {
      const decision = await decide(token)
      const echoed = token.includes('.') ? token : 'x'
      const answer = new Response(token, {
        status: 401,
        headers: { 'www-authenticate': `Bearer error="${echoed}"` },
      })
      for (const value of [decision, answer, token, { token }, await testRequest({ token })]) {
        const message = await messageOf(() => assertUnavailable(value as Response))
        for (const part of token.split('.')) base(message).not.toContain(part)
      }
    }
    await server.close()
  })

  it('throw an AssertionError whose stack begins in the test', async () => {
    const { decide } = await scene()
    const decision = await decide('garbage')
    base(() => assertAllowed(decision)).toThrow(AssertionError)
    try {
      assertAllowed(decision)
    } catch (error) {
      base((error as Error).stack?.split('\n    at ')[1]).toContain('matchers.test.ts')
    }
  })

  it('explain the answer of a server, with the reason if decisions are recorded', async () => {
    const { issuer, server } = await scene()
    const gate = fetchGate(server, () => Response.json({ ok: true }))
    const send = async (token: string) => gate(await testFetchRequest({ token }))
    const unrecorded = await send(await issuer.token())
    await expect(unrecorded).toBeChallenged({ status: 403, scopes })
    base(
      await messageOf(() => expect(unrecorded).toBeChallenged({ reason: 'scope_missing' })),
    ).toContain('call recordDecisions() before the request')
    // The test can still read the answer.
    base(await unrecorded.json()).toMatchObject({ error: 'insufficient_scope' })
    using record = recordDecisions()
    const response = await send(await issuer.token())
    await expect(response).toBeChallenged({ reason: 'scope_missing' })
    base(await messageOf(() => assertAllowed(response))).toMatch(
      /reason: scope_missing\n +detail: /,
    )
    base(record.decisions).toHaveLength(1)
    await assertAllowed(await send(await issuer.token({ scopes })))
    using _outage = issuer.outage({ of: 'introspection' })
    await assertUnavailable(await send(await issuer.token({ scopes })), {
      reason: 'introspection_unavailable',
    })
  })

  it('name a wrong expectation, a forgotten await, and a value that is none of theirs', async () => {
    const { decide } = await scene()
    const decision = await decide('garbage')
    base(() => expect(decision).toBeChallenged({ reasons: 'x' } as object)).toThrow(
      'nothing can be expected of `reasons` (did you mean `reason`?)',
    )
    for (const value of [decide('garbage'), undefined, null, 42, 'text', {}, []]) {
      base(() => expect(value).toBeAllowed()).toThrow('Was an `await` forgotten?')
      base(() => expect(value).not.toBeAllowed()).not.toThrow()
    }
  })
})
