import { describe, expect, it } from 'vitest'
import type { Revocation } from '../../../src/revocation/revocation.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import {
  answering,
  bearer,
  CLAIMS,
  INTROSPECTION,
  ISSUER,
  NOW,
  type Overrides,
  rsaKey,
  signToken,
  testResourceServer,
  VERIFIED,
} from '../../support/tokens.ts'

const REVOKED = { outcome: 'challenged', status: 401, reason: 'token_revoked' }

/** A resource server whose clock a test moves. */
function serverWith(options: Overrides = {}) {
  const clock = createTestClock(NOW * 1000)
  const server = testResourceServer({ clock, clockTolerance: 5, ...options })
  const outcome = async (claims: object = {}) => {
    const iat = clock.seconds
    const token = await signToken({ claims: { ...CLAIMS, iat, exp: iat + 300, ...claims } })
    return server.authenticate(bearer(token))
  }
  return { clock, server, outcome }
}

describe('revoke()', () => {
  it.each<[string, Revocation, object, object]>([
    ['a session', { session: 's1' }, { sid: 's1' }, { sid: 's2' }],
    ['a subject', { subject: 'alice' }, {}, { sub: 'bob' }],
    ['a client', { client: 'inspector' }, {}, { client_id: 'another' }],
    ['a token', { token: 'token-1' }, {}, { jti: 'token-2' }],
    ['the same, with the issuer', { token: 'token-1', issuer: ISSUER }, {}, { jti: 'token-2' }],
  ])('REV-1: %s: such tokens are refused, others are not', async (_what, what, hit, other) => {
    const { server, outcome } = serverWith()
    expect((await outcome(hit)).outcome).toBe('allowed')
    await server.revoke(what)
    expect(await outcome(hit)).toMatchObject(REVOKED)
    expect((await outcome(other)).outcome).toBe('allowed')
  })

  it('REV-1: everything: all tokens that were issued until now', async () => {
    const { server, outcome, clock } = serverWith()
    await server.revoke({ everything: true })
    expect(await outcome({ sub: 'anybody', sid: 'any' })).toMatchObject(REVOKED)
    clock.advance(6)
    expect((await outcome()).outcome).toBe('allowed')
  })

  it('REV-1: a subject may log in again, once the clocks cannot be apart any more', async () => {
    const { server, outcome, clock } = serverWith()
    await server.revoke({ subject: 'alice' })
    clock.advance(5)
    expect(await outcome()).toMatchObject(REVOKED)
    clock.advance(1)
    expect((await outcome()).outcome).toBe('allowed')
    expect(await outcome({ iat: NOW })).toMatchObject(REVOKED)
  })

  it('REV-1: a session stays revoked, for tokens that are issued later too', async () => {
    const { server, outcome, clock } = serverWith()
    await server.revoke({ session: 's1' })
    clock.advance(1000)
    expect(await outcome({ sid: 's1' })).toMatchObject(REVOKED)
  })

  it('REV-1: `issuedBefore` is an instant, with its second, or "ever"', async () => {
    const { server, outcome } = serverWith()
    await server.revoke({ subject: 'alice', issuedBefore: new Date((NOW - 10) * 1000 + 900) })
    expect(await outcome({ iat: NOW - 10 })).toMatchObject(REVOKED)
    expect((await outcome({ iat: NOW - 9 })).outcome).toBe('allowed')
    await server.revoke({ session: 's1', issuedBefore: new Date((NOW - 10) * 1000) })
    expect((await outcome({ iat: NOW - 9, sid: 's1' })).outcome).toBe('allowed')
    await server.revoke({ subject: 'alice', issuedBefore: 'ever' })
    expect(await outcome()).toMatchObject(REVOKED)
  })

  it('REV-1: with several issuers, only the tokens of one', async () => {
    const other = 'https://other.example.com'
    const { server, outcome } = serverWith({
      authorizationServer: [
        { issuer: ISSUER, keys: { keys: [rsaKey.publicKey] } },
        { issuer: other, keys: { keys: [rsaKey.publicKey] } },
      ],
    })
    await expect(server.revoke({ subject: 'alice' })).rejects.toThrow(
      `revoke: option \`issuer\` must be one of ${ISSUER}, ${other}; got nothing`,
    )
    await server.revoke({ issuer: other, subject: 'alice' })
    expect((await outcome()).outcome).toBe('allowed')
    expect(await outcome({ iss: other })).toMatchObject(REVOKED)
  })

  it('REV-1: counts for verify(), and for tokens of the option `verifier`', async () => {
    const { server } = serverWith()
    const token = await signToken({ claims: { sid: 's1' } })
    await server.verify(token)
    await server.revoke({ session: 's1' })
    await expect(server.verify(token)).rejects.toMatchObject({ reason: 'token_revoked' })

    const own = testResourceServer({
      verifier: { verify: async () => ({ ...VERIFIED, claims: {} }) },
    })
    expect((await own.authenticate(bearer('any'))).outcome).toBe('allowed')
    await own.revoke({ session: 's1' })
    expect((await own.authenticate(bearer('any'))).outcome).toBe('allowed')
    await own.revoke({ subject: 'alice' })
    expect(await own.authenticate(bearer('any'))).toMatchObject(REVOKED)
  })

  it.each([
    ['introspection', 'opaque'],
    ['hybrid', 'jwt'],
  ] as const)(
    'REV-1: with %s, a result in the cache does not help, and leaves the cache',
    async (verification, form) => {
      let asked = 0
      const { fetch: answer } = answering({ ...CLAIMS, iat: undefined, sid: 's1' })
      const fetch: typeof globalThis.fetch = (...given) => {
        asked += 1
        return answer(...given)
      }
      const server = testResourceServer({
        http: { fetch },
        cache: { introspectionMaxAge: 30 },
        server: { verification, introspection: INTROSPECTION },
      })
      const token = form === 'opaque' ? 'opaque-token' : await signToken({ claims: { sid: 's1' } })
      expect((await server.authenticate(bearer(token))).outcome).toBe('allowed')
      expect((await server.authenticate(bearer(token))).outcome).toBe('allowed')
      expect(asked).toBe(1)
      await server.revoke({ subject: 'alice' })
      expect(await server.authenticate(bearer(token))).toMatchObject(REVOKED)
      // Asked anew, the authorization server still calls it active. That does not help either.
      expect(await server.authenticate(bearer(token))).toMatchObject(REVOKED)
      expect(asked).toBe(2)
    },
  )

  it.each([
    [undefined, 'must be an object that says what is revoked'],
    [null, 'must be an object'],
    ['alice', 'must be an object'],
    [{}, 'exactly one of session, subject, client, token, everything; got none of them'],
    [{ issuer: ISSUER }, 'got none of them'],
    [{ session: undefined }, 'got none of them'],
    [{ session: 's1', subject: 'alice' }, 'got session and subject'],
    [{ everything: true, client: 'c' }, 'got client and everything'],
    [{ session: '' }, 'option `session` is empty'],
    [{ subject: 5 }, 'option `subject` must be'],
    [{ client: null }, 'option `client` must be'],
    [{ token: ['t'] }, 'option `token` must be'],
    [{ everything: false }, 'option `everything` must be true'],
    [{ issuer: '', subject: 'a' }, 'option `issuer` is empty'],
    [{ issuer: 'https://other.example.com', subject: 'a' }, 'option `issuer` must be one of'],
    [{ issuer: `${ISSUER}/`, subject: 'a' }, 'option `issuer` must be one of'],
    [{ sid: 's1' }, 'there is no option `sid`'],
    [{ sessions: 's1' }, 'did you mean `session`?'],
    [
      { subject: 'a', issuedBefore: new Date('never') },
      'option `issuedBefore` must be a valid Date',
    ],
    [{ subject: 'a', issuedBefore: NOW }, 'option `issuedBefore` must be a valid Date'],
    [{ subject: 'a', issuedBefore: 'now' }, 'option `issuedBefore` must be a valid Date'],
    [
      { subject: 'a', issuedBefore: new Date((NOW + 3600) * 1000) },
      'option `issuedBefore` must be a date, at most 300 seconds from now',
    ],
  ])('REV-1: %j is a TypeError that says what is wrong', async (argument, message) => {
    const { server, outcome } = serverWith()
    const failed = await server.revoke(argument as Revocation).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(TypeError)
    expect((failed as Error).message).toMatch(/^revoke: /)
    expect((failed as Error).message).toContain(message)
    expect((await outcome({ sid: 's1', sub: 'a' })).outcome).toBe('allowed')
  })

  it('S1.4: a token in place of its `jti` is refused, and not shown', async () => {
    const token = await signToken()
    const { server } = serverWith()
    const failed = await server.revoke({ token }).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(TypeError)
    expect((failed as Error).message).toContain('must be the claim `jti`')
    expect((failed as Error).message).not.toContain(token.slice(0, 20))
  })
})
