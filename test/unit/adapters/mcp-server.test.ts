import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { requireBearerAuth as expressBearerAuth } from '@modelcontextprotocol/express'
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import {
  createMcpHandler,
  McpServer,
  OAuthError,
  OAuthErrorCode,
  requireBearerAuth,
  requireScopes,
} from '@modelcontextprotocol/server'
import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { mcpTokenVerifier as mcpTokenVerifierV1 } from '../../../src/adapters/mcp-sdk.ts'
import { mcpGate, mcpTokenVerifier } from '../../../src/adapters/mcp-server.ts'
import type { ResourceServer } from '../../../src/resource-server.ts'
import {
  attackerKey,
  CHALLENGES,
  CLAIMS,
  CORRELATION_ID,
  forge,
  httpsFreeResourceServer,
  ISSUER,
  METADATA_URL,
  NOW,
  type Overrides,
  RESOURCE,
  signToken,
} from '../../support/tokens.ts'

const good = await signToken()

const AUTH_INFO = {
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
}

const down = () => Promise.reject(new Error(`"${good}"\r\n`))

const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

type Ask = (authorization?: string) => Promise<Response>

const headersOf = (authorization?: string): Record<string, string> =>
  authorization === undefined ? {} : { authorization }

/** The two bearer checks of SDK v2, each with our verifier; what passes is told what they found. */
const hosts: Readonly<Record<string, (server: ResourceServer, scopes?: string[]) => Promise<Ask>>> =
  {
    async 'on fetch'(resourceServer, requiredScopes = []) {
      const gate = requireBearerAuth({
        verifier: mcpTokenVerifier(resourceServer),
        requiredScopes,
        resourceMetadataUrl: resourceServer.metadataUrl,
        expectedResource: new URL(RESOURCE),
      })
      return async (authorization) => {
        const headers = headersOf(authorization)
        const authInfo = await gate(new Request(RESOURCE, { method: 'POST', headers }))
        return authInfo instanceof Response ? authInfo : Response.json(authInfo)
      }
    },
    async 'on Express'(resourceServer, requiredScopes = []) {
      const app = express()
      app.use(
        expressBearerAuth({
          verifier: mcpTokenVerifier(resourceServer),
          requiredScopes,
          resourceMetadataUrl: resourceServer.metadataUrl,
          expectedResource: new URL(RESOURCE),
        }),
      )
      app.use((request, response) => void response.json((request as { auth?: unknown }).auth))
      const server = createServer(app)
      servers.push(server)
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      return (authorization) =>
        fetch(`http://127.0.0.1:${port}/mcp`, { method: 'POST', headers: headersOf(authorization) })
    },
  }

describe.each(Object.entries(hosts))('mcpTokenVerifier in requireBearerAuth %s', (_host, serve) => {
  it('RFC9068-2: gives MCP handlers what they expect', async () => {
    const ask = await serve(httpsFreeResourceServer(), ['mcp:tools'])
    const response = await ask(`Bearer ${good}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ ...AUTH_INFO, resource: RESOURCE })
  })

  const INVALID = `Bearer error="invalid_token", error_description="The access token is not valid for this server.", resource_metadata="${METADATA_URL}"`

  it.each<[string, () => Promise<string> | string]>([
    ['another key', () => signToken({ key: attackerKey })],
    ['expired', () => signToken({ claims: { exp: NOW - 9 } })],
    ['another audience', () => signToken({ claims: { aud: 'https://other.example.com' } })],
    ['quotes in the issuer', () => signToken({ claims: { iss: 'x", error="none' } })],
    ['line ends in the audience', () => signToken({ claims: { aud: 'a\r\nSet-Cookie: b=c' } })],
    ['quotes in kid', () => forge({ header: { kid: '"\\\r\n' } })],
    ['no token at all', () => 'abc'],
  ])('MCP-7 RFC6750-5: 401 in a safe header: %s', async (_name, make) => {
    const ask = await serve(httpsFreeResourceServer())
    const response = await ask(`Bearer ${await make()}`)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(INVALID)
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(await response.json()).toEqual({
      error: 'invalid_token',
      error_description: 'The access token is not valid for this server.',
    })
  })

  it('MCP-9: 403 for too few scopes, ours or the middleware’s', async () => {
    const token = await signToken({ claims: { scope: 'a"b' } })
    const ours = await (await serve(httpsFreeResourceServer()))(`Bearer ${token}`)
    expect(ours.status).toBe(403)
    expect(ours.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", error_description="The access token lacks a scope that this request needs.", resource_metadata="${METADATA_URL}"`,
    )
    const theirs = await (await serve(httpsFreeResourceServer(), ['mcp:admin']))(`Bearer ${good}`)
    expect(theirs.status).toBe(403)
    expect(theirs.headers.get('www-authenticate')).toContain('scope="mcp:admin"')
  })

  it.each<[string, Overrides]>([
    ['a revocation check that fails', { revocation: down }],
    ['a verifier that fails', { verifier: { verify: down } }],
  ])('RFC7662-3 S1.7: %s is 500, never 401', async (_name, options) => {
    const ask = await serve(httpsFreeResourceServer(options))
    const response = await ask(`Bearer ${good}`)
    expect(response.status).toBe(500)
    expect(response.headers.get('www-authenticate')).toBeNull()
    expect(await response.json()).toEqual({
      error: 'server_error',
      error_description: 'The access token cannot be checked right now.',
    })
  })

  it('MCP-7: revoked is 401', async () => {
    const ask = await serve(httpsFreeResourceServer({ revocation: () => true }))
    expect((await ask(`Bearer ${good}`)).status).toBe(401)
  })

  it('RFC6750-1 RFC6750-2: parses headers in its own way, which `mcpGate` does not', async () => {
    const ask = await serve(httpsFreeResourceServer())
    expect((await ask()).headers.get('www-authenticate')).toContain('error="invalid_token"')
    expect((await ask(`Bearer ${good} y z`)).status).toBe(200)
    const gate = mcpGate(httpsFreeResourceServer())
    const judged = await gate(new Request(RESOURCE, { headers: headersOf(`Bearer ${good} y z`) }))
    expect(judged).toMatchObject({ status: 400 })
  })
})

describe('mcpTokenVerifier', () => {
  const thrown = (token: unknown, options: Overrides = {}) =>
    mcpTokenVerifier(httpsFreeResourceServer(options))
      .verifyAccessToken(token as string)
      .then(
        () => expect.fail('nothing was thrown'),
        (error: unknown) => error as OAuthError,
      )

  it('S1.13: throws the SDK’s own class, which alone it knows, with the code of the case', async () => {
    const copy = createRequire(import.meta.url)('@modelcontextprotocol/server') as {
      OAuthError: typeof OAuthError
    }
    expect(copy.OAuthError).not.toBe(OAuthError)
    for (const [error, code] of [
      [await thrown('abc'), OAuthErrorCode.InvalidToken],
      [await thrown(good, { scopes: ['x'] }), OAuthErrorCode.InsufficientScope],
      [await thrown(good, { revocation: down }), OAuthErrorCode.ServerError],
    ] as const) {
      expect(error).toBeInstanceOf(OAuthError)
      // Also where a host has the CommonJS copy.
      expect(error).toBeInstanceOf(copy.OAuthError)
      expect(error).not.toBeInstanceOf(InvalidTokenError)
      expect(error.code).toBe(code)
    }
  })

  it.each([undefined, null, '', 5, {}])('RFC7662-6: %j is no token', async (token) => {
    expect((await thrown(token)).code).toBe('invalid_token')
  })

  it('S1.7: the errors carry nothing of the token or of the reason', async () => {
    for (const token of ['s3cr3t', await signToken({ claims: { aud: 's3cr3t' } })]) {
      const error = await thrown(token)
      expect(error).not.toHaveProperty('cause')
      expect(JSON.stringify({ ...error, message: error.message })).not.toMatch(
        /s3cr3t|audience|opaque/,
      )
    }
  })

  it.each([
    ['v1', mcpTokenVerifierV1],
    ['v2', mcpTokenVerifier],
  ])(
    'MCP-16 S1.6: of %s refuses a policy of operations, which nobody would enforce',
    (_v, make) => {
      const operations = { tools: { erase: { scopes: ['data:write'] } } }
      expect(() => make(httpsFreeResourceServer({ operations }))).toThrow(TypeError)
      expect(() => make(httpsFreeResourceServer({ operations }))).toThrow(
        'mcpTokenVerifier: `operations` cannot be enforced',
      )
    },
  )
})

const about = { name: 'data', version: '1.0.0' }

/** A call of a tool, in the dress of either revision. */
function call(name: string, token: string | undefined, modern: boolean): Request {
  const params = {
    name,
    arguments: { text: 'äöü' },
    ...(modern && {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': about,
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    }),
  }
  return new Request(RESOURCE, {
    method: 'POST',
    headers: {
      ...headersOf(token && `Bearer ${token}`),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': modern ? '2026-07-28' : '2025-11-25',
      ...(modern && { 'mcp-method': 'tools/call', 'mcp-name': name }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params }),
  })
}

describe('mcpGate', () => {
  it('RFC9068-2: answers who it is, with where challenges send clients to', async () => {
    const gate = mcpGate(httpsFreeResourceServer())
    expect(await gate(new Request(RESOURCE, { headers: headersOf(`Bearer ${good}`) }))).toEqual(
      AUTH_INFO,
    )
  })

  it.each([
    ['RFC6750-2: no token', undefined, 401, CHALLENGES.none],
    ['RFC6750-3: a bad token', 'Bearer abc', 401, CHALLENGES.invalid_token],
    ['RFC6750-1: a malformed header', 'Bearer x y', 400, CHALLENGES.invalid_request],
    ['RFC6750-2: another scheme', 'Basic dTpw', 401, CHALLENGES.none],
  ])('S1.9 S1.13: answers %s itself', async (_name, authorization, status, challenge) => {
    const headers = headersOf(authorization)
    const response = await mcpGate(httpsFreeResourceServer())(
      new Request(`${RESOURCE}?access_token=${good}`, { method: 'POST', headers, body: '{}' }),
    )
    if (!(response instanceof Response)) expect.fail('it went on')
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([status, challenge])
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toHaveProperty('correlation_id', CORRELATION_ID)
  })

  it.each<[string, Overrides, Record<string, string>, string, number]>([
    ['RFC7662-3: an outage', { revocation: down }, {}, 'POST', 503],
    ['MCP-9: too few scopes', { scopes: ['mcp:admin'] }, {}, 'POST', 403],
    ['MCP-19: a foreign page', {}, { origin: 'https://evil.example.com' }, 'POST', 403],
    ['S1.14: a session, which it does not serve', {}, { 'mcp-session-id': 's1' }, 'POST', 404],
    [
      'MCP-19: a preflight',
      { allowedOrigins: '*' },
      { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
      'OPTIONS',
      204,
    ],
  ])('%s is answered too', async (_name, options, more, method, status) => {
    const headers = { ...headersOf(`Bearer ${good}`), ...more }
    const judged = await mcpGate(httpsFreeResourceServer(options))(
      new Request(RESOURCE, { method, headers }),
    )
    expect(judged).toBeInstanceOf(Response)
    expect(judged).toMatchObject({ status })
  })

  it.each(['2025-11-25', '2026-07-28', '2027-01-01'])(
    'S1.14: the handler sees the headers as they came, so no session goes on, whatever says %s',
    async (version) => {
      const headers = {
        ...headersOf(`Bearer ${good}`),
        ...{ 'mcp-session-id': 'of-somebody-else', 'mcp-protocol-version': version },
      }
      for (const method of ['POST', 'GET', 'DELETE']) {
        const judged = await mcpGate(httpsFreeResourceServer())(
          new Request(RESOURCE, { method, headers }),
        )
        expect(judged).toBeInstanceOf(Response)
        expect(judged).toMatchObject({ status: 404 })
      }
    },
  )

  it('MCP-10: asks for the scopes of these requests too', async () => {
    const gate = mcpGate(httpsFreeResourceServer(), { scopes: ['mcp:admin'] })
    const ask = async (token: string) =>
      gate(new Request(RESOURCE, { headers: headersOf(`Bearer ${token}`) }))
    const refused = (await ask(good)) as Response
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toContain('scope="mcp:tools mcp:admin"')
    const both = await signToken({ claims: { scope: 'mcp:tools mcp:admin' } })
    expect(await ask(both)).toMatchObject({ scopes: ['mcp:tools', 'mcp:admin'] })
  })

  it('MCP-13: judges a request whose body somebody has read, where it needs no body', async () => {
    const request = call('echo', good, false)
    await request.text()
    expect(await mcpGate(httpsFreeResourceServer())(request)).toMatchObject({
      clientId: 'inspector',
    })
    const guarded = httpsFreeResourceServer({ operations: { default: 'allow' } })
    // Whoever has read it is on our side of the gate.
    expect(await mcpGate(guarded)(request)).toMatchObject({ status: 503 })
  })
})

describe.each([
  ['2025-11-25', false],
  ['2026-07-28', true],
])('mcpGate in front of createMcpHandler, %s', (_version, modern) => {
  const operations = {
    tools: { echo: 'allow', own: 'allow', write: { scopes: ['data:write'] } },
  } as const

  function serve(options: Overrides = {}) {
    const resourceServer = httpsFreeResourceServer(options)
    const gate = mcpGate(resourceServer)
    const called: unknown[] = []
    const handler = createMcpHandler(() => {
      const server = new McpServer(about)
      for (const name of ['echo', 'write', 'erase']) {
        server.registerTool(name, {}, ({ http, mcpReq }) => {
          called.push(http?.authInfo?.extra?.subject, mcpReq.method)
          return { content: [{ type: 'text', text: name }] }
        })
      }
      server.registerTool('own', { scopeChallenge: requireScopes('own:scope') }, () => ({
        content: [],
      }))
      return server
    })
    const ask = async (request: Request) => {
      const authInfo = await gate(request)
      return authInfo instanceof Response ? authInfo : handler.fetch(request, { authInfo })
    }
    return { ask, called }
  }

  it.each<[string, Overrides]>([
    ['no policy', {}],
    ['a policy, which has read the body', { operations }],
  ])('MCP-16: with %s the handler finds body and caller', async (_name, options) => {
    const { ask, called } = serve(options)
    const response = await ask(call('echo', good, modern))
    expect([response.status, await response.text()]).toEqual([
      200,
      expect.stringContaining('"text":"echo"'),
    ])
    expect(called).toEqual(['alice', 'tools/call'])
  })

  it('MCP-10 S1.6: the policy refuses before the handler, with one complete challenge', async () => {
    const { ask, called } = serve({ operations })
    const refused = await ask(call('write', good, modern))
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toBe(
      CHALLENGES.insufficient_scope.replace('scope="mcp:tools"', 'scope="mcp:tools data:write"'),
    )
    const denied = await ask(call('erase', good, modern))
    expect([denied.status, denied.headers.get('www-authenticate')]).toEqual([403, null])
    expect(await denied.json()).toMatchObject({ id: 7, error: { code: 403 } })
    expect(called).toEqual([])
    const writer = await signToken({ claims: { scope: 'mcp:tools data:write' } })
    expect((await ask(call('write', writer, modern))).status).toBe(200)
  })

  it('MCP-9: the SDK’s own scope challenge names our metadata', async () => {
    const { ask } = serve({ operations })
    const refused = await ask(call('own', good, modern))
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", error_description="Insufficient scope", scope="own:scope", resource_metadata="${METADATA_URL}"`,
    )
    const owner = await signToken({ claims: { scope: 'mcp:tools own:scope' } })
    expect((await ask(call('own', owner, modern))).status).toBe(200)
  })
})
