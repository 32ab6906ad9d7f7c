import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser } from '../../examples/demo/browser.ts'
import { createResourceServer, type ResourceServer } from '../../src/index.ts'
import { movedClock } from '../support/clock.ts'
import { allowed, ask, refused } from '../support/decisions.ts'
import {
  type DisposableAuthorizationServer,
  startAuthorizationServer,
} from '../support/issuers/authorization-server.ts'
import { RESOURCE } from '../support/issuers/local-issuer.ts'
import { PATIENT_HTTP } from '../support/patient-http.ts'

const OTHER_RESOURCE = 'https://other.example.com/mcp'
const OPAQUE_RESOURCE = 'https://opaque.example.com/mcp'
const REDIRECT_URI = 'http://127.0.0.1:8976/callback'
const SCOPES = ['mcp:tools', 'mcp:admin']
const MODES = ['jwt', 'introspection', 'hybrid'] as const

type Mode = (typeof MODES)[number]

let ours: DisposableAuthorizationServer
let theirs: DisposableAuthorizationServer
const gates: ResourceServer[] = []

beforeAll(async () => {
  const resources = [
    { resource: RESOURCE, scopes: SCOPES, format: 'jwt' as const },
    { resource: OTHER_RESOURCE, scopes: SCOPES, format: 'jwt' as const },
    { resource: OPAQUE_RESOURCE, scopes: SCOPES, format: 'opaque' as const },
  ]
  ours = await startAuthorizationServer({ path: '/realms/acme', resources })
  theirs = await startAuthorizationServer({ path: '/realms/acme', resources })
})

afterAll(async () => {
  await Promise.all(gates.map((gate) => gate.close()))
  await Promise.all([ours.stop(), theirs.stop()])
})

function gateOf(mode: Mode, resource = RESOURCE, clock = movedClock()): ResourceServer {
  const { issuer, clientId, clientSecret } = ours
  const introspection = { clientId, clientSecret }
  const gate = createResourceServer({
    resource,
    authorizationServer: mode === 'jwt' ? issuer : { issuer, introspection, verification: mode },
    requiredScopes: ['mcp:tools'],
    cache: { introspectionMaxAge: 10, negativeMaxAge: 0 },
    clock,
    http: PATIENT_HTTP,
  })
  gates.push(gate)
  return gate
}

const tokenOf = (server = ours, resource = RESOURCE, scope = 'mcp:tools') =>
  server.clientCredentialsToken({ resource, scope })

describe.each(MODES)('tokens of a real authorization server, by %s', (mode) => {
  it('RFC9068-2: a JWT is accepted, with what it says', async () => {
    expect(await ask(gateOf(mode), await tokenOf())).toMatchObject({
      outcome: 'allowed',
      token: {
        issuer: ours.issuer,
        clientId: 'demo-service',
        audience: [RESOURCE],
        scopes: ['mcp:tools'],
        format: 'jwt',
        verifiedBy: {
          jwt: 'signature',
          introspection: 'introspection',
          hybrid: 'signature_and_introspection',
        }[mode],
      },
    })
  })

  it('RFC9068-1: an ID token and a refresh token are refused', async () => {
    const tokens = await signIn()
    const gate = gateOf(mode)
    expect(await ask(gate, tokens.access_token)).toMatchObject({
      outcome: 'allowed',
      token: { subject: 'demo-user' },
    })
    for (const token of [tokens.id_token, tokens.refresh_token]) {
      expect(await ask(gate, token)).toMatchObject({
        outcome: 'challenged',
        status: 401,
        body: { error: 'invalid_token' },
      })
    }
  })
})

describe.each(['introspection', 'hybrid'] as const)('opaque tokens, by %s', (mode) => {
  it('RFC7662-5: are accepted, with what the server says', async () => {
    const token = await tokenOf(ours, OPAQUE_RESOURCE)
    expect(token).not.toContain('.')
    expect(await ask(gateOf(mode, OPAQUE_RESOURCE), token)).toMatchObject({
      outcome: 'allowed',
      token: { clientId: 'demo-service', audience: [OPAQUE_RESOURCE], format: 'opaque' },
    })
  })

  it('RFC7662-5: for another resource are refused', async () => {
    const token = await tokenOf(ours, OPAQUE_RESOURCE)
    expect(await ask(gateOf(mode), token)).toMatchObject(refused('audience_mismatch'))
  })

  it('RFC7662-2: of another server, or made up, are refused', async () => {
    const gate = gateOf(mode, OPAQUE_RESOURCE)
    for (const token of [await tokenOf(theirs, OPAQUE_RESOURCE), 'made-up']) {
      expect(await ask(gate, token)).toMatchObject(refused('token_inactive'))
    }
  })
})

describe('a revoked token', () => {
  it.each([
    ['introspection', RESOURCE, 10],
    ['introspection', OPAQUE_RESOURCE, 10],
    ['hybrid', RESOURCE, 30],
    ['hybrid', OPAQUE_RESOURCE, 10],
  ] as const)(
    'RFC9700-1: by %s, for %s, is refused after %i seconds at most',
    async (mode, resource, seconds) => {
      const clock = movedClock()
      const gate = gateOf(mode, resource, clock)
      const token = await tokenOf(ours, resource)
      expect(await ask(gate, token)).toMatchObject(allowed)
      await ours.revoke(token)
      expect(await ask(gateOf(mode, resource), token)).toMatchObject(refused('token_inactive'))
      clock.advance(seconds + 1)
      expect(await ask(gate, token)).toMatchObject(refused('token_inactive'))
    },
  )

  it('is accepted until it expires with verification "jwt", as documented', async () => {
    const gate = gateOf('jwt')
    const token = await tokenOf()
    await ours.revoke(token)
    expect(await ask(gate, token)).toMatchObject(allowed)
  })
})

interface Tokens {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token: string
}

/** Registration and the authorization code flow with PKCE, down to the token endpoint. */
async function signIn(): Promise<Tokens> {
  const registration = await fetch(`${ours.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    }),
  })
  const { client_id: clientId } = (await registration.json()) as { client_id: string }
  const verifier = randomBytes(32).toString('base64url')
  const authorization = new URL(`${ours.issuer}/authorize`)
  authorization.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid offline_access mcp:tools',
    prompt: 'consent',
    resource: RESOURCE,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  const answer = await new Browser().openUntil(REDIRECT_URI, authorization)
  const response = await fetch(`${ours.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      code: answer.searchParams.get('code') ?? '',
      code_verifier: verifier,
      redirect_uri: REDIRECT_URI,
      resource: RESOURCE,
    }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Tokens
}
