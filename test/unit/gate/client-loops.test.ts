import { beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { ClientLoops, type LoopContext } from '../../../src/gate/loops/client-loops.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { CLIENT_LOOPING_CHANNEL, type ClientLoopingEvent } from '../../../src/telemetry/events.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import { collectEvents } from '../../support/events.ts'
import {
  attackerKey,
  base64url,
  bearer,
  ecKey,
  forge,
  INTROSPECTION,
  ISSUER,
  NOW,
  type Overrides,
  RESOURCE,
  rsaKey,
  signToken,
  type TokenParts,
  testResourceServer,
  VERIFIED,
} from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const loops = collectEvents<ClientLoopingEvent>(CLIENT_LOOPING_CHANNEL)
const warnings = collectWarnings()

let now: number
let tokens: number
let server: ResourceServer
let noted: MockInstance<ClientLoops['refused']>

beforeEach(async () => {
  noted = vi.spyOn(ClientLoops.prototype, 'refused')
  now = NOW
  tokens = 0
  server = await readyServer()
})

async function readyServer(options: Overrides = {}): Promise<ResourceServer> {
  const made = testResourceServer({
    clock: () => now * 1000,
    correlationId: () => 'id',
    ...options,
  })
  await made.ready().catch(() => {})
  return made
}

/** What an authorization server issues at each login: another token, issued now. */
function login({ claims, ...parts }: TokenParts = {}): Promise<string> {
  tokens += 1
  return signToken({
    key: ecKey,
    claims: { iat: now, exp: now + 300, jti: `t-${tokens}`, ...claims },
    ...parts,
  })
}

/** Logs in and calls, several times. */
async function callTimes(times: number, parts?: TokenParts, to = server): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    now += 5
    await to.authenticate(bearer(await login(parts)))
  }
  await settled()
}

/** The signature of a refused token is checked after the answer. */
const settled = () => Promise.all(noted.mock.results.map(({ value }) => value))

const ORIGIN = { claims: { aud: 'https://mcp.example.com/' } }

describe('a client that logs in again and again', () => {
  it('is reported after three refusals with fresh tokens: who, how often, why, and what to change', async () => {
    await callTimes(2, ORIGIN)
    expect(loops).toEqual([])
    await callTimes(1, ORIGIN)
    expect(loops).toEqual([
      {
        kind: 'client_looping',
        resource: RESOURCE,
        issuer: ISSUER,
        clientId: 'inspector',
        subject: 'alice',
        verified: true,
        refusals: 3,
        duration: 10_000,
        reason: 'audience_mismatch',
        nearMiss: 'audience_origin',
        detail: expect.stringContaining('"aud" is "https://mcp.example.com/"; expected'),
        remedy: expect.stringContaining('`additionalAudiences`'),
        correlationId: 'id',
      },
    ])
    expect(warnings).toEqual([
      [expect.stringContaining('the client inspector of'), 'MCP_CLIENT_LOOPING'],
    ])
    expect(warnings[0]?.[0]).toContain('3 times in 10 s')
    expect(warnings[0]?.[0]).not.toContain('alice')
  })

  it('is reported ever more rarely, and warned of once a day', async () => {
    await callTimes(50, ORIGIN)
    expect(loops.map(({ refusals }) => refusals)).toEqual([3, 6, 12, 24, 48])
    expect(warnings).toHaveLength(1)
    now += 25 * 3600
    await callTimes(3, ORIGIN)
    expect(warnings).toHaveLength(2)
  })

  it('S1.13: many clients are warned of ten times an hour', async () => {
    for (let client = 0; client < 15; client += 1) {
      await callTimes(3, { claims: { ...ORIGIN.claims, client_id: `c-${client}` } })
    }
    expect(loops).toHaveLength(15)
    expect(warnings).toHaveLength(10)
    now += 3600
    await callTimes(3, { claims: { ...ORIGIN.claims, client_id: 'c-15' } })
    expect(warnings).toHaveLength(11)
  })

  it('a client id with line breaks stays on its line in the warning', async () => {
    const claims = { client_id: 'x\n\u001b[31mforged line', scope: 'other' }
    for (let time = 0; time < 3; time += 1)
      await server.authenticate(bearer(await login({ claims })))
    expect(loops).toMatchObject([{ reason: 'scope_missing', verified: true }])
    expect(warnings[0]?.[0]).toContain('the client x??[31mforged line of')
  })

  it.each([
    ['a new id', undefined, 'id'],
    ['the id of its caller', { correlationId: 'mine' }, 'mine'],
  ])('is reported through verify() as well, with %s', async (_what, context, correlationId) => {
    for (let time = 0; time < 3; time += 1) {
      await server.verify(await login(ORIGIN), context).catch(() => {})
    }
    await settled()
    expect(loops).toMatchObject([
      {
        refusals: 3,
        verified: true,
        clientId: 'inspector',
        reason: 'audience_mismatch',
        nearMiss: 'audience_origin',
        detail: expect.stringContaining('"aud" is "https://mcp.example.com/"'),
        correlationId,
      },
    ])
  })

  it('S1.7: is reported through verify() without pieces of its tokens', async () => {
    for (let time = 0; time < 3; time += 1) {
      const token = await login({ claims: { scope: 'other' } })
      const verifier = {
        verify: async (text: string): Promise<never> => {
          throw new ChallengeError('audience_mismatch', `not for us: ${text}`)
        },
      }
      server = time === 0 ? await readyServer({ verifier }) : server
      await server.verify(token).catch(() => {})
    }
    await settled()
    expect(loops).toMatchObject([{ detail: 'not for us: [token]' }])
  })

  it('each user is a row of its own', async () => {
    for (const sub of ['a', 'b', 'c', 'd'])
      await callTimes(2, { claims: { ...ORIGIN.claims, sub } })
    expect(loops).toEqual([])
  })

  it('with an issuer in a wrong spelling: the keys vouch, and the near miss is named', async () => {
    await callTimes(3, { claims: { iss: `${ISSUER}/` } })
    expect(loops).toMatchObject([
      { verified: true, issuer: `${ISSUER}/`, reason: 'issuer_unknown', nearMiss: 'issuer_slash' },
    ])
  })

  it('with tokens from the future: the clocks differ', async () => {
    await callTimes(3, { claims: { iat: NOW + 4000, exp: NOW + 5000 } })
    expect(loops).toMatchObject(
      [{ reason: 'token_issued_in_future', remedy: /clocks/ }].map(({ reason }) => ({ reason })),
    )
    expect(loops[0]?.remedy).toContain('clocks')
  })
})

describe('what is no loop', () => {
  it('the same token again', async () => {
    const token = await login(ORIGIN)
    for (let time = 0; time < 10; time += 1) await server.authenticate(bearer(token))
    await settled()
    expect(loops).toEqual([])
  })

  it('old tokens, expired tokens, and tokens without iat', async () => {
    await callTimes(5, { claims: { ...ORIGIN.claims, iat: NOW - 200 } })
    await callTimes(5, { claims: { ...ORIGIN.claims, iat: undefined } })
    await callTimes(5, { claims: { ...ORIGIN.claims, iat: 'now' } })
    await callTimes(5, { claims: { exp: NOW - 20 } })
    expect(loops).toEqual([])
  })

  it('an allowed request in between', async () => {
    await callTimes(2, ORIGIN)
    await callTimes(1)
    await callTimes(2, ORIGIN)
    expect(loops).toEqual([])
    await callTimes(1, ORIGIN)
    expect(loops).toHaveLength(1)
  })

  it('an allowed request of a token from the cache in between', async () => {
    const good = await login()
    await server.authenticate(bearer(good))
    await callTimes(2, ORIGIN)
    expect(await server.authenticate(bearer(good))).toMatchObject({ outcome: 'allowed' })
    await callTimes(2, ORIGIN)
    expect(loops).toEqual([])
  })

  it('refusals for different reasons', async () => {
    await callTimes(2, ORIGIN)
    await callTimes(2, { header: { typ: 'JWT' } })
    await callTimes(2, ORIGIN)
    expect(loops).toEqual([])
  })

  it('refusals and outages that no other token would mend', async () => {
    server = await readyServer({ policy: { tools: { act: 'deny' } } })
    const message = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'act', arguments: {} },
    }
    const down = await readyServer({
      revocation: () => {
        throw new Error('down')
      },
    })
    for (let time = 0; time < 4; time += 1) {
      expect(await server.authenticate({ ...bearer(await login()), message })).toMatchObject({
        reason: 'operation_denied',
      })
      expect(await down.authenticate(bearer(await login()))).toMatchObject({ status: 503 })
      await expect(down.verify(await login())).rejects.toMatchObject({ status: 503 })
    }
    await settled()
    expect(loops).toEqual([])
  })

  it('refusals that are far apart', async () => {
    for (let time = 0; time < 5; time += 1) {
      await callTimes(1, ORIGIN)
      now += 16 * 60
    }
    expect(loops).toEqual([])
  })

  it('requests without a token, and texts that are no token', async () => {
    for (let time = 0; time < 5; time += 1) {
      await server.authenticate(bearer(`opaque-${time}`))
      await server.authenticate({ method: 'POST', url: '/mcp', headers: {} })
    }
    await settled()
    expect(loops).toEqual([])
    expect(warnings).toEqual([])
  })
})

describe('a fresh token that still lacks the scope', () => {
  const policy = { tools: { write: { scopes: ['mcp:write'] }, erase: { scopes: ['mcp:erase'] } } }
  const request = (token: string, name: string) => ({
    ...bearer(token),
    message: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } },
  })

  it('is a loop, though other requests are allowed in between', async () => {
    server = await readyServer({ policy, sessions: 'none' })
    for (let time = 0; time < 3; time += 1) {
      const token = await login()
      expect(
        await server.authenticate({
          ...bearer(token),
          message: { jsonrpc: '2.0', id: 1, method: 'ping' },
        }),
      ).toMatchObject({ outcome: 'allowed' })
      expect(await server.authenticate(request(token, 'write'))).toMatchObject({ status: 403 })
    }
    expect(loops).toMatchObject([{ reason: 'scope_missing', verified: true, refusals: 3 }])
    expect(loops[0]?.remedy).toContain('initialScopes')
  })

  it('is none when each token lacks another scope, or once the scope arrives', async () => {
    server = await readyServer({ policy, sessions: 'none' })
    const scope = (scopes: string) => login({ claims: { scope: `mcp:tools ${scopes}` } })
    await server.authenticate(request(await scope(''), 'write'))
    await server.authenticate(request(await scope('mcp:write'), 'erase'))
    await server.authenticate(request(await scope('mcp:erase'), 'write'))
    await server.authenticate(request(await scope('mcp:erase'), 'write'))
    await server.authenticate(request(await scope('mcp:write'), 'write'))
    await server.authenticate(request(await scope(''), 'write'))
    expect(loops).toEqual([])
  })
})

describe('tokens that nobody vouches for', () => {
  const forged = (parts: TokenParts = {}) => ({ ...ORIGIN, key: attackerKey, ...parts })

  it('are reported as unverified, and the warning names nobody', async () => {
    await callTimes(3, forged())
    expect(loops).toMatchObject([{ verified: false, clientId: 'inspector', refusals: 3 }])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.[0]).not.toContain('inspector')
    expect(warnings[0]?.[0]).toContain('no configured issuer vouches for')
  })

  it('S1.13: are warned of once a day for each reason, and once an hour at most', async () => {
    const other = {
      ...forged(),
      claims: { aud: 'https://mcp.example.com/', iss: 'https://x.example' },
    }
    await callTimes(3, forged())
    await callTimes(3, other)
    expect(warnings).toHaveLength(1)
    now += 3600
    await callTimes(3, forged())
    expect(warnings).toHaveLength(1)
    await callTimes(3, other)
    expect(warnings.map(([text]) => /\((\w+)\):/.exec(text)?.[1])).toEqual([
      'audience_mismatch',
      'issuer_unknown',
    ])
  })

  it('do not count towards the row of a real client, and do not hide it', async () => {
    await callTimes(2, forged())
    await callTimes(1, ORIGIN)
    expect(loops).toEqual([])
    await callTimes(4, forged())
    await callTimes(2, ORIGIN)
    expect(loops.filter(({ verified }) => verified)).toMatchObject([{ refusals: 3 }])
    expect(warnings.map(([text]) => text.includes('the client inspector'))).toEqual([false, true])
  })

  it('RFC8725: the keys of one issuer do not vouch for tokens that name another one', async () => {
    const other = 'https://other.example'
    const several = await readyServer({
      authorizationServer: [
        { issuer: other, keys: { keys: [ecKey.publicKey] } },
        { issuer: ISSUER, keys: { keys: [rsaKey.publicKey] } },
      ],
    })
    await callTimes(3, ORIGIN, several)
    await callTimes(3, { claims: { ...ORIGIN.claims, iss: `${other}/` } }, several)
    expect(loops.map(({ issuer, verified }) => [issuer, verified])).toEqual([
      [ISSUER, false],
      [`${other}/`, true],
    ])
  })

  it('cause no call if they name another issuer', async () => {
    const fetch = vi.fn(async () => new Response('', { status: 500 }))
    const remote = testResourceServer({
      clock: () => now * 1000,
      authorizationServer: { issuer: ISSUER },
      http: { fetch },
    })
    await callTimes(3, { claims: { iss: 'https://sso.example.com/realms/other' } }, remote)
    expect(loops).toMatchObject([{ verified: false, nearMiss: 'issuer_realm' }])
    expect(fetch).not.toHaveBeenCalled()
  })

  it('are those of a server that only introspects, too', async () => {
    const introspecting = await readyServer({
      authorizationServer: {
        issuer: ISSUER,
        introspection: INTROSPECTION,
        verification: 'introspection',
      },
      http: { fetch: async () => Response.json({ active: false }) },
    })
    await callTimes(3, {}, introspecting)
    expect(loops).toMatchObject([{ verified: false, reason: 'token_inactive' }])
  })

  it('say nothing raw: no control characters, no long texts, no token', async () => {
    const token = await login()
    const nasty = `x\n\u001b[31m\u2028${token.slice(-60)}${'y'.repeat(1000)}`
    for (let time = 0; time < 3; time += 1) {
      tokens += 1
      const payload = {
        aud: 'x',
        iat: now,
        exp: now + 9,
        client_id: nasty,
        sub: nasty,
        jti: `${tokens}`,
      }
      const text = await forge({ payload, signature: 'c2ln', key: rsaKey })
      await server.authenticate(bearer(text))
    }
    await settled()
    expect(loops).toHaveLength(1)
    const { clientId = '', subject = '' } = loops[0] ?? {}
    for (const text of [clientId, subject]) {
      expect(text.length).toBeLessThanOrEqual(140)
      expect(text).not.toMatch(/[\p{Cc}\u2028]/u)
    }
  })

  it('6000 of them fill neither the memory nor the log', async () => {
    const checked = vi.fn(async () => false)
    const memory = new ClientLoops({
      resource: RESOURCE,
      verification: { isSigned: checked } as unknown as LoopContext['verification'],
      expandScopes: (scopes) => scopes,
      clientIdClaimsOf: () => ['client_id'],
      clock: () => now * 1000,
    })
    const refused = {
      reason: 'audience_mismatch',
      nearMiss: undefined,
      detail: '',
      correlationId: '',
    } as const
    for (let at = 0; at < 6000; at += 1) {
      // Every client is refused three times, so each of them would be a loop.
      const client = `c-${Math.floor(at / 3)}`
      const claims = {
        iss: ISSUER,
        sub: 's'.repeat(50),
        client_id: client,
        iat: now,
        jti: `${at}`,
      }
      memory.refused(
        new PresentedToken(`e30.${base64url(JSON.stringify(claims))}.c2ln`),
        undefined,
        refused,
      )
      // The flood lasts a minute.
      if (at % 100 === 99) {
        now += 1
        await null
      }
    }
    await settled()
    expect(memory.size).toBe(256)
    expect(checked.mock.calls.length).toBeLessThanOrEqual(20 * 61)
    expect(warnings).toHaveLength(1)
    expect(loops.length).toBeLessThanOrEqual(6 * 2)
    expect(loops.every(({ verified }) => !verified)).toBe(true)
  })

  it('S1.13: do not hide a real client', async () => {
    for (let at = 0; at < 1000; at += 1) {
      const payload = { aud: 'account', iat: now, client_id: `c-${at}`, jti: `${at}` }
      await server.authenticate(bearer(await forge({ payload, signature: 'c2ln' })))
    }
    await callTimes(3, ORIGIN)
    expect(loops.filter(({ verified }) => verified)).toHaveLength(1)
  })
})

it('a clock that fails is no error of the caller', () => {
  const memory = new ClientLoops({
    resource: RESOURCE,
    verification: {} as LoopContext['verification'],
    expandScopes: (scopes) => scopes,
    clientIdClaimsOf: () => [],
    clock: () => {
      throw new Error('broken')
    },
  })
  const refused = {
    reason: 'key_unknown',
    nearMiss: undefined,
    detail: '',
    correlationId: '',
  } as const
  expect(() => memory.refused(new PresentedToken('e30.e30.c2ln'), VERIFIED, refused)).not.toThrow()
  expect(() => memory.allowed(VERIFIED)).not.toThrow()
})
