import { describe, expect, it } from 'vitest'
import type { HttpOptions } from '../../src/index.ts'
import { ask } from '../support/decisions.ts'
import {
  type Doubling,
  type DoublingServer,
  startDoublingServer,
} from '../support/issuers/doubling-server.ts'
import {
  CREDENTIALS,
  type IssuerOptions,
  type LocalIssuer,
  startIssuer,
} from '../support/issuers/local-issuer.ts'

const CALLERS = 60

interface World extends AsyncDisposable {
  readonly issuer: LocalIssuer
  readonly proxy: DoublingServer
  /** Tokens by caller. */
  readonly tokens: ReadonlyMap<string, string>
}

/** Sixty callers with a token each, and a proxy in front of the introspection endpoint. */
async function startWorld(kind: 'JWT' | 'opaque', doubling: Doubling): Promise<World> {
  const issuer = await startIssuer()
  const tokens = new Map<string, string>()
  const answers = new Map<string, object>()
  for (let index = 0; index < CALLERS; index += 1) {
    const claims = issuer.claims({ sub: `caller-${index}` })
    const token = kind === 'JWT' ? await issuer.token(claims) : `opaque-token-${index}`
    tokens.set(`caller-${index}`, token)
    answers.set(token, { active: true, ...claims })
  }
  const proxy = await startDoublingServer((body) => {
    return answers.get(new URLSearchParams(body).get('token') ?? '') ?? { active: false }
  })
  proxy.doubling = doubling
  return {
    issuer,
    proxy,
    tokens,
    async [Symbol.asyncDispose]() {
      await issuer[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    },
  }
}

/** The results of the callers, one after the other or all at once. */
async function outcomes(
  { issuer, proxy, tokens }: World,
  options: IssuerOptions,
  http: HttpOptions = {},
  together = false,
) {
  const introspection = { ...CREDENTIALS, endpoint: `${proxy.origin}/introspect` }
  const gate = issuer.gate({ ...options, introspection }, { http: { connections: 4, ...http } })
  const counts = { themselves: 0, 'somebody else': 0, refused: 0, unavailable: 0 }
  const one = async ([caller, token]: [string, string]) => {
    const decision = await ask(gate, token)
    if (decision.outcome === 'allowed') {
      counts[decision.token.subject === caller ? 'themselves' : 'somebody else'] += 1
    } else counts[decision.outcome === 'unavailable' ? 'unavailable' : 'refused'] += 1
  }
  if (together) await Promise.all([...tokens].map(one))
  else for (const entry of tokens) await one(entry)
  return counts
}

describe('an answer that comes twice, the second time as the answer to the next request', () => {
  it.each<[Doubling, 'introspection' | 'hybrid', boolean]>([
    ['late', 'introspection', false],
    ['late', 'introspection', true],
    ['late', 'hybrid', false],
    ['late', 'hybrid', true],
    ['out of step', 'introspection', false],
    ['out of step', 'introspection', true],
    ['out of step', 'hybrid', false],
    ['out of step', 'hybrid', true],
  ])(
    'RFC7662-3 RFC9700-3: never gives a caller with a JWT another identity or a 401: %s, %s, all at once: %s',
    async (doubling, verification, together) => {
      await using world = await startWorld('JWT', doubling)
      const options = verification === 'hybrid' ? { confirm: 'always' as const } : { verification }
      const counts = await outcomes(world, options, {}, together)
      expect(counts).toMatchObject({ 'somebody else': 0, refused: 0 })
      // The attack was carried out.
      expect(counts.unavailable).toBeGreaterThan(0)
      expect(counts.themselves + counts.unavailable).toBe(CALLERS)
    },
  )

  it('RFC9700-3: gives the caller of an opaque token another identity where connections are reused', async () => {
    await using world = await startWorld('opaque', 'late')
    const counts = await outcomes(world, { verification: 'introspection' })
    // docs/tokens.md warns of this: nothing in an opaque token can be compared with the answer.
    expect(counts['somebody else']).toBeGreaterThan(0)
  })

  it.each([false, true])(
    'RFC9700-3: gives no caller another identity with http.reuseConnections false (all at once: %s)',
    async (together) => {
      await using world = await startWorld('opaque', 'out of step')
      const http = { reuseConnections: false }
      const counts = await outcomes(world, { verification: 'introspection' }, http, together)
      expect(counts).toMatchObject({ themselves: CALLERS })
      expect(world.proxy.connections).toBe(CALLERS)
    },
  )

  it('RFC7662-3: makes the gate replace the connections of that issuer', async () => {
    await using world = await startWorld('JWT', 'out of step')
    const counts = await outcomes(world, { verification: 'introspection' }, { connections: 1 })
    // One that is out of step stays so. Each new one serves a caller before it is.
    expect(counts).toMatchObject({ themselves: CALLERS / 2, unavailable: CALLERS / 2 })
  })
})

describe('an answer that comes twice at once', () => {
  it.each(['JWT', 'opaque'] as const)(
    'RFC9700-3: is ignored with its connection, and every caller gets the right identity: %s',
    async (kind) => {
      await using world = await startWorld(kind, 'at once')
      const counts = await outcomes(world, { verification: 'introspection' })
      expect(counts).toMatchObject({ 'somebody else': 0, refused: 0 })
      expect(counts.themselves).toBe(CALLERS)
    },
  )
})

it('RFC7662-1: http.reuseConnections opens no connection for each call unless it is false', async () => {
  await using world = await startWorld('opaque', 'never')
  const counts = await outcomes(world, { verification: 'introspection' })
  expect(counts.themselves).toBe(CALLERS)
  expect(world.proxy.connections).toBeLessThanOrEqual(4)
})
