import { inspect } from 'node:util'
import { beforeEach, describe, expect, it } from 'vitest'
import { keycloakProfile } from '../../../src/keycloak/profile.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import type { TestDpopKey } from '../../../src/testing/dpop-key.ts'
import { dpopRequest, makeDpopKey, type ProofOptions, signProof } from '../../support/dpop.ts'
import { listenToDecisions, listenToOutbound } from '../../support/events.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import { throwing } from '../../support/throwing.ts'
import {
  attackerKey,
  bearer,
  CLAIMS,
  ecKey,
  forge,
  ISSUER,
  KEYCLOAK_CLAIMS,
  NOW,
  noNetwork,
  type Overrides,
  request,
  rsaKey,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const CLIENT_SECRET = 'client-s3cr3t:with+signs'
const OPAQUE = 'opaque-r3f3r3nc3-t0k3n'
const PASSWORD = 'dXNlcjpwYXNzdzByZA=='

/** Everything that must never come out, whole or in a piece that would do. */
const secrets = new Set<string>([
  CLIENT_SECRET,
  encodeURIComponent(CLIENT_SECRET),
  Buffer.from(`mcp:${encodeURIComponent(CLIENT_SECRET)}`).toString('base64'),
  OPAQUE,
  PASSWORD,
])
/** Two lists of events, then decisions and errors. */
let emitted: unknown[]

function remember(token: string): string {
  for (const part of [token, ...token.split('.').slice(1)]) {
    if (part.length > 8) secrets.add(part)
  }
  return token
}

/** A proof, also one whose header has an algorithm with which nobody can sign. */
async function signed(key: TestDpopKey, options: ProofOptions): Promise<string> {
  const good = await signProof(key, { ...options, header: {} })
  if (options.header === undefined) return good
  const header = { typ: 'dpop+jwt', alg: key.algorithm, jwk: key.publicKey, ...options.header }
  const [, payload, signature] = good.split('.')
  return [Buffer.from(JSON.stringify(header)).toString('base64url'), payload, signature].join('.')
}

const TOKENS: readonly string[] = (
  await Promise.all([
    signToken(),
    signToken({ key: attackerKey }),
    signToken({ header: { typ: 'JWT' } }),
    signToken({ header: { kid: 'unknown' } }),
    signToken({ claims: { iss: 'https://evil.example.com' } }),
    signToken({ claims: { iss: undefined } }),
    signToken({ claims: { aud: ['a', 'b'] } }),
    signToken({ claims: { exp: NOW - 100 } }),
    signToken({ claims: { nbf: NOW + 100 } }),
    signToken({ claims: { iat: NOW + 100 } }),
    signToken({ claims: { scope: 'other' } }),
    signToken({ claims: { scope: 5 } }),
    signToken({ claims: { sub: undefined } }),
    signToken({ claims: { cnf: { jkt: 'thumb' } } }),
    signToken({ claims: { cnf: { other: 'thumb' } } }),
    signToken({ claims: { ...KEYCLOAK_CLAIMS, sub: undefined } }),
    forge({ header: { alg: 'none' } }),
    forge({ header: { alg: 'HS256' } }),
    forge({ header: { crit: ['exp'] } }),
    forge({ header: { alg: 5 } }),
    forge({ payload: '{"sub":"alice","sub":"bob","pad":"0123456789"}' }),
    forge({ payload: 'this is no JSON at all' }),
    forge({ key: ecKey, signature: new Uint8Array(64) }),
  ])
).map(remember)

const answers: readonly [string, () => Response | Promise<Response>][] = [
  ['an active token', () => Response.json({ ...CLAIMS, active: true })],
  ['another subject', () => Response.json({ ...CLAIMS, sub: 'bob', active: true })],
  ['an inactive token', () => Response.json({ active: false })],
  ['the token, quoted in an error', () => new Response(`bad token ${OPAQUE}`, { status: 400 })],
  ['the secret, quoted in an error', () => new Response(CLIENT_SECRET, { status: 401 })],
  ['the token in HTML', () => new Response(`<html>${OPAQUE}</html>`)],
  [
    'the token in broken JSON',
    () => new Response(`{"${OPAQUE}`, { headers: { 'content-type': 'application/json' } }),
  ],
  ['the token in another member', () => Response.json({ active: OPAQUE })],
  [
    'a redirect with the token',
    () =>
      new Response(null, {
        status: 302,
        headers: { location: `https://evil.example.com/${OPAQUE}` },
      }),
  ],
  ['nothing: the call throws', throwing(new TypeError(`fetch failed: ${OPAQUE} ${CLIENT_SECRET}`))],
  ['nothing: the call rejects', () => Promise.reject(new Error(CLIENT_SECRET))],
  ['nothing: the call rejects with no Error', () => Promise.reject(OPAQUE)],
]

const withFetch = (
  fetch: typeof globalThis.fetch,
  server: Overrides['server'] = {},
): Overrides => ({
  authorizationServer: {
    issuer: ISSUER,
    keys: { keys: [rsaKey.publicKey as Record<string, unknown>] },
    introspection: {
      clientId: 'mcp',
      clientSecret: CLIENT_SECRET,
      endpoint: `https://sso.example.com/introspect`,
    },
    ...server,
  },
  http: { fetch },
})

async function battery(server: ResourceServer): Promise<void> {
  const shown = [...TOKENS, OPAQUE, `${OPAQUE}.b`, 'a.b.c.d.e']
  for (const token of [...shown, ...shown]) {
    emitted.push(await server.authenticate(bearer(token)))
    try {
      emitted.push(await server.verify(token))
    } catch (error) {
      emitted.push(error, (error as Error).stack, (error as Error).cause)
    }
  }
  const [first = ''] = TOKENS
  for (const authorization of [
    `Basic ${PASSWORD}`,
    `DPoP ${first}`,
    `Bearer ${first} ${first}`,
    `Bearer ${first}"`,
    `Bearer ${first}`.repeat(20),
    [`Bearer ${first}`, `Basic ${PASSWORD}`],
  ]) {
    emitted.push(await server.authenticate(request(authorization)))
  }
  emitted.push(await server.authenticate(request(undefined, { url: `/mcp?access_token=${first}` })))
}

function expectClean(): void {
  const everything = emitted
    .map((item) => `${JSON.stringify(item)}\n${inspect(item, { depth: 12, showHidden: true })}`)
    .join('\n')
  const found = [...secrets].filter((secret) => everything.includes(secret))
  expect(found.map((secret) => `${secret.slice(0, 12)}…`)).toEqual([])
}

describe('all that is emitted: events, decisions, errors, stacks, causes', () => {
  beforeEach(() => {
    const [decisions, outbound] = [listenToDecisions(), listenToOutbound()]
    emitted = [decisions.events, outbound.events]
    return () => {
      decisions[Symbol.dispose]()
      outbound[Symbol.dispose]()
    }
  })

  it('S1.7 RFC9700-2: the check of this file finds a secret', () => {
    emitted.push(new Error(`a ${OPAQUE} b`))
    expect(expectClean).toThrow()
  })

  it('S1.7 RFC9700-2 MCP-18: of verification by keys', async () => {
    await battery(testResourceServer())
    await battery(testResourceServer({ server: { profile: keycloakProfile } }))
    await battery(testResourceServer({ server: { algorithms: ['ES256'] } }))
    expect(emitted.length).toBeGreaterThan(200)
    expectClean()
  })

  it.each(answers)('S1.7 RFC9700-2 S1.8: of introspection that gets %s', async (_name, answer) => {
    await battery(testResourceServer(withFetch(async () => answer())))
    const alone = { verification: 'introspection' } as const
    await battery(testResourceServer(withFetch(async () => answer(), alone)))
    const posted = {
      introspection: {
        clientId: 'mcp',
        clientSecret: CLIENT_SECRET,
        authentication: 'client_secret_post',
        endpoint: 'https://sso.example.com/introspect',
      },
    } as const
    await battery(testResourceServer(withFetch(async () => answer(), posted)))
    expectClean()
  })

  it('S1.7 RFC9700-2: of DPoP proofs, good and bad, also where the caller repeats them', async () => {
    const key = await makeDpopKey()
    const token = remember(await signToken({ claims: { cnf: { jkt: key.thumbprint } } }))
    const failing = {
      remember: (id: string) => Promise.reject(new Error(`cannot store ${[...secrets]} ${id}`)),
    }
    const policy = { tools: { read: 'allow' } } as const
    for (const dpop of [{}, { nonce: 'required' }, { replayStore: failing }] as const) {
      const server = testResourceServer({ dpop, policy })
      for (const change of [
        {},
        { method: 'GET' },
        { url: 'https://evil.example.com/' },
        { claims: { nonce: token, iat: 1 } },
        { claims: { jti: token } },
        { claims: { htu: token } },
        { claims: { htm: token } },
        { header: { typ: token } },
        { header: { alg: token } },
        { header: { jwk: { ...key.publicKey, kty: token } } },
      ]) {
        const proof = remember(await signed(key, { token, ...change }))
        const url = `/mcp?dpop=${proof}&token=${token}`
        for (const shown of [
          dpopRequest(token, proof, { url, message: toolCall(proof) }),
          dpopRequest(token, proof, { url: `/${proof}`, method: proof }),
          dpopRequest(token, [proof, proof]),
          dpopRequest(token, `${proof}.${proof}`),
          dpopRequest(proof, token),
          dpopRequest(token, proof, { headers: { authorization: `Bearer ${token}`, dpop: proof } }),
          dpopRequest(token, undefined, {
            headers: { authorization: `DPoP ${token}`, dpop: proof, 'mcp-session-id': proof },
          }),
        ]) {
          emitted.push(await server.authenticate(shown))
        }
      }
    }
    expect(emitted.length).toBeGreaterThan(200)
    expectClean()
  })

  it('S1.7 S1.8: of a client authentication that throws its secret', async () => {
    const introspection = {
      clientId: 'mcp',
      endpoint: 'https://sso.example.com/introspect',
      authentication: {
        authenticate() {
          throw new Error(`cannot sign with ${CLIENT_SECRET}`)
        },
      },
    }
    const server = testResourceServer(withFetch(noNetwork, { introspection }))
    emitted.push(await server.authenticate(bearer(OPAQUE)))
    expect(emitted).toMatchObject([[{ outcome: 'unavailable', status: 503 }], [], {}])
    expectClean()
  })
})
