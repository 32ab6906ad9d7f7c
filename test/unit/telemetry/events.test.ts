import { beforeEach, describe, expect, it } from 'vitest'
import type { DecisionEvent, OutboundEvent } from '../../../src/telemetry/events.ts'
import { listenToDecisions, listenToOutbound } from '../../support/events.ts'
import { throwing } from '../../support/throwing.ts'
import {
  bearer,
  CLAIMS,
  CORRELATION_ID,
  ISSUER,
  NOW,
  RESOURCE,
  request,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { introspecting } from './introspecting.ts'

let decisions: readonly DecisionEvent[]
let outbound: readonly OutboundEvent[]
let ignoreDecisions: () => void

beforeEach(() => {
  const [toDecisions, toOutbound] = [listenToDecisions(), listenToOutbound()]
  decisions = toDecisions.events
  outbound = toOutbound.events
  ignoreDecisions = () => toDecisions[Symbol.dispose]()
  return () => {
    ignoreDecisions()
    toOutbound[Symbol.dispose]()
  }
})

const good = await signToken()
const scopeless = await signToken({ claims: { scope: 'x' } })

describe('the event of a decision', () => {
  it('S1.13: of an allowed request names issuer, subject and client', async () => {
    await testResourceServer().authenticate(bearer(good))
    expect(decisions).toEqual([
      {
        outcome: 'allowed',
        status: 200,
        reason: undefined,
        detail: undefined,
        correlationId: CORRELATION_ID,
        method: 'POST',
        operations: undefined,
        resource: RESOURCE,
        issuer: ISSUER,
        subject: 'alice',
        clientId: 'inspector',
        requiredScopes: undefined,
        grantedScopes: ['mcp:tools'],
        possession: [],
        cache: 'miss',
        duration: expect.any(Number),
      },
    ])
    expect(decisions[0]?.duration).toBeGreaterThanOrEqual(0)
  })

  it('S1.13: of a refusal has reason, detail and the correlation id of the response', async () => {
    let next = 0
    const server = testResourceServer({ correlationId: () => `id-${++next}` })
    const decision = await server.authenticate(
      bearer(await signToken({ claims: { aud: 'account' } })),
    )
    if (decision.outcome !== 'challenged') expect.fail(decision.outcome)
    expect(decisions).toMatchObject([
      {
        outcome: 'challenged',
        status: 401,
        reason: 'audience_mismatch',
        detail: expect.stringContaining(`"aud" is "account"; expected "${RESOURCE}"; `),
        nearMiss: 'audience_generic',
        correlationId: 'id-1',
        issuer: undefined,
        subject: undefined,
      },
    ])
    expect(decision.body.correlation_id).toBe('id-1')
    expect(next).toBe(1)
  })

  it.each([
    ['400', 'Bearer x y', 400, 'authorization_malformed'],
    ['401', undefined, 401, 'credentials_missing'],
    ['403', `Bearer ${scopeless}`, 403, 'scope_missing'],
  ])('S1.13: of a %s has its status and reason', async (_name, shown, status, reason) => {
    await testResourceServer().authenticate(request(shown))
    expect(decisions).toMatchObject([{ outcome: 'challenged', status, reason }])
  })

  it('S1.13: of an outage has the reason as well', async () => {
    await introspecting(() => new Response('down', { status: 500 })).authenticate(bearer('opaque'))
    expect(decisions).toMatchObject([
      { outcome: 'unavailable', status: 503, reason: 'introspection_unavailable', cache: 'miss' },
    ])
  })

  it.each<[string, object, Record<string, string>, number, string]>([
    ['403', {}, { origin: 'https://evil.example.com' }, 403, 'origin_refused'],
    ['404', {}, { 'mcp-session-id': 's1' }, 404, 'session_unknown'],
    ['413', {}, { 'content-length': '99999999' }, 413, 'body_too_large'],
    ['415', {}, { 'content-type': 'text/plain' }, 415, 'media_type_unsupported'],
    ['400', { message: {} }, {}, 400, 'body_malformed'],
  ])('S1.13: of a %s that is no challenge too', async (_name, more, headers, status, reason) => {
    const server = testResourceServer({ policy: {} })
    await server.authenticate(
      request(undefined, {
        headers: { authorization: `Bearer ${good}`, ...headers },
        message: async () => Buffer.from('[]'),
        ...more,
      }),
    )
    expect(decisions).toMatchObject([
      { outcome: 'refused', status, reason, detail: expect.any(String), operations: undefined },
    ])
  })

  it('S1.13: a preflight makes no event', async () => {
    await testResourceServer({ allowedOrigins: '*' }).authenticate({
      method: 'OPTIONS',
      url: '/mcp',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
    })
    expect(decisions).toEqual([])
  })

  it('S1.13: of a token alone names no method', async () => {
    await testResourceServer().verify(good)
    expect(decisions).toMatchObject([{ outcome: 'allowed', method: undefined, subject: 'alice' }])
    expect(decisions[0]?.operations).toBeUndefined()
  })

  it('S1.13: says whether the cache had the token', async () => {
    const server = testResourceServer()
    await server.authenticate(bearer(good))
    await server.authenticate(bearer(good))
    await server.authenticate(request())
    expect(decisions.map(({ cache }) => cache)).toEqual(['miss', 'hit', undefined])
  })

  it('S1.13: calls a remembered "inactive" a hit', async () => {
    const server = introspecting(() => Response.json({ active: false }))
    await server.authenticate(bearer('opaque'))
    await server.authenticate(bearer('opaque'))
    expect(decisions).toMatchObject([
      { reason: 'token_inactive', cache: 'miss' },
      { reason: 'token_inactive', cache: 'hit' },
    ])
    expect(outbound).toHaveLength(1)
  })

  it('S1.13: each decision makes one event', async () => {
    const server = testResourceServer()
    await Promise.all([1, 2, 3].map(() => server.authenticate(bearer(good))))
    expect(decisions).toHaveLength(3)
    ignoreDecisions()
    await server.authenticate(bearer(good))
    expect(decisions).toHaveLength(3)
  })

  it('MCP-18: names the resource, never the address with its query', async () => {
    const url = `/mcp?access_token=${good}`
    await testResourceServer().authenticate(request(undefined, { url }))
    expect(JSON.stringify(decisions)).not.toContain('access_token')
  })
})

describe('the event of an outbound call', () => {
  it('S1.13: says where it went, how it ended, and for which request', async () => {
    const { active, ...claims } = { active: true, ...CLAIMS }
    await introspecting(() => Response.json({ active, ...claims })).authenticate(bearer('opaque'))
    expect(outbound).toEqual([
      {
        purpose: 'introspection',
        issuer: ISSUER,
        method: 'POST',
        url: 'https://sso.example.com/introspect',
        status: 200,
        error: undefined,
        correlationId: CORRELATION_ID,
        duration: expect.any(Number),
      },
    ])
    expect(decisions).toMatchObject([{ outcome: 'allowed', correlationId: CORRELATION_ID }])
  })

  it('S1.7: of a failed call quotes nothing of the error', async () => {
    const server = introspecting(
      throwing(new Error('connect failed: token=opaque-token secret=s3cr3t')),
    )
    await server.authenticate(bearer('opaque-token'))
    expect(outbound).toMatchObject([{ status: undefined, error: 'the call failed' }])
    expect(JSON.stringify([outbound, decisions])).not.toMatch(/s3cr3t|opaque-token/)
  })

  it('S1.13: is there for discovery and key sets', async () => {
    const documents: Record<string, object> = {
      'https://a.example/.well-known/oauth-authorization-server': {
        issuer: 'https://a.example',
        jwks_uri: 'https://a.example/jwks',
      },
      'https://a.example/jwks': { keys: [rsaKey.publicKey] },
    }
    const fetch = async (url: unknown) => Response.json(documents[String(url)])
    const server = testResourceServer({
      authorizationServer: 'https://a.example',
      http: { fetch },
    })
    await server.authenticate(
      bearer(await signToken({ claims: { iss: 'https://a.example', exp: NOW + 9 } })),
    )
    expect(decisions).toMatchObject([{ outcome: 'allowed' }])
    expect(outbound.map(({ purpose, method, status }) => [purpose, method, status])).toEqual([
      ['discovery', 'GET', 200],
      ['key_set', 'GET', 200],
    ])
    expect(new Set(outbound.map(({ correlationId }) => correlationId))).toEqual(
      new Set([CORRELATION_ID]),
    )
  })
})
