import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  InsufficientScopeError,
  InvalidTokenError,
  ServerError,
} from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import type { OAuthTokenVerifier } from '@modelcontextprotocol/sdk/server/auth/provider.js'
import { requireBearerAuth as requireBearerAuthV2 } from '@modelcontextprotocol/server'
import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { mcpTokenVerifier } from '../../../src/adapters/mcp-sdk.ts'
import { mcpTokenVerifier as mcpTokenVerifierV2 } from '../../../src/adapters/mcp-server.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import {
  attackerKey,
  CLAIMS,
  forge,
  httpsFreeResourceServer,
  ISSUER,
  METADATA_URL,
  NOW,
  RESOURCE,
  signToken,
} from '../../support/tokens.ts'

const good = await signToken()
const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** The SDK's own middleware with our verifier, and a route that tells what it set. */
async function serve(resourceServer: ResourceServer, requiredScopes: string[] = []) {
  const app = express()
  app.use(
    requireBearerAuth({
      verifier: mcpTokenVerifier(resourceServer),
      requiredScopes,
      resourceMetadataUrl: resourceServer.metadataUrl,
      expectedResource: new URL(RESOURCE),
    }),
  )
  app.use((request, response) => {
    response.json((request as { auth?: unknown }).auth)
  })
  const server = createServer(app)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return (authorization?: string) =>
    fetch(`http://127.0.0.1:${port}/mcp`, {
      method: 'POST',
      headers: authorization === undefined ? {} : { authorization },
    })
}

describe('mcpTokenVerifier in requireBearerAuth', () => {
  it('RFC9068-2: sets req.auth as MCP handlers expect it', async () => {
    const ask = await serve(httpsFreeResourceServer(), ['mcp:tools'])
    const response = await ask(`Bearer ${good}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      token: good,
      clientId: 'inspector',
      scopes: ['mcp:tools'],
      expiresAt: NOW + 300,
      resource: RESOURCE,
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

  it('RFC8707-1: the resource is what was configured, also where aud is a client id', async () => {
    const resourceServer = httpsFreeResourceServer({ additionalAudiences: ['ofbiz-mcp'] })
    const token = await signToken({ claims: { aud: ['other', 'ofbiz-mcp'] } })
    const info = await mcpTokenVerifier(resourceServer).verifyAccessToken(token)
    expect(info.resource).toEqual(new URL(RESOURCE))
    expect((await (await serve(resourceServer))(`Bearer ${token}`)).status).toBe(200)
  })

  const INVALID = `Bearer error="invalid_token", error_description="The access token is not valid for this server.", resource_metadata="${METADATA_URL}"`

  it.each<[string, () => Promise<string> | string]>([
    ['another key', () => signToken({ key: attackerKey })],
    ['expired', () => signToken({ claims: { exp: NOW - 9 } })],
    ['another audience', () => signToken({ claims: { aud: 'https://other.example.com' } })],
    ['quotes in the issuer', () => signToken({ claims: { iss: 'x", error="none' } })],
    ['quotes in the audience', () => signToken({ claims: { aud: 'a", scope="admin' } })],
    ['line ends in the issuer', () => signToken({ claims: { iss: 'a\r\nSet-Cookie: b=c' } })],
    ['quotes in kid', () => forge({ header: { kid: '"\\\r\n' } })],
    ['quotes in alg', () => forge({ header: { alg: '", x="' } })],
    ['quotes in typ', () => forge({ header: { typ: '"\r\nX: y' } })],
    ['quotes in cnf', () => signToken({ claims: { cnf: { '"\r\n': 'x' } } })],
    ['quotes in the token', () => 'a"b\\c'],
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

  it.each([
    ['a revocation check that fails', { revocation: () => Promise.reject(new Error(good)) }],
    [
      'a verifier that fails',
      { verifier: { verify: () => Promise.reject(new Error(`"${good}"\r\n`)) } },
    ],
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
})

describe('mcpTokenVerifier', () => {
  const verify = (token: unknown, options = {}) =>
    mcpTokenVerifier(httpsFreeResourceServer(options)).verifyAccessToken(token as string)

  it('S1.13: throws the SDK’s own classes, which alone it knows', async () => {
    await expect(verify('abc')).rejects.toBeInstanceOf(InvalidTokenError)
    await expect(verify(good, { requiredScopes: ['x'] })).rejects.toBeInstanceOf(
      InsufficientScopeError,
    )
    const revocation = () => Promise.reject(new Error('down'))
    await expect(verify(good, { revocation })).rejects.toBeInstanceOf(ServerError)
  })

  it.each([undefined, null, '', 5, {}])('RFC7662-6: %j is no token', async (token) => {
    await expect(verify(token)).rejects.toBeInstanceOf(InvalidTokenError)
  })

  it('S1.7: the errors carry nothing of the token or of the reason', async () => {
    for (const token of ['s3cr3t', await signToken({ claims: { aud: 's3cr3t' } })]) {
      const error = await verify(token).catch((thrown: Error) => thrown)
      expect(error).not.toHaveProperty('cause')
      expect(JSON.stringify({ ...error, message: (error as Error).message })).not.toMatch(
        /s3cr3t|audience|opaque/,
      )
    }
  })
})

describe('a verifier in the middleware of the other major', () => {
  const v1 = async (verifier: OAuthTokenVerifier, authorization: string) => {
    const app = express()
    app.use(requireBearerAuth({ verifier }), (_request, response) => void response.end())
    const server = createServer(app)
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return (await fetch(`http://127.0.0.1:${port}`, { headers: { authorization } })).status
  }
  const v2 = async (verifier: OAuthTokenVerifier, authorization: string) => {
    const gate = requireBearerAuthV2({ verifier })
    const authInfo = await gate(new Request(RESOURCE, { headers: { authorization } }))
    return authInfo instanceof Response ? authInfo.status : 200
  }

  it('S1.13: lets nobody in whom its own would not: what it throws is unknown there, so 500', async () => {
    const resourceServer = httpsFreeResourceServer()
    for (const [host, verifier] of [
      [v1, mcpTokenVerifierV2(resourceServer)],
      [v2, mcpTokenVerifier(resourceServer)],
    ] as const) {
      expect(await host(verifier, `Bearer ${good}`)).toBe(200)
      expect(await host(verifier, 'Bearer abc')).toBe(500)
    }
    expect(await v1(mcpTokenVerifier(resourceServer), 'Bearer abc')).toBe(401)
    expect(await v2(mcpTokenVerifierV2(resourceServer), 'Bearer abc')).toBe(401)
  })
})
