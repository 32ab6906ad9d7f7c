import { createServer } from 'node:http'
import {
  InsufficientScopeError,
  InvalidTokenError,
  ServerError,
} from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import type { OAuthTokenVerifier } from '@modelcontextprotocol/sdk/server/auth/provider.js'
import { requireBearerAuth as requireBearerAuthV2 } from '@modelcontextprotocol/server'
import express from 'express'
import { describe, expect, it } from 'vitest'
import { mcpTokenVerifier } from '../../../src/adapters/mcp-sdk.ts'
import { mcpTokenVerifier as mcpTokenVerifierV2 } from '../../../src/adapters/mcp-server.ts'
import { listenDuringTest } from '../../support/loopback.ts'
import { RESOURCE, signToken, testResourceServer } from '../../support/tokens.ts'
import { good } from './mcp-callers.ts'

/** The status of SDK v1's own check with this verifier. */
async function statusV1(verifier: OAuthTokenVerifier, authorization: string): Promise<number> {
  const app = express()
  app.use(requireBearerAuth({ verifier }), (_request, response) => void response.end())
  const { origin } = await listenDuringTest(createServer(app))
  return (await fetch(origin, { headers: { authorization } })).status
}

describe('mcpTokenVerifier', () => {
  const verify = (token: unknown, options = {}) =>
    mcpTokenVerifier(testResourceServer(options)).verifyAccessToken(token as string)

  it('RFC8707-1: names the configured resource, also where "aud" is a client id', async () => {
    const resourceServer = testResourceServer({ additionalAudiences: ['ofbiz-mcp'] })
    const token = await signToken({ claims: { aud: ['other', 'ofbiz-mcp'] } })
    const verifier = mcpTokenVerifier(resourceServer)
    expect((await verifier.verifyAccessToken(token)).resource).toEqual(new URL(RESOURCE))
    expect(await statusV1(verifier, `Bearer ${token}`)).toBe(200)
  })

  it('S1.13: throws the SDK’s own classes, which alone it knows', async () => {
    await expect(verify('abc')).rejects.toBeInstanceOf(InvalidTokenError)
    await expect(verify(good, { requiredScopes: ['x'] })).rejects.toBeInstanceOf(
      InsufficientScopeError,
    )
    const revocation = () => Promise.reject(new Error('down'))
    await expect(verify(good, { revocation })).rejects.toBeInstanceOf(ServerError)
  })
})

describe('a verifier in the middleware of the other major', () => {
  const v2 = async (verifier: OAuthTokenVerifier, authorization: string) => {
    const gate = requireBearerAuthV2({ verifier })
    const authInfo = await gate(new Request(RESOURCE, { headers: { authorization } }))
    return authInfo instanceof Response ? authInfo.status : 200
  }

  it('S1.13: refuses a bad token with 500, because it does not know the error class', async () => {
    const resourceServer = testResourceServer()
    for (const [host, verifier] of [
      [statusV1, mcpTokenVerifierV2(resourceServer)],
      [v2, mcpTokenVerifier(resourceServer)],
    ] as const) {
      expect(await host(verifier, `Bearer ${good}`)).toBe(200)
      expect(await host(verifier, 'Bearer abc')).toBe(500)
    }
    expect(await statusV1(mcpTokenVerifier(resourceServer), 'Bearer abc')).toBe(401)
    expect(await v2(mcpTokenVerifierV2(resourceServer), 'Bearer abc')).toBe(401)
  })
})
