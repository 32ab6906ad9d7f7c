import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bearer, clock, ISSUER, RESOURCE, rsaKey, signToken } from '../support/tokens.ts'

type Package = typeof import('../../src/index.ts') & {
  readonly fetchGate: typeof import('../../src/adapters/fetch.ts').fetchGate
  readonly collectPolicy: typeof import('../../src/adapters/collect-policy.ts').collectPolicy
  readonly protectServer: typeof import('../../src/adapters/protected-server.ts').protectServer
  readonly withRule: typeof import('../../src/adapters/with-rule.ts').withRule
  readonly RequestRefusedError: typeof import('../../src/errors/request-refused-error.ts').RequestRefusedError
}

/** Every module of the package once more, as where two versions are installed. */
async function copy(): Promise<Package> {
  vi.resetModules()
  return {
    ...(await import('../../src/index.ts')),
    ...(await import('../../src/adapters/fetch.ts')),
    ...(await import('../../src/adapters/collect-policy.ts')),
    ...(await import('../../src/adapters/protected-server.ts')),
    ...(await import('../../src/adapters/with-rule.ts')),
    ...(await import('../../src/errors/request-refused-error.ts')),
  }
}

let one: Package
let other: Package
beforeAll(async () => {
  one = await copy()
  other = await copy()
})
afterAll(() => vi.resetModules())

const jwtOptions = { issuer: ISSUER, audience: RESOURCE, clock, keys: { keys: [rsaKey.publicKey] } }

function gateOf(verifier: ReturnType<Package['createJwtVerifier']>) {
  return other.createResourceServer({
    resource: RESOURCE,
    authorizationServer: ISSUER,
    verifier,
    clock,
  })
}

describe('two copies of the package in one process', () => {
  it('have different classes and functions', () => {
    expect(one.ChallengeError).not.toBe(other.ChallengeError)
    expect(one.createResourceServer).not.toBe(other.createResourceServer)
  })

  it('know each other’s errors, and tell the classes apart', () => {
    const make = ({
      ChallengeError,
      UnavailableError,
      RequestRefusedError,
      TokenExchangeError,
    }: Package) => [
      new ChallengeError('token_expired', 'a'),
      new UnavailableError('overloaded', 'a'),
      new RequestRefusedError('body_malformed', 'a'),
      new TokenExchangeError('target_refused', 'a', []),
    ]
    const classes = [
      other.ChallengeError,
      other.UnavailableError,
      other.RequestRefusedError,
      other.TokenExchangeError,
    ]
    for (const errors of [make(one), make(other)]) {
      for (const [at, error] of errors.entries()) {
        expect(classes.map((of) => (error as unknown) instanceof of)).toEqual(
          classes.map((_, place) => place === at),
        )
      }
    }
  })

  it('do not take anything else for one', () => {
    class Own extends other.ChallengeError {}
    const error: unknown = new one.ChallengeError('token_expired', 'a')
    expect(error instanceof Own).toBe(false)
    expect(new Own('token_expired', 'a') instanceof one.ChallengeError).toBe(true)
    expect(new Own('token_expired', 'a') instanceof Own).toBe(true)
    for (const value of [new Error('a'), { name: 'ChallengeError' }, null, undefined, 'a', 5]) {
      expect((value as unknown) instanceof other.ChallengeError).toBe(false)
    }
  })

  it('keep 401 a 401: the verifier of one, the gate of the other', async () => {
    const gate = gateOf(one.createJwtVerifier(jwtOptions))
    expect((await gate.authenticate(bearer(await signToken()))).outcome).toBe('allowed')
    const expired = await signToken({ claims: { exp: 1 } })
    expect(await gate.authenticate(bearer(expired))).toMatchObject({
      status: 401,
      reason: 'token_expired',
    })
    await expect(gate.verify(expired)).rejects.toBeInstanceOf(other.ChallengeError)
  })

  it('keep 503 a 503 with its reason: the verifier of one, the gate of the other', async () => {
    const gate = gateOf({
      verify: async () => {
        throw new one.UnavailableError('overloaded', 'too much', { retryAfter: 17 })
      },
    })
    expect(await gate.authenticate(bearer('opaque'))).toMatchObject({
      status: 503,
      reason: 'overloaded',
      headers: { 'Retry-After': '17' },
    })
  })

  it('RFC7662-4: the cache of the other remembers "inactive"', async () => {
    let asked = 0
    const verifier = other.createCachedVerifier(
      {
        verify: async () => {
          asked += 1
          throw new one.ChallengeError('token_inactive', 'inactive')
        },
      },
      { clock },
    )
    for (let call = 0; call < 3; call += 1) await verifier.verify('opaque').catch(() => {})
    expect(asked).toBe(1)
  })

  it('use their own statuses, not the status of an error of the other copy', async () => {
    const error = Object.assign(new one.ChallengeError('token_expired', 'a'), { status: 200 })
    const gate = gateOf({
      verify: async () => {
        throw error
      },
    })
    expect(await gate.authenticate(bearer('opaque'))).toMatchObject({ status: 401 })
  })

  it('S1.6: the rule beside a tool that one gives is collected and checked by the other', () => {
    const make = () => new McpServer({ name: 'notes', version: '1.0.0' })
    const erase = (on: McpServer) => on.registerTool('erase', {}, () => ({ content: [] }))
    const server = make()
    one.withRule({ roles: ['steward'] }, erase(server))
    expect(other.collectPolicy(server)).toEqual({ tools: { erase: { roles: ['steward'] } } })
    const gate = other.createResourceServer({
      resource: RESOURCE,
      authorizationServer: ISSUER,
      policy: { default: 'allow' },
    })
    const known = 'does not have the rule of the tool "erase"'
    expect(() => other.protectServer(gate, server)).toThrow(known)
    const later = other.protectServer(gate, make())
    expect(() => one.withRule({ roles: ['steward'] }, erase(later))).toThrow(known)
    const twice = one.withRule('allow', erase(make()))
    expect(() => other.withRule('deny', twice)).toThrow('this registration has two rules')
  })

  it('the adapter of one accepts the resource server of the other', async () => {
    const gate = gateOf(one.createJwtVerifier(jwtOptions))
    const handler = one.fetchGate(gate, () => new Response('hello'))
    const call = async (token: string) =>
      (
        await handler(
          new Request(RESOURCE, { method: 'POST', headers: { authorization: `Bearer ${token}` } }),
        )
      ).status
    expect(await call(await signToken())).toBe(200)
    expect(await call('opaque')).toBe(401)
  })
})
