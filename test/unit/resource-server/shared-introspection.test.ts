import { randomBytes } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import type { AuthorizationServerOptions } from '../../../src/resource-server/authorization-server-options.ts'
import type { SharedStoreOptions } from '../../../src/resource-server/shared-store-options.ts'
import { rfc9068Profile } from '../../../src/token/rfc9068.ts'
import { readStoredResult } from '../../../src/verification/stored-result.ts'
import { eventually } from '../../support/decisions.ts'
import { MemorySharedStore } from '../../support/memory-shared-store.ts'
import {
  bearer,
  CLAIMS,
  type Claims,
  INTROSPECTION,
  ISSUER,
  NOW,
  type Overrides,
  RESOURCE,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const warnings = collectWarnings()
// A process gives up a shared result at a random moment near its end. Here the end itself.
const random = () => vi.spyOn(Math, 'random').mockReturnValue(0)

const KEY = randomBytes(32).toString('base64url')
const OPAQUE = 'opaque-token-of-alice-0123456789'
const ANSWER = { active: true, ...CLAIMS, aud: [RESOURCE, 'https://other.example.com/mcp'] }

/** Several resource servers over one store, one clock, and one authorization server that counts. */
function instances(answer: Claims | (() => Claims) = ANSWER) {
  random()
  const store = new MemorySharedStore()
  const time = { now: NOW * 1000 }
  const asked: string[] = []
  const fetch = async (_url: unknown, { body }: RequestInit = {}) => {
    const token = String(new URLSearchParams(String(body)).get('token'))
    // ready() introspects a made-up token.
    if (!/^(?:ey|.*token)/.test(token)) return Response.json({ active: false })
    asked.push(token)
    return Response.json(typeof answer === 'function' ? answer() : answer)
  }
  const start = (
    options: Overrides & { readonly shared?: Partial<SharedStoreOptions> } = {},
    server: Partial<AuthorizationServerOptions> = {},
  ) => {
    const { shared, ...others } = options
    return testResourceServer({
      clock: () => time.now,
      http: { fetch: fetch as typeof globalThis.fetch },
      server: { introspection: INTROSPECTION, verification: 'introspection', ...server },
      sharedStore: { store, onOutage: 'local', introspection: true, sealingKeys: KEY, ...shared },
      ...others,
    })
  }
  return { store, time, asked, start }
}

type Server = ReturnType<typeof testResourceServer>

const statusOf = async (server: Server, token = OPAQUE) => {
  const decision = await server.authenticate(bearer(token))
  return decision.outcome === 'allowed' ? 200 : decision.status
}

/** The shared results in the store. */
function valuesIn(store: MemorySharedStore): [key: string, value: string][] {
  const [, ...values] = JSON.parse(store.dump()) as [unknown, ...[string, { value: string }][]]
  return values
    .filter(([key]) => key.startsWith('introspection:'))
    .map(([key, { value }]) => [key, value])
}

/** The only value in the store. */
function soleValue(store: MemorySharedStore): [key: string, value: string] {
  const [sole, ...others] = valuesIn(store)
  if (sole === undefined || others.length > 0) throw new Error('not one value')
  return sole
}

describe('introspection results in the shared store', () => {
  it('RFC7662-4: four instances introspect a token once for the time that an answer counts', async () => {
    const { asked, time, start } = instances()
    const servers = [start(), start(), start(), start()]
    for (let round = 0; round < 3; round += 1) {
      for (const server of servers) expect(await statusOf(server)).toBe(200)
    }
    expect(asked).toEqual([OPAQUE])
    time.now += 30_000
    for (const server of servers) expect(await statusOf(server)).toBe(200)
    expect(asked).toHaveLength(1)
    time.now += 1
    for (const server of servers) expect(await statusOf(server)).toBe(200)
    expect(asked).toHaveLength(2)
  })

  it('RFC7662-4: a result that another instance gave lives no longer than the original', async () => {
    const { asked, time, start } = instances()
    const [first, second, third] = [start(), start(), start()]
    await statusOf(first)
    time.now += 29_000
    await statusOf(second)
    time.now += 1001
    await statusOf(second)
    expect(asked).toHaveLength(2)
    time.now += 29_000
    await statusOf(third)
    expect(asked).toHaveLength(2)
  })

  it('gives every instance the same token, also the members that JSON does not have', async () => {
    const { store, asked, start } = instances({
      active: true,
      aud: RESOURCE,
      sub: 'alice',
      exp: NOW + 60,
      scope: 'mcp:tools',
    })
    const tokens = [await start().verify(OPAQUE), await start().verify(OPAQUE)]
    expect(tokens[1]).toStrictEqual(tokens[0])
    expect(tokens[1]).toMatchObject({ issuedAt: undefined, clientId: undefined })
    expect(Object.isFrozen(tokens[1]?.claims)).toBe(true)
    expect([asked.length, valuesIn(store).length]).toEqual([1, 1])
  })

  it('does not share what JSON would change', async () => {
    const { store, asked, start } = instances()
    const huge = { ...ANSWER, big: 'HUGE' }
    const fetch = async () =>
      new Response(JSON.stringify(huge).replace('"HUGE"', '1e999'), {
        headers: { 'content-type': 'application/json' },
      })
    const server = start({ http: { fetch } })
    const { claims } = await server.verify(OPAQUE)
    expect(claims.big).toBe(Number.POSITIVE_INFINITY)
    expect([asked.length, valuesIn(store)]).toEqual([0, []])
  })

  it('REV-3: nothing of the token, its claims and its owner can be read in the store', async () => {
    const { store, start } = instances()
    await start().verify(OPAQUE)
    const [key, value] = soleValue(store)
    const seen = [key, value, Buffer.from(value, 'base64url').toString('latin1')].join('\n')
    for (const secret of [OPAQUE, 'alice', 'inspector', 'token-1', 'mcp:tools', ISSUER, RESOURCE]) {
      expect(seen).not.toContain(secret)
    }
    const { hash } = await import('node:crypto')
    for (const form of ['hex', 'base64', 'base64url'] as const) {
      expect(seen).not.toContain(hash('sha256', OPAQUE, form).slice(0, 20))
    }
  })

  it('shares no result of a signature, and asks the store for none that it was not given', async () => {
    const { store, start } = instances()
    const token = await signToken()
    const server = start({}, { verification: 'hybrid', confirm: 'never' })
    expect(await statusOf(server, token)).toBe(200)
    expect(valuesIn(store)).toEqual([])
  })

  it('shares the confirmation of a JWT, and each instance checks the key and the expiry', async () => {
    const { asked, time, start } = instances(() => ({ active: true, ...CLAIMS }))
    const hybrid = { verification: 'hybrid', confirm: 600 } as const
    const token = await signToken()
    const [first, second] = [start({}, hybrid), start({}, hybrid)]
    await Promise.all([first.ready(), second.ready()])
    expect([await statusOf(first, token), await statusOf(second, token)]).toEqual([200, 200])
    expect(asked).toHaveLength(1)
    // CLAIMS expire after 300 s, and clocks may be 5 s apart.
    time.now += 305_001
    expect(await statusOf(second, token)).toBe(401)
    await Promise.all([first.close(), second.close()])
  })
})

describe('cache confusion: a result is for servers with the same options only', () => {
  const other = 'https://other.example.com/mcp'
  const cases: [string, Overrides, Partial<AuthorizationServerOptions>][] = [
    ['resource', { resource: other }, {}],
    ['additional audiences', { additionalAudiences: [other] }, {}],
    ['additional audiences of the issuer', {}, { additionalAudiences: [other] }],
    ['exclusiveAudience', { exclusiveAudience: true }, {}],
    ['maxTokenLifetime', { maxTokenLifetime: 60 }, {}],
    ['clockTolerance', { clockTolerance: 0 }, {}],
    ['the age of an answer', { cache: { introspectionMaxAge: 10 } }, {}],
    ['client', {}, { introspection: { ...INTROSPECTION, clientId: 'other' } }],
    ['endpoint', {}, { introspection: { ...INTROSPECTION, endpoint: `${ISSUER}/introspect` } }],
    ['signed answers', {}, { introspection: { ...INTROSPECTION, signedAnswers: 'never' } }],
    ['mode', {}, { verification: 'hybrid' }],
    ['algorithms', {}, { algorithms: ['ES256'] }],
    ['profile, by its name', {}, { profile: { ...rfc9068Profile, name: 'other' } }],
    ['profile, by its scope claims', {}, { profile: { ...rfc9068Profile, scopeClaims: ['scp'] } }],
    ['profile, by its code', {}, { profile: { ...rfc9068Profile, checkType: () => undefined } }],
    [
      'profile, by the code of its class',
      {},
      {
        profile: new (class {
          name = 'rfc9068'
          checkType(): void {}
        })(),
      },
    ],
  ]

  it.each(cases)('%s', async (_what, options, server) => {
    const { store, asked, start } = instances()
    await statusOf(start())
    await statusOf(start(options, server))
    expect(asked).toHaveLength(2)
    expect(new Set(valuesIn(store).map(([key]) => key)).size).toBeGreaterThan(0)
    // The servers do share with their like.
    await statusOf(start())
    expect(asked).toHaveLength(2)
  })

  it('a token for one resource is refused by the other, although both share the store', async () => {
    const { start } = instances({ ...ANSWER, aud: RESOURCE })
    expect(await statusOf(start())).toBe(200)
    expect(await statusOf(start({ resource: other }))).toBe(401)
  })

  it('credentials and the cadence of key sets do not matter', async () => {
    const { asked, start } = instances()
    await statusOf(start())
    const introspection = { ...INTROSPECTION, clientSecret: 'rotated' }
    await statusOf(start({ requiredScopes: [] }, { introspection, inspect: () => {} }))
    expect(asked).toHaveLength(1)
  })
})

describe('what is wrong in the shared store is a miss', () => {
  /** Lets one server fill the store, changes the store, and lets another server look. */
  async function spoiled(
    change: (store: MemorySharedStore, key: string, value: string) => Promise<unknown> | unknown,
    second: Partial<SharedStoreOptions> = {},
  ) {
    const { store, asked, start } = instances()
    await statusOf(start())
    const [key, value] = soleValue(store)
    await change(store, key, value)
    expect(await statusOf(start({ shared: second }))).toBe(200)
    return { asked, warned: warnings.map(([, code]) => code) }
  }
  const far = NOW * 2000

  it.each<[string, (value: string) => string]>([
    ['cut', (value) => value.slice(0, -4)],
    [
      'changed',
      (value) => `${value.slice(0, 60)}${value[60] === 'A' ? 'B' : 'A'}${value.slice(61)}`,
    ],
    ['empty', () => ''],
    ['plain JSON', () => JSON.stringify({ until: far, maxAge: 30, token: ANSWER })],
    ['a megabyte', (value) => value.repeat(4000)],
  ])('REV-3: %s', async (_what, make) => {
    const { asked, warned } = await spoiled((store, key, value) => store.set(key, make(value), far))
    expect(asked).toHaveLength(2)
    expect(warned).toEqual(['MCP_SHARED_STORE_FAILED'])
  })

  it('REV-3: a value that was sealed with a key that this instance does not have', async () => {
    const { asked, warned } = await spoiled(() => {}, {
      sealingKeys: randomBytes(32).toString('hex'),
    })
    expect([asked.length, warned]).toEqual([2, ['MCP_SHARED_STORE_FAILED']])
  })

  it('a key is rotated: the new one is second, then first, and the old one goes', async () => {
    const { store, asked, start } = instances()
    const fresh = randomBytes(32).toString('base64')
    await statusOf(start())
    await statusOf(start({ shared: { sealingKeys: [KEY, fresh] } }))
    await statusOf(start({ shared: { sealingKeys: [fresh, KEY] } }))
    expect([asked.length, warnings]).toEqual([1, []])
    store.wipe()
    await statusOf(start({ shared: { sealingKeys: [fresh, KEY] } }))
    await statusOf(start({ shared: { sealingKeys: [KEY, fresh] } }))
    await statusOf(start({ shared: { sealingKeys: fresh } }))
    expect([asked.length, warnings]).toEqual([2, []])
  })

  it('REV-3: the value of another token, put under the key of this one', async () => {
    const { store, asked, start } = instances()
    const first = start()
    await statusOf(first, 'token-of-mallory-0123456789')
    const [, mallory] = soleValue(store)
    await statusOf(first, OPAQUE)
    for (const [key] of valuesIn(store)) await store.set(key, mallory, far)
    expect(await statusOf(start(), OPAQUE)).toBe(200)
    expect(asked).toHaveLength(3)
  })

  it('REV-3: an old value that is put back counts until its original end', async () => {
    const { store, time, asked, start } = instances()
    await statusOf(start())
    const [key, value] = soleValue(store)
    time.now += 30_001
    await store.set(key, value, far)
    await statusOf(start())
    expect(asked).toHaveLength(2)
  })

  it('a result of an instance whose clock is far ahead does not live longer', async () => {
    const { asked, time, start } = instances({ ...ANSWER, exp: NOW + 9000 })
    const ahead = start({ clock: () => time.now + 3_600_000 })
    await statusOf(ahead)
    await statusOf(start())
    expect(asked).toHaveLength(2)
  })

  it('REV-1: a shared result from before a revocation is refused, and leaves both tiers', async () => {
    const { store, asked, start } = instances()
    const [first, second] = [start(), start()]
    await Promise.all([first.ready(), second.ready()])
    await statusOf(first)
    expect(valuesIn(store)).toHaveLength(1)
    await first.revoke({ subject: 'alice' })
    await eventually(async () => expect(await statusOf(second)).toBe(401))
    expect(valuesIn(store)).toHaveLength(0)
    expect(asked).toHaveLength(1)
    await Promise.all([first.close(), second.close()])
  })

  it('REV-1: a revocation between the verification and the first sight of a token without iat counts', async () => {
    const { time, start } = instances({ ...ANSWER, iat: undefined })
    const [first, second] = [start(), start()]
    await Promise.all([first.ready(), second.ready()])
    expect(await statusOf(first)).toBe(200)
    time.now += 10_000
    await first.revoke({ subject: 'alice', issuedBefore: new Date(time.now) })
    time.now += 19_000
    await eventually(async () => expect(await statusOf(second)).toBe(401))
    await Promise.all([first.close(), second.close()])
  })
})

it('REV-1: a JWT without iat that was confirmed before a revocation is refused, as long as `confirm` may be', async () => {
  const { time, start } = instances(() => ({ active: true, ...CLAIMS }))
  const profile = { ...rfc9068Profile, requiredClaims: [] }
  const server = start(
    { shared: { introspection: false } },
    { verification: 'hybrid', confirm: 250, profile },
  )
  await server.ready()
  const token = await signToken({ claims: { iat: undefined } })
  expect(await statusOf(server, token)).toBe(200)
  time.now += 10_000
  await server.revoke({ subject: 'alice', issuedBefore: new Date(time.now) })
  // The list sees the token for the first time now, longer after the revocation than an answer counts.
  time.now += 200_000
  expect(await statusOf(server, token)).toBe(401)
})

/** What another version, or a mistake, may seal. */
describe('a sealed result that this version would not write is a miss', () => {
  const token = {
    issuer: ISSUER,
    audience: [RESOURCE],
    scopes: ['mcp:tools'],
    expiresAt: NOW + 300,
    format: 'opaque',
    verifiedBy: 'introspection',
    claims: {},
  }
  const sound = { until: NOW * 1000 + 30_000, maxAge: 30, token }

  it('and one that it would write is read', () => {
    expect(readStoredResult(JSON.stringify(sound))).toMatchObject({
      until: sound.until,
      verification: { maxAge: 30, token },
    })
  })

  it.each<[string, unknown]>([
    ['no JSON', undefined],
    ['null', null],
    ['no token', { ...sound, token: undefined }],
    ['no end', { ...sound, until: undefined }],
    ['an end that is text', { ...sound, until: '4000000000000' }],
    ['an endless age', { ...sound, maxAge: null }],
    ['an unknown member', { ...sound, also: 1 }],
    ['no issuer', { ...sound, token: { ...token, issuer: undefined } }],
    ['no expiry', { ...sound, token: { ...token, expiresAt: null } }],
    ['an expiry in milliseconds', { ...sound, token: { ...token, expiresAt: NOW * 1000 } }],
    ['scopes that are text', { ...sound, token: { ...token, scopes: 'mcp:tools' } }],
    ['no claims', { ...sound, token: { ...token, claims: undefined } }],
    ['claims that are a list', { ...sound, token: { ...token, claims: [] } }],
    ['an unknown binding', { ...sound, token: { ...token, confirmation: { jwk: {} } } }],
    ['a result of a signature', { ...sound, token: { ...token, verifiedBy: 'signature' } }],
  ])('%s', (_what, stored) => {
    expect(readStoredResult(stored === undefined ? '{' : JSON.stringify(stored))).toBeUndefined()
  })
})

describe('the shared store is away', () => {
  it.each(['down', 'hanging'] as const)('%s: tokens are verified without it', async (state) => {
    const { store, asked, start, time } = instances()
    const server = start()
    await server.ready()
    store.state = state
    for (const token of ['a-token-1', 'a-token-2', 'a-token-3']) {
      expect(await statusOf(server, token)).toBe(200)
    }
    expect(asked).toHaveLength(3)
    expect(await statusOf(server, 'a-token-1')).toBe(200)
    expect(asked).toHaveLength(3)
    store.state = 'up'
    time.now += 2001
    expect(await statusOf(server, 'a-token-4')).toBe(200)
    await eventually(() => expect(valuesIn(store)).toHaveLength(1))
    await server.close()
  })

  it('a hanging store is asked once in a while, not at every request', async () => {
    const { store, start } = instances()
    const get = vi.spyOn(store, 'get')
    const server = start()
    await server.ready()
    store.state = 'hanging'
    await Promise.all(Array.from({ length: 20 }, (_, at) => statusOf(server, `token-${at}-abc`)))
    const first = get.mock.calls.length
    for (let at = 0; at < 20; at += 1) await statusOf(server, `later-${at}-abc`)
    expect(get.mock.calls.length).toBe(first)
    await server.close()
  })

  it('many requests with one new token read the store once', async () => {
    const { store, asked, start } = instances()
    const get = vi.spyOn(store, 'get')
    const server = start()
    await Promise.all(Array.from({ length: 50 }, () => statusOf(server)))
    // The list of revocations reads the store too, whatever the requests are.
    const results = get.mock.calls.filter(([key]) => !key.startsWith('revocations/'))
    expect([results.length, asked.length]).toEqual([1, 1])
  })
})
