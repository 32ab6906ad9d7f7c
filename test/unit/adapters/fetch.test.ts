import { describe, expect, it } from 'vitest'
import { type Authenticated, fetchGate } from '../../../src/adapters/fetch.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import {
  CHALLENGES,
  CLAIMS,
  CORRELATION_ID,
  httpsFreeResourceServer,
  ISSUER,
  METADATA_URL,
  NOW,
  RESOURCE,
  signToken,
} from '../../support/tokens.ts'

const good = await signToken()
const DOCUMENT = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp'

function guarded(resourceServer: ResourceServer = httpsFreeResourceServer(), scopes?: string[]) {
  const seen: Authenticated[] = []
  const handle = fetchGate(
    resourceServer,
    (_request, authenticated) => {
      seen.push(authenticated)
      return Response.json('through', { headers: { 'x-own': 'kept' } })
    },
    scopes === undefined ? undefined : { requiredScopes: scopes },
  )
  const ask = (url: string, init: RequestInit = {}) => handle(new Request(url, init))
  const show = (authorization: string, init: RequestInit = {}) =>
    ask(RESOURCE, { ...init, headers: { authorization } })
  return { ask, show, seen }
}

describe('fetchGate', () => {
  it('RFC9068-2: calls the handler with the verified token and the SDK’s authInfo', async () => {
    const { show, seen } = guarded()
    const response = await show(`Bearer ${good}`, { method: 'POST', body: '{}' })
    expect([response.status, await response.json()]).toEqual([200, 'through'])
    expect(response.headers.get('x-own')).toBe('kept')
    expect(seen).toHaveLength(1)
    expect(seen[0]?.token).toMatchObject({ issuer: ISSUER, subject: 'alice' })
    expect(seen[0]?.authInfo.extra.verifiedToken).toBe(seen[0]?.token)
    expect(seen[0]?.authInfo).toEqual({
      token: good,
      clientId: 'inspector',
      scopes: ['mcp:tools'],
      expiresAt: NOW + 300,
      resource: new URL(RESOURCE),
      resourceMetadataUrl: METADATA_URL,
      extra: {
        issuer: ISSUER,
        subject: 'alice',
        audience: [RESOURCE],
        claims: CLAIMS,
        verifiedToken: expect.objectContaining({ issuer: ISSUER, tokenId: 'token-1' }),
      },
    })
  })

  it('RFC9700-1: what the handler may change of authInfo is nobody else’s', async () => {
    const { show, seen } = guarded()
    await show(`Bearer ${good}`)
    seen[0]?.authInfo.scopes.push('mcp:admin')
    await show(`Bearer ${good}`)
    expect(seen[1]?.authInfo.scopes).toEqual(['mcp:tools'])
    expect(seen[1]?.token.scopes).toEqual(['mcp:tools'])
  })

  it.each([
    ['RFC6750-3: a bad token', 'Bearer abc', 401, CHALLENGES.invalid_token, 'invalid_token'],
    [
      'RFC6750-1: a malformed one',
      'Bearer x y',
      400,
      CHALLENGES.invalid_request,
      'invalid_request',
    ],
    ['RFC6750-2: another scheme', 'Basic dTpw', 401, CHALLENGES.none, undefined],
    ['RFC6750-1: an empty header', '', 400, CHALLENGES.invalid_request, 'invalid_request'],
  ])('S1.9 S1.13: refuses %s', async (_name, authorization, status, challenge, error) => {
    const { show, seen } = guarded()
    const response = await show(authorization)
    expect(response.status).toBe(status)
    expect(response.headers.get('www-authenticate')).toBe(challenge)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      ...(error === undefined ? {} : { error }),
      error_description: expect.any(String),
      correlation_id: CORRELATION_ID,
    })
    expect(seen).toEqual([])
  })

  it('RFC6750-4: two Authorization headers, which a Request joins, are 400', async () => {
    const { ask } = guarded()
    const headers = new Headers()
    headers.append('authorization', `Bearer ${good}`)
    headers.append('authorization', `Bearer ${good}`)
    const response = await ask(RESOURCE, { headers })
    expect(response.status).toBe(400)
    expect(response.headers.get('www-authenticate')).toBe(CHALLENGES.invalid_request)
  })

  it.each(['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PUT'])(
    'MCP-13 MCP-16: %s without a token is refused before the handler',
    async (method) => {
      const { ask, seen } = guarded()
      const response = await ask(`${RESOURCE}?access_token=${good}`, { method })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe(CHALLENGES.none)
      expect(seen).toEqual([])
    },
  )

  it('MCP-10: asks for the scopes of this handler too', async () => {
    const { show } = guarded(httpsFreeResourceServer(), ['mcp:admin'])
    const response = await show(`Bearer ${good}`)
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toContain('scope="mcp:tools mcp:admin"')
    const both = await signToken({ claims: { scope: 'mcp:tools mcp:admin' } })
    expect((await show(`Bearer ${both}`)).status).toBe(200)
  })

  it('RFC7662-3: an outage is 503 with Retry-After', async () => {
    const revocation = () => Promise.reject(new Error('down'))
    const { show } = guarded(httpsFreeResourceServer({ revocation }))
    const response = await show(`Bearer ${good}`)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(response.headers.has('www-authenticate')).toBe(false)
  })

  it('MCP-1 MCP-2 RFC9728-2 RFC9728-6: serves the documents', async () => {
    const { ask, seen } = guarded()
    const get = await ask(DOCUMENT)
    expect(get.status).toBe(200)
    expect(get.headers.get('content-type')).toBe('application/json')
    expect(await get.json()).toMatchObject({ resource: RESOURCE, authorization_servers: [ISSUER] })
    const head = await ask(DOCUMENT, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const options = await ask(DOCUMENT, { method: 'OPTIONS' })
    expect([options.status, options.body]).toEqual([204, null])
    const post = await ask(DOCUMENT, { method: 'POST', body: 'x' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    const headers = { 'if-none-match': get.headers.get('etag') ?? '' }
    const unchanged = await ask(DOCUMENT, { headers })
    expect([unchanged.status, unchanged.body]).toEqual([304, null])
    const root = await ask('https://mcp.example.com/.well-known/oauth-protected-resource?x')
    expect(root.status).toBe(200)
    expect(seen).toEqual([])
  })

  it('S1.13: an error of the handler is the handler’s', async () => {
    const handle = fetchGate(httpsFreeResourceServer(), () => {
      throw new Error('in the handler')
    })
    const asked = new Request(RESOURCE, { headers: { authorization: `Bearer ${good}` } })
    await expect(handle(asked)).rejects.toThrow('in the handler')
  })
})
