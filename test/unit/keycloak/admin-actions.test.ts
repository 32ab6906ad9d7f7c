import { UnsecuredJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { keycloak } from '../../../src/keycloak/index.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../../src/telemetry/events.ts'
import { collectEvents } from '../../support/events.ts'
import { sendLogout, signLogoutToken } from '../../support/logout-tokens.ts'
import {
  attackerKey,
  type Claims,
  clock,
  forge,
  ISSUER,
  judge,
  NOW,
  rsaKey,
  signKeycloakToken,
  testResourceServer,
} from '../../support/tokens.ts'

// As Keycloak 26.7 posts them to {Admin URL}/k_push_not_before and k_logout: text/plain, a JWT without
// `iss`, that lives 30 s.

const CLIENT = 'https://mcp.example.com/mcp'

function serverOf(more = {}, time = clock): ResourceServer {
  return testResourceServer({
    authorizationServer: keycloak(ISSUER, {
      keys: { keys: [rsaKey.publicKey] },
      verification: 'jwt',
      adminActions: { clientIds: [CLIENT, 'person'], ...more },
    }),
    clockTolerance: 5,
    clock: time,
  })
}

let made = 0

function action(claims: Claims = {}): Claims {
  made += 1
  return {
    id: `action-${made}`,
    expiration: NOW + 30,
    resource: CLIENT,
    action: 'PUSH_NOT_BEFORE',
    notBefore: NOW - 10,
    ...claims,
  }
}

const sign = (claims: Claims = {}, header = {}, key = rsaKey) =>
  forge({ header: { typ: 'JWT', ...header }, payload: JSON.stringify(action(claims)), key })

const TEXT = { 'content-type': 'text/plain; charset=ISO-8859-1' }

async function push(
  server: ResourceServer,
  body: string,
  name = 'k_push_not_before',
  headers: Record<string, string> = TEXT,
) {
  const { status } = await sendLogout(
    server,
    { headers, message: Buffer.from(body) },
    `/mcp/keycloak/${name}`,
  )
  return status
}

const issued = (iat: number, more: Claims = {}) => signKeycloakToken({ claims: { iat, ...more } })
const verdict = async (server: ResourceServer, token: Promise<string>) =>
  (await judge(await token, server)).reason ?? 'allowed'

const events = collectEvents<RevocationEvent>(REVOCATION_CHANNEL)

describe('a pushed not-before time of Keycloak', () => {
  it('revokes the tokens that were issued until then', async () => {
    const server = serverOf()
    expect(await push(server, await sign())).toBe(200)
    expect(await verdict(server, issued(NOW - 11))).toBe('token_revoked')
    expect(await verdict(server, issued(NOW - 10))).toBe('token_revoked')
    expect(await verdict(server, issued(NOW - 9))).toBe('allowed')
    expect(events).toMatchObject([{ kind: 'revoked', source: 'pushed_message', issuer: ISSUER }])
  })

  it('of 0 revokes nothing', async () => {
    const server = serverOf()
    expect(await push(server, await sign({ notBefore: 0 }))).toBe(200)
    expect(await verdict(server, issued(NOW - 60))).toBe('allowed')
  })

  it.each([NOW + 3600, NOW * 1000, Number.MAX_SAFE_INTEGER])(
    'of the future (%d) counts as now, and the clock tolerance',
    async (notBefore) => {
      let now = NOW
      const server = serverOf({}, () => now * 1000)
      expect(await push(server, await sign({ notBefore }))).toBe(200)
      expect(await verdict(server, issued(NOW + 5))).toBe('token_revoked')
      now += 10
      expect(await verdict(server, issued(NOW + 6))).toBe('allowed')
    },
  )

  it.each<[string, Claims]>([
    ['another client', { resource: 'somebody' }],
    ['no client', { resource: undefined }],
    ['a list of clients', { resource: [CLIENT] }],
    ['another action', { action: 'LOGOUT' }],
    ['no action', { action: undefined }],
    ['an expired action', { expiration: NOW - 6 }],
    ['no expiry', { expiration: undefined }],
    ['a text as expiry', { expiration: String(NOW + 30) }],
    ['no id', { id: undefined }],
    ['an empty id', { id: '' }],
    ['a long id', { id: 'x'.repeat(1025) }],
    ['a text as time', { notBefore: String(NOW) }],
    ['a negative time', { notBefore: -1 }],
    ['a fraction of a second', { notBefore: NOW - 0.5 }],
    ['no time', { notBefore: undefined }],
    ['another issuer', { iss: 'https://sso.example.com/realms/other' }],
  ])('is refused: %s', async (_what, claims) => {
    const server = serverOf()
    expect(await push(server, await sign(claims))).toBe(400)
    expect(await verdict(server, issued(NOW - 60))).toBe('allowed')
    expect(events).toMatchObject([{ kind: 'message_refused', source: 'pushed_message' }])
  })

  it.each<[string, () => Promise<string> | string]>([
    ['the key of somebody else', () => sign({}, {}, attackerKey)],
    ['no signature', () => new UnsecuredJWT(action()).encode()],
    ['the type of an access token', () => sign({}, { typ: 'at+jwt' })],
    ['the type of a logout token', () => sign({}, { typ: 'logout+jwt' })],
    ['an access token', () => signKeycloakToken()],
    // Keycloak lets whoever registers a client choose claims of its tokens.
    ['an access token with the claims of an action', () => signKeycloakToken({ claims: action() })],
    ['a logout token', () => signLogoutToken()],
    [
      'an infinite expiry',
      async () =>
        forge({
          header: { typ: 'JWT' },
          payload: JSON.stringify(action()).replace(/"expiration":\d+/, '"expiration":1e999'),
        }),
    ],
    [
      'a member twice',
      () =>
        forge({
          header: { typ: 'JWT' },
          payload: JSON.stringify(action()).replace('"notBefore"', '"notBefore":0,"notBefore"'),
        }),
    ],
    ['nothing', () => ''],
    ['a form', async () => `token=${await sign()}`],
  ])('is refused for its form: %s', async (_what, make) => {
    const server = serverOf()
    expect(await push(server, await make())).toBe(400)
    expect(await verdict(server, issued(NOW - 60))).toBe('allowed')
  })

  it.each(['application/json', 'application/x-www-form-urlencoded', 'text/html'])(
    'is refused as %s',
    async (type) => {
      const headers = { 'content-type': type }
      expect(await push(serverOf(), await sign(), 'k_push_not_before', headers)).toBe(400)
    },
  )

  it('counts once', async () => {
    const server = serverOf()
    const body = await sign()
    expect([await push(server, body), await push(server, body)]).toEqual([200, 400])
  })

  it('that comes again later revokes no newer token', async () => {
    let now = NOW
    const server = serverOf({}, () => now * 1000)
    const body = await sign({ notBefore: NOW + 3600 })
    expect(await push(server, body)).toBe(200)
    now += 20
    expect(await push(server, body)).toBe(400)
    expect(await verdict(server, issued(NOW + 15))).toBe('allowed')
  })

  it('that lives longer than it can be remembered is refused', async () => {
    expect(await push(serverOf(), await sign({ expiration: NOW + 86_401 }))).toBe(400)
    expect(events).toMatchObject([{ detail: expect.stringContaining('cannot be remembered') }])
  })

  it('is no access token', async () => {
    expect(await verdict(serverOf(), sign({ iss: ISSUER, aud: CLIENT }))).not.toBe('allowed')
  })
})

describe('a logout that Keycloak pushes', () => {
  it('ends the named sessions', async () => {
    const server = serverOf()
    const keycloakSessionIds = ['session-1', 'session-2']
    const body = await sign({
      action: 'LOGOUT',
      keycloakSessionIds,
      adapterSessionIds: ['a'],
      notBefore: 0,
    })
    expect(await push(server, body, 'k_logout')).toBe(200)
    for (const sid of keycloakSessionIds) {
      expect(await verdict(server, issued(NOW - 60, { sid }))).toBe('token_revoked')
    }
    expect(await verdict(server, issued(NOW - 60, { sid: 'session-3' }))).toBe('allowed')
  })

  it('without sessions, logs out everybody', async () => {
    const server = serverOf()
    const body = await sign({ action: 'LOGOUT', keycloakSessionIds: null, adapterSessionIds: null })
    expect(await push(server, body, 'k_logout')).toBe(200)
    expect(await verdict(server, issued(NOW - 10))).toBe('token_revoked')
    expect(await verdict(server, issued(NOW - 9))).toBe('allowed')
  })

  it.each<[string, Claims]>([
    ['a session that is no text', { keycloakSessionIds: [1] }],
    ['an empty session', { keycloakSessionIds: [''] }],
    ['no list of sessions', { keycloakSessionIds: 'session-1' }],
    ['sessions of an adapter alone', { adapterSessionIds: ['a'] }],
    ['the action of another path', { action: 'PUSH_NOT_BEFORE' }],
  ])('is refused: %s', async (_what, claims) => {
    const server = serverOf()
    expect(await push(server, await sign({ action: 'LOGOUT', ...claims }), 'k_logout')).toBe(400)
    expect(await verdict(server, issued(NOW - 60, { sid: 'session-1' }))).toBe('allowed')
  })
})

it.each(['iss', 'exp', 'iat', 'typ'])('an action with the claim %s is a token', async (claim) => {
  const value = { iss: ISSUER, exp: NOW + 60, iat: NOW, typ: 'Bearer' }[claim]
  expect(await push(serverOf(), await sign({ [claim]: value }))).toBe(400)
})

it('answers whether the server can be reached, to the realm only', async () => {
  const test = { action: 'TEST_AVAILABILITY', notBefore: undefined }
  const server = serverOf()
  expect(await push(server, await sign(test), 'k_test_available')).toBe(200)
  expect(await push(server, await sign(test, {}, attackerKey), 'k_test_available')).toBe(400)
  expect(await verdict(server, issued(NOW - 60))).toBe('allowed')
})

const JWT = { verification: 'jwt' } as const

describe('the options of keycloak()', () => {
  it('notBefore polls the public document of the realm', () => {
    const { notBefore } = keycloak(ISSUER, { ...JWT, notBefore: true })
    expect(notBefore).toEqual({ member: 'tokens-not-before' })
    expect(keycloak(ISSUER, { ...JWT, notBefore: 5 }).notBefore).toMatchObject({ interval: 5 })
    expect(keycloak(ISSUER, { ...JWT, notBefore: false }).notBefore).toBeUndefined()
    expect(keycloak(ISSUER, JWT).notBefore).toBeUndefined()
  })

  it.each(['yes', null, {}])('notBefore must not be %j', (notBefore) => {
    expect(() => keycloak(ISSUER, { notBefore: notBefore as unknown as boolean })).toThrow(
      'keycloak: option `notBefore` must be a boolean or a number of seconds',
    )
  })

  it.each([
    [{ clientIds: [] }, 'adminActions.clientIds'],
    [{ clientIds: '' }, 'adminActions.clientIds'],
    [{ clientIds: ['a', 1] }, 'adminActions.clientIds'],
    [{ clientIds: 'a', path: '' }, 'adminActions.path'],
  ])('adminActions must not be %j', (adminActions, option) => {
    expect(() => keycloak(ISSUER, { adminActions: adminActions as { clientIds: string } })).toThrow(
      option,
    )
  })

  it('adminActions.path is the path of the Admin URL', async () => {
    const server = serverOf({ path: '/admin/' })
    const { status } = await sendLogout(
      server,
      { headers: TEXT, message: Buffer.from(await sign()) },
      '/admin/k_push_not_before',
    )
    expect(status).toBe(200)
  })

  it('two realms must not have the same Admin URL', () => {
    const realm = (name: string) =>
      keycloak(`https://sso.example.com/realms/${name}`, {
        adminActions: { clientIds: 'a' },
        verification: 'jwt',
      })
    expect(() => testResourceServer({ authorizationServer: [realm('a'), realm('b')] })).toThrow(
      'must give each endpoint a path of its own',
    )
  })
})
