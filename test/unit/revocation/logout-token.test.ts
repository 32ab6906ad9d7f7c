import { createPublicKey } from 'node:crypto'
import { exportJWK, UnsecuredJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import type { ResourceRequest } from '../../../src/http/resource-request.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../../src/telemetry/events.ts'
import { createTestKey } from '../../../src/testing/create-test-key.ts'
import { collectEvents } from '../../support/events.ts'
import {
  FORM,
  LOGOUT_CLIENT,
  LOGOUT_EVENT,
  logoutClaims,
  postLogout,
  sendLogout,
  signLogoutToken,
} from '../../support/logout-tokens.ts'
import {
  attackerKey,
  base64url,
  bearer,
  CLAIMS,
  ecKey,
  forge,
  ISSUER,
  judge,
  NOW,
  type Overrides,
  rsaKey,
  signKeycloakToken,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const serverOf = (overrides: Overrides = {}) =>
  testResourceServer({
    ...overrides,
    server: { backchannelLogout: { clientIds: LOGOUT_CLIENT }, ...overrides.server },
  })

const tokenOf = (sid: string | undefined, more = {}) =>
  signToken({ claims: { ...CLAIMS, sid, ...more } })

const otherKey = createTestKey({ algorithm: 'RS256', keyId: 'rsa-1' })

const REFUSED = {
  status: 400,
  headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' },
  body: JSON.stringify({
    error: 'invalid_request',
    error_description: 'The message is not valid. The log of the server says why.',
  }),
}
const DONE = { status: 200, headers: { 'Cache-Control': 'no-store' }, body: undefined }

const events = collectEvents<RevocationEvent>(REVOCATION_CHANNEL)
const refusals = () =>
  events.filter(({ kind }) => kind === 'message_refused').map(({ detail }) => detail)

describe('BCL-1, BCL-2: an accepted logout token', () => {
  it.each([
    ['logout+jwt', { typ: 'logout+jwt' }],
    ['the full media type', { typ: 'application/logout+jwt' }],
    ['upper case', { typ: 'Logout+JWT' }],
    ['JWT, from an older server', { typ: 'JWT' }],
    ['no typ', { typ: undefined }],
  ])('may have the type: %s', async (_what, header) => {
    const server = serverOf()
    expect(await postLogout(server, await signLogoutToken({ header }))).toEqual(DONE)
    expect(await judge(await tokenOf('session-1'), server)).toMatchObject({
      status: 401,
      reason: 'token_revoked',
    })
  })

  it.each<[string, Record<string, unknown>]>([
    ['a list of audiences', { aud: ['somebody', LOGOUT_CLIENT] }],
    ['fractions of seconds', { iat: NOW - 0.5, exp: NOW + 0.5 }],
    ['a clock that is ahead within the tolerance', { iat: NOW + 5 }],
    ['an expiry within the tolerance', { exp: NOW - 4 }],
    ['unknown claims', { typ: 'Logout', txn: 'x', toe: 3 }],
    ['more events', { events: { [LOGOUT_EVENT]: {}, revoke_offline_access: true } }],
    ['an event with members', { events: { [LOGOUT_EVENT]: { reason: 'x' } } }],
  ])('may have %s', async (_what, claims) => {
    const server = serverOf({ clockTolerance: 5 })
    expect(await postLogout(server, await signLogoutToken({ claims }))).toEqual(DONE)
  })

  it('may be signed with any key of the issuer, and be for any of our clients', async () => {
    const server = serverOf({ server: { backchannelLogout: { clientIds: ['a', 'b'] } } })
    for (const aud of ['a', 'b']) {
      const token = await signLogoutToken({ claims: { aud }, key: ecKey })
      expect(await postLogout(server, token)).toEqual(DONE)
    }
  })
})

describe('BCL-1, BCL-2: a refused logout token revokes nothing', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['another issuer', { iss: 'https://evil.example' }, '"iss" is'],
    ['the issuer with a slash', { iss: `${ISSUER}/` }, '"iss" is'],
    ['no issuer', { iss: undefined }, '"iss" is'],
    ['a list as issuer', { iss: [ISSUER] }, '"iss" is'],
    ['another audience', { aud: 'somebody' }, '"aud" is'],
    ['no audience', { aud: undefined }, 'no "aud"; expected "'],
    ['an empty list of audiences', { aud: [] }, '"aud" is'],
    ['an audience that is no text', { aud: [LOGOUT_CLIENT, 1] }, '"aud" is'],
    ['an object as audience', { aud: { [LOGOUT_CLIENT]: true } }, '"aud" is'],
    ['no iat', { iat: undefined }, '"iat" is'],
    ['a text as iat', { iat: String(NOW) }, '"iat" is'],
    ['iat in the future', { iat: NOW + 60 }, '"iat" is'],
    ['iat in milliseconds', { iat: NOW * 1000 }, '"iat" is'],
    ['iat of zero', { iat: 0 }, '"iat" is'],
    ['a negative iat', { iat: -NOW }, '"iat" is'],
    ['no exp', { exp: undefined }, '"exp" is'],
    ['a text as exp', { exp: String(NOW + 60) }, '"exp" is'],
    ['null as exp', { exp: null }, '"exp" is'],
    ['exp in the past', { exp: NOW - 60 }, 'expired'],
    ['no jti', { jti: undefined }, '"jti" is'],
    ['an empty jti', { jti: '' }, '"jti" is'],
    ['a number as jti', { jti: 1 }, '"jti" is'],
    ['a jti that is too long', { jti: 'x'.repeat(1025) }, '"jti" is'],
    ['neither sub nor sid', { sub: undefined, sid: undefined }, 'neither "sub" nor "sid"'],
    ['an empty sub', { sub: '' }, '"sub" is'],
    ['null as sub', { sub: null }, '"sub" is'],
    ['a number as sid', { sid: 1 }, '"sid" is'],
    ['a list as sid', { sid: ['session-1'] }, '"sid" is'],
    ['an empty sid', { sid: '' }, '"sid" is'],
    ['a sid that is too long', { sid: 'x'.repeat(1025) }, '"sid" is'],
    ['no events', { events: undefined }, '"events" has no'],
    ['a list of events', { events: [LOGOUT_EVENT] }, '"events" has no'],
    ['a text as events', { events: LOGOUT_EVENT }, '"events" has no'],
    ['another event', { events: { 'https://example.com/event': {} } }, '"events" has no'],
    ['null as event', { events: { [LOGOUT_EVENT]: null } }, '"events" has no'],
    ['a list as event', { events: { [LOGOUT_EVENT]: [] } }, '"events" has no'],
    ['a text as event', { events: { [LOGOUT_EVENT]: 'x' } }, '"events" has no'],
    ['a nonce', { nonce: 'n' }, '"nonce"'],
    ['null as nonce', { nonce: null }, '"nonce"'],
  ])('for its claims: %s', async (_what, claims, why) => {
    const server = serverOf()
    expect(await postLogout(server, await signLogoutToken({ claims }))).toEqual(REFUSED)
    expect(refusals()).toEqual([expect.stringContaining(why)])
    expect((await server.authenticate(bearer(await tokenOf('session-1')))).outcome).toBe('allowed')
  })

  it.each(['at+jwt', 'secevent+jwt', 'dpop+jwt', 'logout', '', 'logout+jwt; x=y'])(
    'for its type: %j',
    async (typ) => {
      const server = serverOf()
      const token = await signLogoutToken({ header: { typ } })
      expect(await postLogout(server, token)).toEqual(REFUSED)
    },
  )

  const forged: Readonly<Record<string, () => Promise<string> | string>> = {
    'the key of somebody else': () => signLogoutToken({ key: attackerKey }),
    'an unknown key': async () =>
      signLogoutToken({ key: createTestKey({ algorithm: 'RS256', keyId: 'other' }) }),
    'alg none': () => new UnsecuredJWT(logoutClaims()).encode(),
    'alg none with the kid of the issuer': () =>
      `${base64url(JSON.stringify({ alg: 'none', kid: rsaKey.keyId, typ: 'logout+jwt' }))}.${base64url(JSON.stringify(logoutClaims()))}.`,
    'HMAC with the public key': () =>
      forge({ header: { alg: 'HS256', typ: 'logout+jwt' }, payload: logoutClaims() }),
    'a key of its own in the header': async () =>
      signLogoutToken({
        key: attackerKey,
        header: { jwk: await exportJWK(createPublicKey(attackerKey.privateKey)), kid: undefined },
      }),
    'an empty signature': async () =>
      `${(await signLogoutToken()).split('.').slice(0, 2).join('.')}.`,
    'an encrypted token': () => 'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d',
    'a nested token': async () => forge({ payload: JSON.stringify(await signLogoutToken()) }),
    'a member twice': () =>
      forge({
        header: { typ: 'logout+jwt' },
        payload: JSON.stringify(logoutClaims()).replace('"sub"', '"sub":"bob","sub"'),
      }),
    'an infinite exp': () =>
      forge({
        header: { typ: 'logout+jwt' },
        payload: JSON.stringify(logoutClaims()).replace(/"exp":\d+/, '"exp":1e999'),
      }),
    'a critical extension': () =>
      forge({ header: { typ: 'logout+jwt', crit: ['x'], x: 1 }, payload: logoutClaims() }),
    'deep nesting': () =>
      forge({
        header: { typ: 'logout+jwt' },
        payload: JSON.stringify(logoutClaims()).replace(
          '"sub"',
          `"x":${'['.repeat(5000)}${']'.repeat(5000)},"sub"`,
        ),
      }),
    'more than 65 536 characters': () => signLogoutToken({ claims: { x: 'x'.repeat(65_536) } }),
    'no token': () => '',
    'no JWT': () => 'abc',
    'an access token': () => tokenOf('session-1'),
    // Keycloak and others let whoever registers a client choose claims of its tokens.
    'an access token of Keycloak with the claims of a logout token': () =>
      signKeycloakToken({ claims: { ...logoutClaims(), azp: undefined, scope: undefined } }),
    ...Object.fromEntries(
      ['azp', 'scope', 'at_hash', 'typ'].flatMap((claim) =>
        ['JWT', undefined].map((typ) => [
          `a token with the claim ${claim} and the type ${typ}`,
          () => signLogoutToken({ claims: { [claim]: 'x' }, header: { typ } }),
        ]),
      ),
    ),
    'an access token of Keycloak': () => signKeycloakToken({ claims: { aud: LOGOUT_CLIENT } }),
    'an ID token': () =>
      signToken({ claims: { aud: LOGOUT_CLIENT, nonce: 'n' }, header: { typ: 'JWT' } }),
  }

  it.each(Object.entries(forged))('for its form: %s', async (_what, make) => {
    const server = serverOf()
    expect(await postLogout(server, await make())).toEqual(REFUSED)
    expect(refusals()).toHaveLength(1)
    expect((await server.authenticate(bearer(await tokenOf('session-1')))).outcome).toBe('allowed')
  })
})

describe('BCL-2: operators learn why a logout token was refused', () => {
  it.each([
    [{ header: { typ: 'at+jwt' } }, '"typ" is "at+jwt"; expected "logout+jwt"'],
    [
      { header: { typ: 'JWT' }, claims: { typ: 'ID' } },
      'the claim "typ" is "ID", expected is "Logout"',
    ],
    [{ claims: { exp: NOW - 5 } }, 'it has expired'],
    [{ claims: { iat: 0 } }, '"iat" is 0; expected a time in the past in seconds'],
  ])('%j', async (parts, why) => {
    expect(await postLogout(serverOf({ clockTolerance: 5 }), await signLogoutToken(parts))).toEqual(
      REFUSED,
    )
    expect(refusals()).toEqual([`a logout token was refused: ${why}`])
  })
})

describe('BCL-2: a logout token counts once', () => {
  it('is 400 the second time, and the tokens stay revoked', async () => {
    const server = serverOf()
    const token = await signLogoutToken()
    expect(await postLogout(server, token)).toEqual(DONE)
    expect(await postLogout(server, token)).toEqual(REFUSED)
    expect(refusals()).toEqual([expect.stringContaining('received before')])
    expect(await judge(await tokenOf('session-1'), server)).toMatchObject({ status: 401 })
  })

  it('the jti of one issuer does not block that of another', async () => {
    const other = 'https://other.example.com'
    const backchannelLogout = { clientIds: LOGOUT_CLIENT }
    const keys = { keys: [rsaKey.publicKey] }
    const server = testResourceServer({
      authorizationServer: [ISSUER, other].map((issuer) => ({ issuer, keys, backchannelLogout })),
    })
    for (const iss of [ISSUER, other]) {
      const token = await signLogoutToken({ claims: { iss, jti: 'same' } })
      expect(await postLogout(server, token)).toEqual(DONE)
    }
  })

  it('does no harm when it comes again after it was forgotten', async () => {
    let now = NOW
    const server = serverOf({ clock: () => now * 1000, revocation: { longestTokenLife: 60 } })
    const token = await signLogoutToken({ claims: { sid: undefined, exp: NOW + 86_400 } })
    expect(await postLogout(server, token)).toEqual(DONE)
    now += 600
    expect(await postLogout(server, token)).toEqual(DONE)
    const fresh = await tokenOf('session-2', { iat: now, exp: now + 60 })
    expect((await server.authenticate(bearer(fresh))).outcome).toBe('allowed')
  })
})

describe('BCL-1: what a logout token revokes', () => {
  const outcome = async (server: ReturnType<typeof serverOf>, token: string) =>
    (await server.authenticate(bearer(token))).outcome

  it('with sid and sub: the session, and tokens without sid that were issued until then', async () => {
    const server = serverOf()
    await postLogout(server, await signLogoutToken())
    expect(await outcome(server, await tokenOf('session-1'))).toBe('challenged')
    expect(await outcome(server, await tokenOf('session-1', { iat: NOW + 1 }))).toBe('challenged')
    expect(await outcome(server, await tokenOf('session-2'))).toBe('allowed')
    expect(await outcome(server, await tokenOf(undefined))).toBe('challenged')
    // `iat` has whole seconds: a token of the same second may be older than the logout.
    expect(await outcome(server, await tokenOf(undefined, { iat: NOW }))).toBe('challenged')
    expect(await outcome(server, await tokenOf('session-2', { iat: NOW }))).toBe('allowed')
    expect(await outcome(server, await tokenOf('session-1', { sub: 'bob' }))).toBe('challenged')
    expect(await outcome(server, await tokenOf(undefined, { sub: 'bob' }))).toBe('allowed')
  })

  it('with sid alone: the session only', async () => {
    const server = serverOf()
    await postLogout(server, await signLogoutToken({ claims: { sub: undefined } }))
    expect(await outcome(server, await tokenOf('session-1'))).toBe('challenged')
    expect(await outcome(server, await tokenOf(undefined))).toBe('allowed')
  })

  it('with sub alone: all sessions of the user, and tokens that were issued until then', async () => {
    const server = serverOf({ clockTolerance: 5 })
    await postLogout(server, await signLogoutToken({ claims: { sid: undefined, iat: NOW - 1 } }))
    for (const sid of ['session-1', 'session-2', undefined]) {
      expect(await outcome(server, await tokenOf(sid))).toBe('challenged')
      expect(await outcome(server, await tokenOf(sid, { iat: NOW - 1 }))).toBe('challenged')
      expect(await outcome(server, await tokenOf(sid, { iat: NOW }))).toBe('allowed')
    }
    expect(await outcome(server, await tokenOf('session-9', { sub: 'bob' }))).toBe('allowed')
  })
})

describe('RFC8417: a logout token is no access token', () => {
  it.each(['logout+jwt', 'JWT', 'at+jwt', undefined])('with the type %s', async (typ) => {
    const profile = { name: 'lax', requiredClaims: [], checkType: () => {} }
    const server = serverOf({ server: { profile } })
    const token = await signLogoutToken({
      claims: { ...CLAIMS, client_id: 'inspector', scope: 'mcp:tools', aud: CLAIMS.aud },
      header: { typ },
    })
    expect(await judge(token, server)).toMatchObject({ reason: 'token_type_refused' })
  })
})

describe('BCL-1: the request', () => {
  const requests: Readonly<Record<string, (token: string) => Partial<ResourceRequest>>> = {
    'a JSON body': (token) => ({
      headers: { 'content-type': 'application/json' },
      message: Buffer.from(JSON.stringify({ logout_token: token })),
    }),
    'a JSON body that a parser has read': (token) => ({
      headers: { 'content-type': 'application/json' },
      message: async () => ({ parsed: { logout_token: token } }),
    }),
    'no media type': (token) => ({
      headers: {},
      message: Buffer.from(`logout_token=${token}`),
    }),
    'two media types': (token) => ({
      headers: { 'content-type': [FORM['content-type'], 'text/plain'] },
      message: Buffer.from(`logout_token=${token}`),
    }),
    'a form with files': (token) => ({
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      message: Buffer.from(
        `--x\r\nContent-Disposition: form-data; name="logout_token"\r\n\r\n${token}\r\n--x--`,
      ),
    }),
    'two logout tokens': (token) => ({
      message: Buffer.from(`logout_token=${token}&logout_token=${token}`),
    }),
    'two logout tokens that a parser has read': (token) => ({
      message: async () => ({ parsed: { logout_token: [token, token] } }),
    }),
    'an object in place of the token': (token) => ({
      message: async () => ({ parsed: { logout_token: { token } } }),
    }),
    'an inherited member': (token) => ({
      message: async () => ({ parsed: Object.create({ logout_token: token }) as object }),
    }),
    'the token in the query': (token) => ({
      url: `/mcp/backchannel-logout?logout_token=${token}`,
      message: Buffer.from(''),
    }),
    'another parameter': (token) => ({ message: Buffer.from(`token=${token}`) }),
    'a body that is too long': () => ({ message: async () => undefined }),
    'no body': () => ({}),
  }

  it.each(Object.entries(requests))('is refused: %s', async (_what, make) => {
    const server = serverOf()
    expect(await sendLogout(server, make(await signLogoutToken()))).toEqual(REFUSED)
  })

  it.each<[string, (token: string) => Partial<ResourceRequest>]>([
    [
      'a character set',
      (token) => ({
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=ISO-8859-1' },
        message: Buffer.from(`logout_token=${token}`),
      }),
    ],
    [
      'other parameters',
      (token) => ({ message: Buffer.from(`a=1&logout_token=${token}&b=2&b=3`) }),
    ],
    ['a parsed body', (token) => ({ message: async () => ({ parsed: { logout_token: token } }) })],
    [
      'a parsed list of one',
      (token) => ({ message: async () => ({ parsed: { logout_token: [token] } }) }),
    ],
    ['a parsed body in place of the reader', (token) => ({ message: { logout_token: token } })],
  ])('is accepted with %s', async (_what, make) => {
    expect(await sendLogout(serverOf(), make(await signLogoutToken()))).toEqual(DONE)
  })

  it.each(['GET', 'PUT', 'OPTIONS', 'HEAD'])(
    'BCL-3: is 405 for %s, is never cached, and no page of another origin may read it',
    async (method) => {
      expect(await sendLogout(serverOf(), { method })).toEqual({
        status: 405,
        headers: { Allow: 'POST', 'Cache-Control': 'no-store' },
        body: undefined,
      })
    },
  )

  it('BCL-3: a sender that leaves is no failure of the source', async () => {
    const message = async () => {
      throw new UnavailableError('request_aborted', 'the caller left')
    }
    expect(await sendLogout(serverOf(), { message })).toMatchObject({ status: 503 })
    expect(events).toMatchObject([{ kind: 'message_refused' }])
  })

  it('BCL-3: is 503 if another middleware has read the body, and operators are told', async () => {
    const message = async () => {
      throw new Error('somebody has read the body')
    }
    expect(await sendLogout(serverOf(), { message })).toEqual({
      status: 503,
      headers: { 'Cache-Control': 'no-store', 'Retry-After': '5' },
      body: undefined,
    })
    expect(events).toMatchObject([
      { kind: 'source_failed', detail: 'a logout token was answered with 503: Error' },
    ])
  })
})

describe('several sources', () => {
  const OTHER = 'https://other.example.com/realms/b'

  const two = (paths: readonly (string | undefined)[]) =>
    testResourceServer({
      authorizationServer: [ISSUER, OTHER].map((issuer, at) => ({
        issuer,
        keys: { keys: [(at === 0 ? rsaKey : otherKey).publicKey] },
        backchannelLogout: {
          clientIds: `client-${at}`,
          ...(paths[at] === undefined ? {} : { path: paths[at] }),
        },
      })),
    })

  it('issuers on one path have their own keys, clients and users', async () => {
    const server = two([undefined, undefined])
    const sign = (iss: string, aud: string, key = rsaKey) =>
      signLogoutToken({ claims: { iss, aud }, key })
    expect(await postLogout(server, await sign(ISSUER, 'client-1'))).toEqual(REFUSED)
    expect(await postLogout(server, await sign(OTHER, 'client-1'))).toEqual(REFUSED)
    expect(await postLogout(server, await sign(ISSUER, 'client-0', otherKey))).toEqual(REFUSED)
    expect(await postLogout(server, await sign(OTHER, 'client-1', otherKey))).toEqual(DONE)
    // The same user id and session id at the first issuer are of somebody else.
    expect((await server.authenticate(bearer(await tokenOf('session-1')))).outcome).toBe('allowed')
    expect(await postLogout(server, await sign(ISSUER, 'client-0'))).toEqual(DONE)
    expect(await judge(await tokenOf('session-1'), server)).toMatchObject({ status: 401 })
  })

  it('an issuer with its own path is not accepted on the path of another', async () => {
    const server = two(['/a', '/b'])
    const token = await signLogoutToken({ claims: { aud: 'client-0' } })
    expect(await postLogout(server, token, '/b')).toEqual(REFUSED)
    expect(await postLogout(server, token, '/a')).toEqual(DONE)
  })

  it('two resources of one origin have different paths', async () => {
    const second = serverOf({ resource: 'https://mcp.example.com/second' })
    const root = serverOf({ resource: 'https://mcp.example.com/' })
    const post = async (server: typeof second, path: string) =>
      (await postLogout(server, await signLogoutToken(), path)).status
    expect(await post(second, '/second/backchannel-logout')).toBe(200)
    expect(await post(root, '/backchannel-logout')).toBe(200)
    expect(await post(serverOf(), '/mcp/backchannel-logout')).toBe(200)
  })
})
