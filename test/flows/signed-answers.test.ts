import { afterEach, describe, expect, it } from 'vitest'
import { createResourceServer, type ResourceServer } from '../../src/index.ts'
import { type MovedClock, movedClock } from '../support/clock.ts'
import { allowed, ask, refused, unavailable } from '../support/decisions.ts'
import {
  type DisposableAuthorizationServer,
  type SigningAlgorithm,
  startAuthorizationServer,
} from '../support/issuers/authorization-server.ts'
import { RESOURCE } from '../support/issuers/local-issuer.ts'
import { PATIENT_HTTP } from '../support/patient-http.ts'

const OPAQUE_RESOURCE = 'https://opaque.example.com/mcp'
const SCOPES = ['mcp:tools']

interface World {
  readonly server: DisposableAuthorizationServer
  readonly clock: MovedClock
  readonly gate: ResourceServer
  token(): Promise<string>
}

interface Settings {
  readonly verification?: 'introspection' | 'hybrid'
  readonly resource?: string
  readonly algorithm?: SigningAlgorithm
  /** Whether the server offers signed answers. */
  readonly offered?: boolean
}

let running: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const stop of running) await stop()
  running = []
})

/** A real authorization server, and a gate that accepts signed answers only. */
async function startWorld({
  verification = 'introspection',
  resource = OPAQUE_RESOURCE,
  algorithm = 'ES256',
  offered = true,
}: Settings = {}): Promise<World> {
  const server = await startAuthorizationServer({
    path: '/realms/acme',
    signingAlgorithm: algorithm,
    signedAnswers: offered,
    resources: [
      { resource: RESOURCE, scopes: SCOPES, format: 'jwt' },
      { resource: OPAQUE_RESOURCE, scopes: SCOPES, format: 'opaque' },
    ],
  })
  const clock = movedClock()
  const { issuer, clientId, clientSecret } = server
  const introspection = { clientId, clientSecret, signedAnswers: 'required' as const }
  const gate = createResourceServer({
    resource,
    authorizationServer: { issuer, introspection, verification },
    clock,
    http: PATIENT_HTTP,
  })
  running.push(
    () => gate.close(),
    () => server.stop(),
  )
  const token = () => server.clientCredentialsToken({ resource, scope: 'mcp:tools' })
  return { server, clock, gate, token }
}

describe('signed answers of a real authorization server', () => {
  it.each(['RS256', 'PS256', 'ES256', 'Ed25519'] as const)(
    'RFC9701-1: with %s are accepted, once at start and once a token',
    async (algorithm) => {
      const { server, gate, token } = await startWorld({ algorithm })
      await gate.ready()
      const text = await token()
      for (let hit = 0; hit < 3; hit += 1) {
        expect(await ask(gate, text)).toMatchObject({
          outcome: 'allowed',
          token: { clientId: 'demo-service', format: 'opaque', verifiedBy: 'introspection' },
        })
      }
      expect(server.requests.count('introspection')).toBe(2)
      expect(server.requests.count('jwks')).toBe(1)
    },
  )

  it('RFC9701-1: confirm JWTs, and notice their revocation', async () => {
    const { server, clock, gate, token } = await startWorld({
      verification: 'hybrid',
      resource: RESOURCE,
    })
    const text = await token()
    expect(await ask(gate, text)).toMatchObject({
      outcome: 'allowed',
      token: { verifiedBy: 'signature_and_introspection' },
    })
    await server.revoke(text)
    clock.advance(31)
    expect(await ask(gate, text)).toMatchObject(refused('token_inactive'))
  })

  it('RFC9701-1: are "inactive" about made-up tokens', async () => {
    const { gate } = await startWorld()
    expect(await ask(gate, 'made-up')).toMatchObject(refused('token_inactive'))
  })

  it.each([true, false])(
    'RFC9701-1 RFC8725-2: are accepted after each rotation of its keys, keepOld %s',
    async (keepOld) => {
      const { server, clock, gate, token } = await startWorld()
      expect(await ask(gate, await token())).toMatchObject(allowed)
      for (let rotation = 0; rotation < 3; rotation += 1) {
        await server.rotateKeys({ keepOld })
        clock.advance(15)
        expect(await ask(gate, await token())).toMatchObject(allowed)
      }
      expect(server.requests.count('jwks')).toBe(4)
    },
  )

  it('RFC9701-1: that are required and not offered are 503, and ready() says what to change', async () => {
    const { gate, token } = await startWorld({ offered: false })
    // The endpoint ignores `Accept`, and answers with JSON.
    const decision = await ask(gate, await token())
    expect(decision).toEqual(unavailable('introspection_answer_invalid'))
    await expect(gate.ready()).rejects.toMatchObject({
      reason: 'introspection_answer_invalid',
      message: expect.stringContaining('`introspection.signedAnswers` is "required"'),
    })
  })
})
