import { describe, expect, it } from 'vitest'
import { createResourceServer, type ResourceServer } from '../../src/index.ts'
import { type MovedClock, movedClock } from '../support/clock.ts'
import { allowed, ask, eventually, refused, unavailable } from '../support/decisions.ts'
import {
  type DisposableAuthorizationServer,
  type SigningAlgorithm,
  startAuthorizationServer,
} from '../support/issuers/authorization-server.ts'
import { RESOURCE } from '../support/issuers/local-issuer.ts'
import { PATIENT_HTTP } from '../support/patient-http.ts'

const OPAQUE_RESOURCE = 'https://opaque.example.com/mcp'
const SCOPES = ['mcp:tools']

interface World extends AsyncDisposable {
  readonly server: DisposableAuthorizationServer
  readonly clock: MovedClock
  readonly gate: ResourceServer
  token(resource?: string): Promise<string>
}

/** A real authorization server and a gate that verifies by `verification`. */
async function startWorld(
  verification: 'jwt' | 'introspection' | 'hybrid',
  { resource = RESOURCE, algorithm = 'ES256' as SigningAlgorithm } = {},
): Promise<World> {
  const server = await startAuthorizationServer({
    signingAlgorithm: algorithm,
    resources: [
      { resource: RESOURCE, scopes: SCOPES, format: 'jwt' },
      { resource: OPAQUE_RESOURCE, scopes: SCOPES, format: 'opaque' },
    ],
  })
  const clock = movedClock()
  const { issuer, clientId, clientSecret } = server
  const introspection = { clientId, clientSecret }
  const gate = createResourceServer({
    resource,
    authorizationServer: verification === 'jwt' ? issuer : { issuer, introspection, verification },
    clock,
    http: PATIENT_HTTP,
  })
  return {
    server,
    clock,
    gate,
    token: () => server.clientCredentialsToken({ resource, scope: 'mcp:tools' }),
    async [Symbol.asyncDispose]() {
      await gate.close()
      await server.stop()
    },
  }
}

describe('keys of a real authorization server', () => {
  it.each(['RS256', 'PS256', 'ES256', 'Ed25519'] as const)(
    'RFC8725-2: of %s can be rotated without a refusal while both keys are published',
    async (algorithm) => {
      await using world = await startWorld('jwt', { algorithm })
      const old = await world.token()
      expect(await ask(world.gate, old)).toMatchObject(allowed)
      for (let rotation = 0; rotation < 3; rotation += 1) {
        await world.server.rotateKeys({ keepOld: true })
        expect(await ask(world.gate, await world.token())).toMatchObject(allowed)
        expect(await ask(world.gate, old)).toMatchObject(allowed)
        world.clock.advance(20)
      }
      expect(world.server.requests.count('jwks')).toBe(4)
      expect(world.server.requests.count('discovery')).toBe(1)
    },
  )

  it('RFC8725-1: that are withdrawn verify no token any more, cached tokens included', async () => {
    await using world = await startWorld('jwt')
    const [warm, cold] = [await world.token(), await world.token()]
    expect(await ask(world.gate, warm)).toMatchObject(allowed)
    await world.server.rotateKeys({ keepOld: false })
    world.clock.advance(301)
    await eventually(async () => {
      expect(await ask(world.gate, cold)).toMatchObject(refused('key_unknown'))
    })
    expect(await ask(world.gate, warm)).toMatchObject(refused('key_unknown'))
    expect(await ask(world.gate, await world.token())).toMatchObject(allowed)
  })
})

describe('a real authorization server that is stopped and started again', () => {
  it('RFC7662-3: by jwt: tokens of known keys are allowed, others are 503, afterwards all are allowed', async () => {
    await using world = await startWorld('jwt')
    expect(await ask(world.gate, await world.token())).toMatchObject(allowed)
    const known = await world.token()
    await world.server.rotateKeys({ keepOld: true })
    const unknown = await world.token()
    await world.server.stop()
    expect(await ask(world.gate, known)).toMatchObject(allowed)
    expect(await ask(world.gate, unknown)).toEqual(unavailable('key_set_unavailable'))
    await world.server.start()
    world.clock.advance(2)
    expect(await ask(world.gate, known)).toMatchObject(allowed)
    await eventually(async () => {
      world.clock.advance(1)
      expect(await ask(world.gate, await world.token())).toMatchObject(allowed)
    })
  })

  it.each([
    ['introspection', RESOURCE],
    ['introspection', OPAQUE_RESOURCE],
    ['hybrid', RESOURCE],
    ['hybrid', OPAQUE_RESOURCE],
  ] as const)(
    'RFC7662-3: by %s, for %s: cached tokens are allowed, others are 503, afterwards all are allowed',
    async (verification, resource) => {
      await using world = await startWorld(verification, { resource })
      const [warm, cold] = [await world.token(), await world.token()]
      expect(await ask(world.gate, warm)).toMatchObject(allowed)
      await world.server.stop()
      expect(await ask(world.gate, warm)).toMatchObject(allowed)
      expect(await ask(world.gate, cold)).toEqual(unavailable('introspection_unavailable'))
      world.clock.advance(31)
      expect(await ask(world.gate, warm)).toEqual(unavailable('introspection_unavailable'))
      await world.server.start()
      expect(await ask(world.gate, warm)).toMatchObject(allowed)
      expect(await ask(world.gate, cold)).toMatchObject(allowed)
    },
  )
})
