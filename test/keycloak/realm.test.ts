import { describe, expect, it } from 'vitest'
import { realmUrl } from './support/tokens.ts'

async function json(url: string): Promise<Record<string, unknown>> {
  const answer = await fetch(url)
  expect(answer.status, url).toBe(200)
  return (await answer.json()) as Record<string, unknown>
}

async function register(metadata: object, headers: Record<string, string> = {}) {
  const answer = await fetch(`${realmUrl('main')}/clients-registrations/openid-connect`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token_endpoint_auth_method: 'none', ...metadata }),
  })
  return { status: answer.status, body: await answer.text() }
}

const authorize = (parameters: Record<string, string>) =>
  fetch(
    `${realmUrl('main')}/protocol/openid-connect/auth?${new URLSearchParams({
      client_id: 'person',
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1/callback',
      ...parameters,
    })}`,
    { redirect: 'manual' },
  )

const PKCE = { code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' }

describe('a realm that the recipe wrote', () => {
  it.each(['main', 'other', 'two-audiences', 'one-audience', 'by-role'])(
    '%s was imported, and its issuer is its URL',
    async (realm) => {
      const metadata = await json(`${realmUrl(realm)}/.well-known/openid-configuration`)
      expect(metadata.issuer).toBe(realmUrl(realm))
    },
  )

  it('has its metadata where RFC 8414 inserts the path', async () => {
    const { origin, pathname } = new URL(realmUrl('main'))
    const url = `${origin}/.well-known/oauth-authorization-server${pathname}`
    expect(await json(url)).toMatchObject({ issuer: realmUrl('main') })
  })

  it('has a signing key for each algorithm, and one that is not for signatures', async () => {
    const { keys } = await json(`${realmUrl('main')}/protocol/openid-connect/certs`)
    const named = (keys as Record<string, string>[]).map(({ alg, use }) => `${alg} ${use}`)
    expect(named.sort()).toEqual([
      'ES256 sig',
      'EdDSA sig',
      'PS256 sig',
      'RS256 sig',
      'RSA-OAEP enc',
    ])
  })

  it('has the built-in scopes and its own', async () => {
    const { scopes_supported } = await json(`${realmUrl('main')}/.well-known/openid-configuration`)
    expect(scopes_supported).toEqual(
      expect.arrayContaining(['basic', 'roles', 'profile', 'mcp:tools', 'mcp:write', 'mcp:admin']),
    )
  })

  it('shows the login form to a client on loopback, whatever its port', async () => {
    const answer = await authorize({ ...PKCE, redirect_uri: 'http://127.0.0.1:49152/callback' })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('id="kc-form-login"')
  })

  it.each([
    ['another path', { ...PKCE, redirect_uri: 'http://127.0.0.1/elsewhere' }, 400],
    ['another host', { ...PKCE, redirect_uri: 'https://attacker.example/callback' }, 400],
  ])('sends nobody to %s', async (_what, parameters, status) => {
    expect((await authorize(parameters)).status).toBe(status)
  })

  it.each([
    ['without PKCE', {}],
    ['with PKCE in the clear', { ...PKCE, code_challenge_method: 'plain' }],
  ])('gives no code %s', async (_what, parameters) => {
    const answer = await authorize(parameters)
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toContain('error=invalid_request')
  })
})

describe('S1.10: registration without a token of the administrator', () => {
  const redirect_uris = ['http://127.0.0.1:49152/callback']

  it('is open to a trusted host', async () => {
    const { status, body } = await register({ redirect_uris, client_name: 'A client' })
    expect({ status, body }).toMatchObject({ status: 201 })
    expect(JSON.parse(body)).toMatchObject({ redirect_uris, client_id: expect.any(String) })
  })

  it('is open with scopes of the MCP server', async () => {
    expect(await register({ redirect_uris, scope: 'mcp:tools mcp:write' })).toMatchObject({
      status: 201,
    })
  })

  it.each([
    ['for another host', { redirect_uris: ['https://attacker.example/callback'] }, 'Trusted Hosts'],
    [
      'with a scope that is not for MCP clients',
      { redirect_uris, scope: 'backend:read' },
      'Allowed Client Scopes',
    ],
  ])('is refused %s', async (_what, metadata, policy) => {
    const { status, body } = await register(metadata)
    expect(status).toBe(403)
    expect(body).toContain(policy)
  })

  it('is refused to a page of an origin that is not allowed', async () => {
    const answer = await register({ redirect_uris }, { origin: 'https://attacker.example' })
    expect(answer.status).toBe(403)
  })

  it('is refused in a realm that trusts no host', async () => {
    const answer = await fetch(`${realmUrl('other')}/clients-registrations/openid-connect`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris, token_endpoint_auth_method: 'none' }),
    })
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('Trusted Hosts')
  })
})
