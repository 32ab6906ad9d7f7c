import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { requireBearerAuth as expressBearerAuth } from '@modelcontextprotocol/express'
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth as requireBearerAuthV1 } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { OAuthError, OAuthErrorCode, requireBearerAuth } from '@modelcontextprotocol/server'
import express, { type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { mcpTokenVerifier as mcpTokenVerifierV1 } from '../../../src/adapters/mcp-sdk.ts'
import { mcpGate, mcpTokenVerifier } from '../../../src/adapters/mcp-server.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { listenDuringTest } from '../../support/loopback.ts'
import {
  attackerKey,
  forge,
  METADATA_URL,
  NOW,
  type Overrides,
  RESOURCE,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { AUTH_INFO, down, good, headersOf } from './mcp-callers.ts'

type Ask = (authorization?: string) => Promise<Response>

/** An application behind the SDK's own check, which answers with what the check has found. */
async function onExpress(check: unknown): Promise<Ask> {
  const app = express().use(check as RequestHandler)
  app.use((request, response) => void response.json((request as { auth?: unknown }).auth))
  const { origin } = await listenDuringTest(createServer(app))
  return (authorization) =>
    fetch(`${origin}/mcp`, { method: 'POST', headers: headersOf(authorization) })
}

const optionsOf = (resourceServer: ResourceServer, requiredScopes: string[]) => ({
  requiredScopes,
  resourceMetadataUrl: resourceServer.metadataUrl,
  expectedResource: new URL(RESOURCE),
})

/** The bearer checks of both SDK majors, each with our verifier. */
const hosts: Readonly<Record<string, (server: ResourceServer, scopes?: string[]) => Promise<Ask>>> =
  {
    async 'of SDK v2 on fetch'(resourceServer, scopes = []) {
      const verifier = mcpTokenVerifier(resourceServer)
      const gate = requireBearerAuth({ verifier, ...optionsOf(resourceServer, scopes) })
      return async (authorization) => {
        const headers = headersOf(authorization)
        const authInfo = await gate(new Request(RESOURCE, { method: 'POST', headers }))
        return authInfo instanceof Response ? authInfo : Response.json(authInfo)
      }
    },
    'of SDK v2 on Express'(resourceServer, scopes = []) {
      const verifier = mcpTokenVerifier(resourceServer)
      return onExpress(expressBearerAuth({ verifier, ...optionsOf(resourceServer, scopes) }))
    },
    'of SDK v1 on Express'(resourceServer, scopes = []) {
      const verifier = mcpTokenVerifierV1(resourceServer)
      return onExpress(requireBearerAuthV1({ verifier, ...optionsOf(resourceServer, scopes) }))
    },
  }

describe.each(Object.entries(hosts))('mcpTokenVerifier in requireBearerAuth %s', (_host, serve) => {
  it('RFC9068-2: a good token gives authInfo', async () => {
    const ask = await serve(testResourceServer(), ['mcp:tools'])
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
    ['quotes in the audience', () => signToken({ claims: { aud: 'a", scope="admin' } })],
    ['line ends in the issuer', () => signToken({ claims: { iss: 'a\r\nSet-Cookie: b=c' } })],
    ['line ends in the audience', () => signToken({ claims: { aud: 'a\r\nSet-Cookie: b=c' } })],
    ['quotes in kid', () => forge({ header: { kid: '"\\\r\n' } })],
    ['quotes in alg', () => forge({ header: { alg: '", x="' } })],
    ['quotes in typ', () => forge({ header: { typ: '"\r\nX: y' } })],
    ['quotes in cnf', () => signToken({ claims: { cnf: { '"\r\n': 'x' } } })],
    ['quotes in the token', () => 'a"b\\c'],
    ['no token at all', () => 'abc'],
  ])('MCP-7 RFC6750-5: 401 in a safe header: %s', async (_name, make) => {
    const ask = await serve(testResourceServer())
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
    const ours = await (await serve(testResourceServer()))(`Bearer ${token}`)
    expect(ours.status).toBe(403)
    expect(ours.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", error_description="The access token lacks a scope that this request needs.", resource_metadata="${METADATA_URL}"`,
    )
    const theirs = await (await serve(testResourceServer(), ['mcp:admin']))(`Bearer ${good}`)
    expect(theirs.status).toBe(403)
    expect(theirs.headers.get('www-authenticate')).toContain('scope="mcp:admin"')
  })

  it.each<[string, Overrides]>([
    ['a revocation check that fails', { revocation: down }],
    ['a verifier that fails', { verifier: { verify: down } }],
  ])('RFC7662-3 S1.7: %s is 500, never 401', async (_name, options) => {
    const ask = await serve(testResourceServer(options))
    const response = await ask(`Bearer ${good}`)
    expect(response.status).toBe(500)
    expect(response.headers.get('www-authenticate')).toBeNull()
    expect(await response.json()).toEqual({
      error: 'server_error',
      error_description: 'The access token cannot be checked right now.',
    })
  })

  it('MCP-7: revoked is 401', async () => {
    const ask = await serve(testResourceServer({ revocation: () => true }))
    expect((await ask(`Bearer ${good}`)).status).toBe(401)
  })

  it('RFC6750-1 RFC6750-2: the SDK accepts words after the token, `mcpGate` refuses them with 400', async () => {
    const ask = await serve(testResourceServer())
    expect((await ask()).headers.get('www-authenticate')).toContain('error="invalid_token"')
    expect((await ask(`Bearer ${good} y z`)).status).toBe(200)
    const gate = mcpGate(testResourceServer())
    const judged = await gate(new Request(RESOURCE, { headers: headersOf(`Bearer ${good} y z`) }))
    expect(judged).toMatchObject({ status: 400 })
  })
})

describe('mcpTokenVerifier', () => {
  const thrown = (token: unknown, options: Overrides = {}) =>
    mcpTokenVerifier(testResourceServer(options))
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
      [await thrown(good, { requiredScopes: ['x'] }), OAuthErrorCode.InsufficientScope],
      [await thrown(good, { revocation: down }), OAuthErrorCode.ServerError],
    ] as const) {
      expect(error).toBeInstanceOf(OAuthError)
      // Also where a host has the CommonJS copy.
      expect(error).toBeInstanceOf(copy.OAuthError)
      expect(error).not.toBeInstanceOf(InvalidTokenError)
      expect(error.code).toBe(code)
    }
  })

  const MAJORS = { v1: mcpTokenVerifierV1, v2: mcpTokenVerifier }
  const codes = { v1: { errorCode: 'invalid_token' }, v2: { code: 'invalid_token' } }

  it.each(['v1', 'v2'] as const)(
    'RFC7662-6 S1.7: of %s: a bad token is invalid_token, and the error quotes nothing',
    async (major) => {
      const verifier = MAJORS[major](testResourceServer())
      const secret = await signToken({ claims: { aud: 's3cr3t' } })
      for (const token of [undefined, null, '', 5, {}, 's3cr3t', secret]) {
        const error = await verifier.verifyAccessToken(token as string).catch((thrown) => thrown)
        expect(error).toMatchObject(codes[major])
        expect(error).not.toHaveProperty('cause')
        expect(JSON.stringify({ ...error, message: error.message })).not.toMatch(
          /s3cr3t|audience|opaque/,
        )
      }
    },
  )

  it.each([
    ['v1', mcpTokenVerifierV1],
    ['v2', mcpTokenVerifier],
  ])(
    'RFC9449-2: of %s throws where DPoP is required, because nothing would check a proof',
    (_sdk, make) => {
      expect(() => make(testResourceServer({ dpop: 'required' }))).toThrow(
        "mcpTokenVerifier: the SDK's own middleware cannot check DPoP proofs",
      )
    },
  )

  it.each([
    ['v1', mcpTokenVerifierV1],
    ['v2', mcpTokenVerifier],
  ])(
    'MCP-16 S1.6: of %s throws when there is a policy, because nothing would enforce the policy',
    (_v, make) => {
      const operations = { tools: { erase: { scopes: ['data:write'] } } }
      expect(() => make(testResourceServer({ policy: operations }))).toThrow(TypeError)
      expect(() => make(testResourceServer({ policy: operations }))).toThrow(
        "mcpTokenVerifier: the SDK's own middleware cannot enforce the option `policy`",
      )
    },
  )
})
