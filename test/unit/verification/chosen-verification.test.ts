import { describe, expect, it } from 'vitest'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import {
  createHybridVerifier,
  createIntrospectionVerifier,
  createJwtVerifier,
} from '../../../src/verification/verifiers.ts'
import {
  bearer,
  CLAIMS,
  type Claims,
  clock,
  ecKey,
  INTROSPECTION,
  ISSUER,
  type Overrides,
  RESOURCE,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const OTHER = 'https://other.example'
const ENDPOINT = 'https://sso.example.com/tokeninfo'
const keys = { keys: [rsaKey.publicKey, ecKey.publicKey] }

/** A server whose authorization servers answer every call with these claims, and count the calls. */
function answered(options: Overrides, answer: Claims = { active: true, ...CLAIMS }) {
  const calls: { url: string; body: string }[] = []
  const fetch = async (input: unknown, init?: { body?: unknown }) => {
    calls.push({ url: String(input), body: String(init?.body ?? '') })
    return Response.json(answer)
  }
  return { calls, server: testResourceServer({ http: { fetch }, ...options }) }
}

const outcome = async (server: ResourceServer, token: string) => {
  const decision = await server.authenticate(bearer(token))
  return 'reason' in decision ? decision.reason : decision.outcome
}

describe('the verification of a token', () => {
  const opaqueless = { ...INTROSPECTION, opaqueTokens: false }
  const second = { issuer: OTHER, keys }
  const sole = (server: Overrides['server'] = {}) => ({ issuer: ISSUER, keys, ...server })
  const foreign = { claims: { iss: OTHER } }

  it.each<[string, NonNullable<Overrides['authorizationServer']>, string, string, string]>([
    ['one issuer', sole(), 'allowed', 'issuer_unknown', 'token_opaque'],
    [
      'one issuer that is asked about opaque tokens',
      sole({ introspection: INTROSPECTION }),
      'allowed',
      'issuer_unknown',
      'allowed',
    ],
    [
      'one issuer that is asked about JWTs only',
      sole({ introspection: opaqueless }),
      'allowed',
      'issuer_unknown',
      'token_opaque',
    ],
    ['two issuers', [sole(), second], 'allowed', 'allowed', 'token_opaque'],
    [
      'two issuers, of which the first is asked about opaque tokens',
      [sole({ introspection: INTROSPECTION }), second],
      'allowed',
      'allowed',
      'allowed',
    ],
    [
      'two issuers, of which the second is asked about opaque tokens',
      [second, sole({ introspection: INTROSPECTION })],
      'allowed',
      'allowed',
      'allowed',
    ],
    [
      'two issuers, of which one has a tokeninfo endpoint',
      [second, { issuer: ISSUER, tokenInfo: { endpoint: ENDPOINT } }],
      'token_type_refused',
      'allowed',
      'allowed',
    ],
  ])('S1.11: with %s', async (...row) => {
    const [, authorizationServer, own, others, opaque] = row
    const { server } = answered({ authorizationServer })
    expect(await outcome(server, await signToken())).toBe(own)
    expect(await outcome(server, await signToken(foreign))).toBe(others)
    expect(await outcome(server, 'opaque')).toBe(opaque)
  })

  it('S1.11: an opaque token names no issuer, so the detail of its refusal is plain', async () => {
    const { server } = answered({ server: { introspection: opaqueless } })
    expect(await server.authenticate(bearer('opaque'))).toMatchObject({
      detail: expect.stringContaining('the token is not a JWT, and no introspection is configured'),
    })
  })

  it('RFC8725: a JWT of another issuer is sent to nobody', async () => {
    const { calls, server } = answered({ server: { introspection: INTROSPECTION } })
    await outcome(server, await signToken(foreign))
    expect(calls).toEqual([])
  })

  it('S1.12 RFC7662-5: of a JWT that only introspection verifies has its own audience checked', async () => {
    const options: Overrides = {
      server: { introspection: INTROSPECTION, verification: 'introspection' },
    }
    const { server } = answered(options)
    expect(await outcome(server, await signToken())).toBe('allowed')
    const elsewhere = await signToken({ claims: { aud: OTHER } })
    expect(await outcome(server, elsewhere)).toBe('audience_mismatch')
    const nowhere = await signToken({ claims: { aud: undefined } })
    expect(await outcome(server, nowhere)).toBe('allowed')
    expect(await server.verify(await signToken())).toMatchObject({
      format: 'jwt',
      verifiedBy: 'introspection',
    })
    expect(await server.verify('opaque')).toMatchObject({
      format: 'opaque',
      verifiedBy: 'introspection',
    })
  })

  it('RFC7662-1: of a JWT for a tokeninfo endpoint is refused before it is sent', async () => {
    const { calls, server } = answered({
      server: { keys: undefined, tokenInfo: { endpoint: ENDPOINT } } as never,
    })
    expect(await server.authenticate(bearer(await signToken()))).toMatchObject({
      reason: 'token_type_refused',
      detail: expect.stringContaining('is it an ID token?'),
    })
    // Access tokens of service accounts of Google have two dots, as a JWS has.
    expect(await server.verify('ya29.c.opaque')).toMatchObject({ format: 'opaque' })
    expect(calls).toHaveLength(1)
  })
})

describe('the options of the cache', () => {
  const opaque = { introspection: INTROSPECTION }

  it.each<[string, Overrides, number]>([
    ['the defaults', {}, 1],
    ['no cache', { cache: false }, 3],
    ['no time', { cache: { introspectionMaxAge: 0 } }, 3],
  ])('RFC7662-4: %s: three requests introspect so often', async (_what, options, times) => {
    const { calls, server } = answered({ server: opaque, ...options })
    for (let request = 0; request < 3; request += 1) {
      expect(await outcome(server, 'opaque')).toBe('allowed')
    }
    expect(calls).toHaveLength(times)
  })

  it.each<[string, Overrides, number]>([
    ['the defaults', {}, 1],
    ['no cache', { cache: false }, 3],
  ])('RFC7662-4: %s: three inactive tokens are asked about so often', async (...row) => {
    const [, options, times] = row
    const { calls, server } = answered({ server: opaque, ...options }, { active: false })
    for (let request = 0; request < 3; request += 1) {
      expect(await outcome(server, 'opaque')).toBe('token_inactive')
    }
    expect(calls).toHaveLength(times)
  })

  it('RFC7662-4: without a cache, requests at the same time share one call', async () => {
    const { calls, server } = answered({ server: opaque, cache: false })
    await Promise.all([1, 2, 3].map(() => outcome(server, 'opaque')))
    expect(calls).toHaveLength(1)
  })
})

describe('options that contradict a tokeninfo endpoint', () => {
  const tokenInfo = { endpoint: ENDPOINT }

  it.each([
    ['introspection', { introspection: INTROSPECTION }],
    ['verification', { verification: 'jwt' }],
    ['confirm', { confirm: 'never' }],
  ])('%s', (name, more) => {
    const authorizationServer = { issuer: ISSUER, tokenInfo, ...more } as never
    expect(() => testResourceServer({ authorizationServer })).toThrow(
      `option \`authorizationServer.${name}\` cannot be combined with \`tokenInfo\``,
    )
  })

  it('another issuer that takes opaque tokens', () => {
    const first = { issuer: OTHER, introspection: INTROSPECTION }
    const authorizationServer = [first, { issuer: ISSUER, tokenInfo }]
    expect(() => testResourceServer({ authorizationServer })).toThrow(
      'option `authorizationServer.1.tokenInfo` must be left out if another issuer takes opaque tokens',
    )
  })
})

it.each<[Overrides, string]>([
  [{ additionalAudiences: ['account'] }, 'option `additionalAudiences` must name this server'],
  [
    { resource: ISSUER, authorizationServer: { issuer: `${ISSUER}/`, keys } },
    'must name this server, not the issuer',
  ],
  [{ additionalAudiences: [`${ISSUER}/`] }, 'must name this server, not the issuer'],
  [
    { server: { additionalAudiences: ['account'] } },
    'option `authorizationServer.additionalAudiences` must name this server',
  ],
  [
    { server: { verification: 'keys' as never } },
    'option `authorizationServer.verification` must be "jwt", "introspection" or "hybrid"',
  ],
])('S1.12: names the option that is wrong: %j', (options, message) => {
  expect(() => testResourceServer(options)).toThrow(message)
})

describe('the hints of a profile', () => {
  const common = {
    issuer: ISSUER,
    audience: RESOURCE,
    profile: { name: 'hinting', checkType() {}, hints: { refused: () => 'the hint' } },
    clock,
    http: { fetch: async () => Response.json({ active: true, ...CLAIMS, aud: undefined }) },
  }
  const introspection = INTROSPECTION

  it.each([
    ['createJwtVerifier', createJwtVerifier({ ...common, keys })],
    ['createHybridVerifier', createHybridVerifier({ ...common, keys, introspection })],
    ['createIntrospectionVerifier', createIntrospectionVerifier({ ...common, introspection })],
  ])('are added by %s', async (_name, verifier) => {
    const token = await signToken({ claims: { aud: undefined } })
    await expect(verifier.verify(token)).rejects.toMatchObject({
      reason: 'audience_missing',
      message: expect.stringContaining('; the hint'),
    })
  })
})
