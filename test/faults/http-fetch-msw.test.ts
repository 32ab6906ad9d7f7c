import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createResourceServer, type ResourceServer } from '../../src/index.ts'
import { createTestKey } from '../../src/testing/create-test-key.ts'
import { createTestClock } from '../../src/testing/test-clock.ts'
import { allowed, ask, refused, unavailable } from '../support/decisions.ts'
import { AT_JWT, CREDENTIALS, RESOURCE } from '../support/issuers/local-issuer.ts'

/** How a user tests a protected server without a network, with the issuer's real name. */
const ISSUER = 'https://sso.example.com/realms/acme'
const signer = createTestKey()
const clock = createTestClock()
const calls: string[] = []

const claims = {
  iss: ISSUER,
  aud: RESOURCE,
  sub: 'alice',
  client_id: 'a-client',
  jti: 'token-1',
  iat: clock.seconds,
  exp: clock.seconds + 600,
}

const server = setupServer(
  http.get('https://sso.example.com/.well-known/oauth-authorization-server/realms/acme', () =>
    HttpResponse.json({
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/keys`,
      introspection_endpoint: `${ISSUER}/introspect`,
    }),
  ),
  http.get(`${ISSUER}/keys`, () => HttpResponse.json({ keys: [signer.publicKey] })),
  http.post(`${ISSUER}/introspect`, async ({ request }) => {
    const form = new URLSearchParams(await request.text())
    return HttpResponse.json(
      form.get('token') === 'unknown' ? { active: false } : { active: true, ...claims },
    )
  }),
)
server.events.on('request:start', ({ request }) => {
  calls.push(`${request.method} ${request.url}`)
})

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => {
  server.resetHandlers()
  calls.length = 0
})
afterAll(() => server.close())

function newGate(): ResourceServer {
  return createResourceServer({
    resource: RESOURCE,
    authorizationServer: { issuer: ISSUER, introspection: CREDENTIALS },
    // Read at each call, because msw replaces global fetch later.
    http: { fetch: (url, init) => globalThis.fetch(url, init) },
    clock,
  })
}

describe('global fetch with an issuer made by msw', () => {
  it('RFC7662-4: discovery, keys and introspection go through it, once each', async () => {
    const gate = newGate()
    const token = await signer.sign(claims, AT_JWT)
    const decisions = await Promise.all(Array.from({ length: 100 }, () => ask(gate, token)))
    for (const decision of decisions) expect(decision).toMatchObject(allowed)
    expect(calls).toEqual([
      'GET https://sso.example.com/.well-known/oauth-authorization-server/realms/acme',
      `GET ${ISSUER}/keys`,
      `POST ${ISSUER}/introspect`,
    ])
    expect(await ask(gate, 'opaque')).toMatchObject(allowed)
    expect(await ask(gate, 'unknown')).toMatchObject(refused('token_inactive'))
  })

  it('S1.7: a redirect is not followed', async () => {
    server.use(
      http.post(`${ISSUER}/introspect`, () =>
        HttpResponse.redirect('https://thief.example/collect', 307),
      ),
    )
    expect(await ask(newGate(), 'opaque')).toEqual(unavailable('introspection_unavailable'))
    expect(calls.filter((call) => call.includes('thief'))).toEqual([])
  })

  it('RFC7662-3: a network error is 503', async () => {
    server.use(http.post(`${ISSUER}/introspect`, () => HttpResponse.error()))
    expect(await ask(newGate(), 'opaque')).toEqual(unavailable('introspection_unavailable'))
  })

  it('RFC8725-2: a body over the limit is not read', async () => {
    const padding = 'x'.repeat(2 * 1024 * 1024)
    server.use(
      http.get(`${ISSUER}/keys`, () => HttpResponse.json({ keys: [signer.publicKey], padding })),
    )
    const decision = await ask(newGate(), await signer.sign(claims, AT_JWT))
    expect(decision).toEqual(unavailable('key_set_unavailable'))
    expect(decision).toMatchObject({ detail: expect.stringContaining('maxResponseSize') })
  })
})
