import { describe, expect, it } from 'vitest'
import { keycloakProfile } from '../../../../src/keycloak/profile.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../../../src/telemetry/events.ts'
import { createTestKey } from '../../../../src/testing/create-test-key.ts'
import { collectEvents } from '../../../support/events.ts'
import {
  ALL_SESSIONS,
  AUDIENCE,
  errorOf,
  push,
  receiver,
  SESSION_REVOKED,
  SET_CLAIMS,
  signSet,
} from '../../../support/security-events.ts'
import {
  ALLOWED,
  attackerKey,
  CLAIMS,
  type Claims,
  ecKey,
  forge,
  ISSUER,
  judge,
  NOW,
  RESOURCE,
  signKeycloakToken,
  signToken,
} from '../../../support/tokens.ts'

const told = collectEvents<RevocationEvent>(REVOCATION_CHANNEL)
const event = (type: string, members = {}) => ({ events: { [type]: members } })

/** Pushes a message. It must be refused, and it must revoke nothing. */
async function refusedAs(set: string): Promise<string | undefined> {
  const server = receiver()
  const error = errorOf(await push(server, set))
  expect(await judge(await signToken(), server)).toEqual(ALLOWED)
  expect(told.filter(({ kind }) => kind === 'revoked')).toEqual([])
  return error
}

const manyEvents = Object.fromEntries(
  Array.from({ length: 17 }, (_, at) => [`https://e/${at}`, {}]),
)

describe('the check of a security event token', () => {
  it.each<[string, Claims, Readonly<Record<string, unknown>>]>([
    ['"typ" of an access token', {}, { typ: 'at+jwt' }],
    ['"typ" of a logout token', {}, { typ: 'logout+jwt' }],
    ['"typ" JWT', {}, { typ: 'JWT' }],
    ['no "typ"', {}, { typ: undefined }],
    ['"typ" of something longer', {}, { typ: 'secevent+jwt+x' }],
    ['a future "iat"', { iat: NOW + 6 }, {}],
    ['"iat" in milliseconds', { iat: NOW * 1000 }, {}],
    ['"iat" as text', { iat: String(NOW) }, {}],
    ['no "iat"', { iat: undefined }, {}],
    ['"iat" null', { iat: null }, {}],
    ['an "iat" below zero', { iat: -1 }, {}],
    ['"exp" that is over', { exp: NOW - 6 }, {}],
    ['"exp" as text', { exp: String(NOW + 60) }, {}],
    ['"exp" null', { exp: null }, {}],
    ['no "jti"', { jti: undefined }, {}],
    ['an empty "jti"', { jti: '' }, {}],
    ['a number as "jti"', { jti: 7 }, {}],
    ['no "events"', { events: undefined }, {}],
    ['empty "events"', { events: {} }, {}],
    ['a list as "events"', { events: [SESSION_REVOKED] }, {}],
    ['a text as "events"', { events: SESSION_REVOKED }, {}],
    ['an event that is a text', { events: { [SESSION_REVOKED]: 'now' } }, {}],
    ['an event that is null', { events: { [SESSION_REVOKED]: null } }, {}],
    ['an event that is a list', { events: { [SESSION_REVOKED]: [] } }, {}],
    ['more events than 16', { events: { ...manyEvents, [SESSION_REVOKED]: {} } }, {}],
    [
      'more aliases than 16',
      { sub_id: { format: 'aliases', identifiers: Array(17).fill(ALL_SESSIONS.user) } },
      {},
    ],
  ])('SET-1: %s: invalid_request', async (_name, claims, header) => {
    expect(await refusedAs(await signSet(claims, header))).toBe('invalid_request')
  })

  it.each<[string, Claims]>([
    ['another audience', { aud: 'someone else' }],
    ['the resource, which is the audience of access tokens', { aud: RESOURCE }],
    ['no audience', { aud: undefined }],
    ['an empty list', { aud: [] }],
    ['a list with other things', { aud: [AUDIENCE, 7] }],
    ['an object', { aud: { [AUDIENCE]: true } }],
    ['other case', { aud: AUDIENCE.toUpperCase() }],
  ])('SET-1: %s: invalid_audience', async (_name, claims) => {
    expect(await refusedAs(await signSet(claims))).toBe('invalid_audience')
  })

  it.each<[string, Claims]>([
    ['another issuer', { iss: 'https://evil.example.com' }],
    ['the issuer with a slash', { iss: `${ISSUER}/` }],
    ['no issuer', { iss: undefined }],
    ['a list', { iss: [ISSUER] }],
  ])('SET-1: %s: invalid_issuer', async (_name, claims) => {
    expect(await refusedAs(await signSet(claims))).toBe('invalid_issuer')
  })

  it('SET-1: a signature of somebody else, none, or of an unknown key: invalid_key', async () => {
    const payload = JSON.stringify(SET_CLAIMS)
    const header = { alg: 'RS256', kid: 'rsa-1', typ: 'secevent+jwt' }
    const unknown = createTestKey({ algorithm: 'ES256', keyId: 'unknown' })
    for (const set of [
      await signSet({}, {}, attackerKey),
      await signSet({}, {}, unknown),
      await forge({ header, payload, signature: 'AAAA' }),
      await forge({ header: { ...header, alg: 'none' }, payload, signature: 'AAAA' }),
      await forge({ header: { ...header, alg: 'HS256' }, payload, signature: 'AAAA' }),
    ]) {
      expect(await refusedAs(set)).toBe('invalid_key')
    }
  })

  it.each([
    ['nothing', ''],
    ['a word', 'nonsense'],
    ['three dots', '...'],
    ['an object', '{"events":{}}'],
    ['a JWS in JSON form', '{"payload":"e30","signatures":[]}'],
    ['an encrypted token', 'eyJhbGciOiJkaXIifQ.a.b.c.d'],
    ['very much', 'x'.repeat(200_000)],
  ])('SET-1: %s instead of a token: invalid_request', async (_name, text) => {
    expect(await refusedAs(text)).toBe('invalid_request')
  })

  it('SET-1: repeated members, critical headers, and nesting without end: invalid_request', async () => {
    const header = { typ: 'secevent+jwt' }
    const claims = JSON.stringify(SET_CLAIMS)
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
    for (const set of [
      await forge({ header, payload: claims.replace('{', '{"iss":"https://evil.example.com",') }),
      await forge({ header, payload: claims.replace('{', `{"a":${deep.slice(0, 100)}`) }),
      await forge({ header: { ...header, crit: ['x'], x: 1 }, payload: claims }),
      await forge({ header, payload: claims.replace('{', `{"a":${deep},`) }),
    ]) {
      expect(await refusedAs(set)).toBe('invalid_request')
    }
  })

  it.each<[string, Claims, Readonly<Record<string, unknown>>]>([
    ['"typ" with application/', {}, { typ: 'application/secevent+jwt' }],
    ['"typ" in capitals', {}, { typ: 'SECEVENT+JWT' }],
    ['a list of audiences that names us', { aud: ['someone else', AUDIENCE] }, {}],
    ['"exp" that is not over', { exp: NOW + 60 }, {}],
    ['"iat" within the clock tolerance', { iat: NOW + 5 }, {}],
    ['"iat" with a fraction', { iat: NOW - 0.5 }, {}],
    ['members that nobody knows', { whatever: [1] }, {}],
  ])('SET-1: %s is accepted', async (_name, claims, header) => {
    const server = receiver()
    expect(errorOf(await push(server, await signSet(claims, header)))).toBeUndefined()
    expect((await judge(await signToken(), server)).reason).toBe('token_revoked')
  })

  it('SET-1: keys of every accepted algorithm sign', async () => {
    expect(errorOf(await push(receiver(), await signSet({}, {}, ecKey)))).toBeUndefined()
  })

  it('SET-1: a security event token is never an access token, whatever the profile', async () => {
    const everything = { ...CLAIMS, ...SET_CLAIMS, aud: [RESOURCE, AUDIENCE], exp: NOW + 60 }
    const server = receiver()
    const set = await signToken({ claims: everything, header: { typ: 'secevent+jwt' } })
    expect((await judge(set, server)).reason).toBe('token_type_refused')
    const keycloak = receiver({ server: { profile: keycloakProfile } })
    const dressed = await signKeycloakToken({
      claims: { ...everything, typ: undefined },
      header: { typ: 'secevent+jwt' },
    })
    expect((await judge(dressed, keycloak)).reason).toBe('token_type_refused')
    const withType = await signKeycloakToken({
      claims: everything,
      header: { typ: 'secevent+jwt' },
    })
    expect((await judge(withType, keycloak)).reason).toBe('token_type_refused')
  })

  it('SET-1: an access token with events in it is never a security event token', async () => {
    const claims = { ...SET_CLAIMS, sub: 'alice', exp: NOW + 60 }
    for (const set of [await signToken({ claims }), await signKeycloakToken({ claims })]) {
      expect(await refusedAs(set)).toBe('invalid_request')
    }
  })

  it('SET-1: a message older than any token is acknowledged, and told to operators', async () => {
    const server = receiver({ revocation: { longestTokenLife: 600 } })
    const iat = NOW - 606
    const set = await signSet({ iat, ...event(SESSION_REVOKED, { event_timestamp: NOW }) })
    expect(errorOf(await push(server, set))).toBeUndefined()
    expect((await judge(await signToken(), server)).status).toBe(200)
    expect(told.map(({ kind }) => kind)).toEqual(['event_unknown'])
  })

  it('SET-1: a message that is as old as the oldest token may be, with the clock tolerance, counts', async () => {
    const server = receiver({ revocation: { longestTokenLife: 600 } })
    const set = await signSet({ iat: NOW - 605, ...event(SESSION_REVOKED) })
    expect(errorOf(await push(server, set))).toBeUndefined()
    expect(told).toMatchObject([{ kind: 'revoked', source: 'security_event' }])
  })

  it('SET-1 REV-2: a message as old as the oldest token still counts', async () => {
    const server = receiver({ revocation: { longestTokenLife: 600 } })
    const set = await signSet({ iat: NOW - 595, ...event(SESSION_REVOKED) })
    expect(errorOf(await push(server, set))).toBeUndefined()
    const old = await signToken({ claims: { iat: NOW - 595 } })
    expect((await judge(old, server)).reason).toBe('token_revoked')
  })
})
