import { createServer } from 'node:http'
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthMetadataRouter,
  requireBearerAuth,
} from '@modelcontextprotocol/express'
import { requireBearerAuth as requireBearerAuthV1 } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { mcpAuthMetadataRouter as mcpAuthMetadataRouterV1 } from '@modelcontextprotocol/sdk/server/auth/router.js'
import express, { type Express } from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { mcpTokenVerifier as verifierV1 } from '../../../src/adapters/mcp-sdk.ts'
import { mcpTokenVerifier } from '../../../src/adapters/mcp-server.ts'
import { startTestIssuer, type TestIssuer } from '../../../src/testing/index.ts'
import { runDoctor } from '../../support/doctor-run.ts'
import { listenDuringTest } from '../../support/loopback.ts'

/** What the documents of both SDKs need of the authorization server. */
const metadataOf = async ({ issuer }: TestIssuer) =>
  (await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json()) as never

async function examine(
  protect: (app: Express, url: URL, issuer: TestIssuer) => Promise<void>,
): Promise<readonly string[]> {
  const server = createServer()
  const { origin } = await listenDuringTest(server)
  const url = new URL(`${origin}/mcp`)
  const issuer = await startTestIssuer({ resource: url.href, scopes: ['mcp:tools'] })
  onTestFinished(() => issuer[Symbol.asyncDispose]())
  const app = express()
  await protect(app, url, issuer)
  server.on('request', app)
  const MCP_TOKEN = await issuer.token()
  return (await runDoctor(url.href, [], { environment: { MCP_TOKEN } })).wrong
}

const SCOPES = ['mcp:tools']

describe('doctor on servers with the middleware of the MCP SDKs', () => {
  it('SDK v1', async () => {
    const wrong = await examine(async (app, url, issuer) => {
      const oauthMetadata = await metadataOf(issuer)
      app.use(
        mcpAuthMetadataRouterV1({
          oauthMetadata,
          resourceServerUrl: url,
          scopesSupported: SCOPES,
        }),
      )
      const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(url)
      const verifier = verifierV1(issuer.resourceServer())
      const guard = requireBearerAuthV1({ verifier, requiredScopes: SCOPES, resourceMetadataUrl })
      app.use('/mcp', guard, (_request, response) => void response.json({}))
    })
    expect(wrong).toEqual(['CHALLENGE_NAMES_ERROR', 'METADATA_NOT_AT_ROOT'])
  })

  it('SDK v2', async () => {
    const wrong = await examine(async (app, url, issuer) => {
      const oauthMetadata = await metadataOf(issuer)
      app.use(
        mcpAuthMetadataRouter({ oauthMetadata, resourceServerUrl: url, scopesSupported: SCOPES }),
      )
      const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(url)
      const verifier = mcpTokenVerifier(issuer.resourceServer())
      const guard = requireBearerAuth({ verifier, requiredScopes: SCOPES, resourceMetadataUrl })
      app.use('/mcp', guard, (_request, response) => void response.json({}))
    })
    expect(wrong).toEqual(['CHALLENGE_NAMES_ERROR', 'METADATA_NOT_AT_ROOT'])
  })

  it('SDK v1 with a verifier that throws a plain error, and without metadata', async () => {
    const wrong = await examine(async (app) => {
      const verifier = { verifyAccessToken: () => Promise.reject(new Error('bad signature')) }
      const guard = requireBearerAuthV1({ verifier })
      app.use('/mcp', guard, (_request, response) => void response.json({}))
    })
    expect(wrong).toEqual([
      'CHALLENGE_NAMES_ERROR',
      'CHALLENGE_WITHOUT_METADATA',
      'GARBAGE_NOT_CHALLENGED',
      'METADATA_MISSING',
      'TOKENS_NOT_CHECKED_NOW',
    ])
  })
})
