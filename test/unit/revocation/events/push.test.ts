import { describe, expect, it } from 'vitest'
import { adapterOf } from '../../../../src/resource-server/adapter.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../../../src/telemetry/events.ts'
import { createTestKey } from '../../../../src/testing/create-test-key.ts'
import { eventually } from '../../../support/decisions.ts'
import { collectEvents } from '../../../support/events.ts'
import { MemorySharedStore } from '../../../support/memory-shared-store.ts'
import {
  AUTHORIZATION,
  EVENTS_PATH,
  errorOf,
  type Fields,
  push,
  receiver,
  SESSION_REVOKED,
  signSet,
} from '../../../support/security-events.ts'
import {
  ALLOWED,
  ISSUER,
  invalidToken,
  judge,
  NOW,
  RESOURCE,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../../support/tokens.ts'

const ACCEPTED = { status: 202, headers: { 'Cache-Control': 'no-store' }, body: undefined }
const told = collectEvents<RevocationEvent>(REVOCATION_CHANNEL)
const toldKinds = () => told.map(({ kind }) => kind)

describe('push delivery of security events', () => {
  it('PUSH-1 CAEP-1: a user is logged out: 202 without a body, and the tokens of the user are refused', async () => {
    const server = receiver()
    const token = await signToken({ claims: { sid: 'session-1' } })
    expect(await judge(token, server)).toEqual(ALLOWED)
    expect(await push(server, await signSet())).toEqual(ACCEPTED)
    expect(await judge(token, server)).toEqual(invalidToken('token_revoked'))
    expect(await judge(await signToken({ claims: { sub: 'bob' } }), server)).toEqual(ALLOWED)
    const later = await signToken({ claims: { sid: 'session-2', iat: NOW + 1 } })
    expect(await judge(later, server)).toEqual(ALLOWED)
  })

  it('PUSH-1: a message that is sent again is answered with 202, and does nothing', async () => {
    const server = receiver()
    const set = await signSet({ iat: NOW - 5, events: { [SESSION_REVOKED]: {} } })
    expect(await push(server, set)).toEqual(ACCEPTED)
    const later = await signToken({ claims: { iat: NOW - 4 } })
    expect(await judge(later, server)).toEqual(ALLOWED)
    expect(await push(server, set)).toEqual(ACCEPTED)
    expect(await judge(later, server)).toEqual(ALLOWED)
  })

  it.each<[string, Fields]>([
    ['no Authorization', { authorization: undefined }],
    ['an empty one', { authorization: '' }],
    ['another one', { authorization: `${AUTHORIZATION}x` }],
    ['its beginning', { authorization: AUTHORIZATION.slice(0, -1) }],
    ['another scheme', { authorization: AUTHORIZATION.replace('Bearer', 'Basic') }],
    ['the agreed one twice', { authorization: [AUTHORIZATION, AUTHORIZATION] }],
    ['another one before it', { authorization: ['Bearer x', AUTHORIZATION] }],
  ])('PUSH-1: %s: 400 authentication_failed, and the body is not read', async (_name, headers) => {
    const server = receiver()
    const answer = await push(server, await signSet(), headers)
    expect(answer).toEqual({
      status: 400,
      headers: {
        'Cache-Control': 'no-store',
        'Content-Type': 'application/json',
        'Content-Language': 'en',
      },
      body: JSON.stringify({
        err: 'authentication_failed',
        description: 'The header field Authorization is missing or wrong.',
      }),
    })
    expect(await judge(await signToken(), server)).toEqual(ALLOWED)
    expect(errorOf(await push(server, 'nonsense', headers))).toBe('authentication_failed')
    expect(JSON.stringify(told)).not.toContain('push-secret')
  })

  it('PUSH-1: strangers cannot make this server read a body', async () => {
    const endpoint = adapterOf('test', receiver()).endpointFor(EVENTS_PATH)
    const message = () => expect.unreachable()
    const asked = { method: 'POST', url: EVENTS_PATH, message }
    const answer = await endpoint?.answer({ ...asked, headers: { authorization: 'Bearer x' } })
    expect(answer?.status).toBe(400)
  })

  it('PUSH-1: while the agreed Authorization is changed, the old one and the new one are accepted', async () => {
    const authorization = [`Bearer ${'n'.repeat(32)}`, AUTHORIZATION]
    const server = receiver({}, { authorization })
    for (const value of authorization) {
      expect(await push(server, await signSet(), { authorization: value })).toEqual(ACCEPTED)
    }
  })

  it.each([
    'application/json',
    'application/x-www-form-urlencoded',
    'application/jwt',
    undefined,
    'text/plain',
  ])('PUSH-1: a body of the type %s: 400 invalid_request', async (type) => {
    const answer = await push(receiver(), await signSet(), { 'content-type': type })
    expect(errorOf(answer)).toBe('invalid_request')
  })

  it.each(['application/secevent+jwt; charset=utf-8', 'Application/SecEvent+JWT'])(
    'PUSH-1: the body type %s is read',
    async (type) => {
      expect(await push(receiver(), await signSet(), { 'content-type': type })).toEqual(ACCEPTED)
    },
  )

  it('PUSH-1: the sender learns which check failed, and operators learn why', async () => {
    const answer = await push(receiver(), await signSet({ jti: undefined }))
    expect(JSON.parse(answer.body ?? '')).toEqual({
      err: 'invalid_request',
      description: 'The request is not a valid security event token.',
    })
    expect(told).toEqual([
      {
        kind: 'message_refused',
        source: 'security_event',
        resource: RESOURCE,
        issuer: undefined,
        detail: 'a security event was refused: "jti" is missing',
      },
    ])
  })

  it('PUSH-1: while the keys cannot be fetched: 503 with Retry-After, and it counts when sent again', async () => {
    let isUp = false
    const fetch: typeof globalThis.fetch = async () => {
      if (!isUp) throw new TypeError('no network')
      return Response.json({ keys: [rsaKey.publicKey] })
    }
    const jwksUri = 'https://sso.example.com/keys'
    let time = NOW * 1000
    const server = receiver({
      server: { keys: undefined, jwksUri } as object,
      http: { fetch },
      clock: () => time,
    })
    const set = await signSet()
    const answer = await push(server, set)
    expect(answer.status).toBe(503)
    expect(Number(answer.headers['Retry-After'])).toBeGreaterThan(0)
    expect(toldKinds()).toEqual(['source_failed'])
    isUp = true
    time += 60_000
    expect(await push(server, set)).toEqual(ACCEPTED)
    expect(await judge(await signToken(), server)).toEqual(invalidToken('token_revoked'))
  })

  it('PUSH-1 REV-2: while the shared store is away: 503 again and again, then 202 once all instances get it', async () => {
    const store = new MemorySharedStore()
    const sharedStore = { store, onOutage: 'local' } as const
    const [first, second] = [receiver({ sharedStore }), receiver({ sharedStore })]
    await Promise.all([first.ready(), second.ready()])
    const token = await signToken()
    store.state = 'down'
    const set = await signSet()
    for (const _time of [1, 2]) expect(await push(first, set)).toMatchObject({ status: 503 })
    // What is known counts already, where it is known.
    expect(await judge(token, first)).toEqual(invalidToken('token_revoked'))
    expect(await judge(token, second)).toEqual(ALLOWED)
    store.state = 'up'
    await eventually(async () => expect((await push(first, set)).status).toBe(202))
    await eventually(async () =>
      expect(await judge(token, second)).toEqual(invalidToken('token_revoked')),
    )
    await Promise.all([first.close(), second.close()])
  })

  it('PUSH-1: the same message at two instances at once: both answer 202', async () => {
    const sharedStore = { store: new MemorySharedStore() }
    const servers = [receiver({ sharedStore }), receiver({ sharedStore })]
    await Promise.all(servers.map((server) => server.ready()))
    const set = await signSet()
    const answers = await Promise.all(servers.map((server) => push(server, set)))
    expect(answers).toEqual([ACCEPTED, ACCEPTED])
    for (const server of servers) {
      expect(await judge(await signToken(), server)).toEqual(invalidToken('token_revoked'))
      await server.close()
    }
  })

  it('SET-1 PUSH-1: two issuers share a path: the Authorization of one does not open the other', async () => {
    const otherKey = createTestKey({ algorithm: 'ES256', keyId: 'other-1' })
    const otherIssuer = 'https://sso.example.com/realms/other'
    const otherAuthorization = `Bearer ${'o'.repeat(32)}`
    const audience = 'mcp-receiver/stream-1'
    const server = testResourceServer({
      authorizationServer: [
        {
          issuer: ISSUER,
          keys: { keys: [rsaKey.publicKey] },
          securityEvents: { audience, authorization: AUTHORIZATION },
        },
        {
          issuer: otherIssuer,
          keys: { keys: [otherKey.publicKey] },
          securityEvents: { audience, authorization: otherAuthorization },
        },
      ],
    })
    const foreign = { iss: otherIssuer, sub_id: { format: 'opaque', id: 'alice' } }
    const set = await signSet(foreign, {}, otherKey)
    expect(errorOf(await push(server, set))).toBe('invalid_issuer')
    expect(await push(server, set, { authorization: otherAuthorization })).toEqual(ACCEPTED)
    // Both issuers have an alice. Only the one of the event is logged out.
    expect(await judge(await signToken(), server)).toEqual(ALLOWED)
    const theirs = await signToken({ claims: { iss: otherIssuer }, key: otherKey })
    expect(await judge(theirs, server)).toEqual(invalidToken('token_revoked'))
    expect(await push(server, await signSet())).toEqual(ACCEPTED)
    expect(await judge(await signToken(), server)).toEqual(invalidToken('token_revoked'))
  })

  it('PUSH-1: at a path of its own, and only there', async () => {
    const server = receiver({}, { path: '/signals' })
    expect(await push(server, await signSet(), {}, '/signals')).toEqual(ACCEPTED)
    await expect(push(server, await signSet())).rejects.toThrow('no endpoint')
  })
})
