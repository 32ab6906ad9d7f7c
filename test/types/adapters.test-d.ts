import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import type { OAuthTokenVerifier } from '@modelcontextprotocol/sdk/server/auth/provider.js'
import express from 'express'
import express4 from 'express4'
import { createResourceServer, type VerifiedToken } from 'mcp-resource-server'
import { expressDocuments, expressGuard, expressResourceServer } from 'mcp-resource-server/express'
import { fetchResourceServer } from 'mcp-resource-server/fetch'
import { mcpTokenVerifier } from 'mcp-resource-server/mcp-sdk'
import { describe, expectTypeOf, it } from 'vitest'

const resourceServer = createResourceServer({
  resource: 'https://mcp.example.com/mcp',
  authorizationServer: 'https://sso.example.com',
})

describe('the Express adapter', () => {
  it('gives handlers of Express 5', () => {
    const app = express()
    app.use(expressResourceServer(resourceServer))
    app.use(expressDocuments(resourceServer))
    app.get('/mcp', expressGuard(resourceServer, { scopes: ['mcp:tools'] }), (_req, res) => {
      res.end()
    })
    expectTypeOf(expressResourceServer(resourceServer)).toExtend<express.RequestHandler>()
  })

  it('gives handlers of Express 4', () => {
    const app = express4()
    app.use(expressResourceServer(resourceServer))
    app.use(expressDocuments(resourceServer))
    app.get('/mcp', expressGuard(resourceServer, { scopes: ['mcp:tools'] }), (_req, res) => {
      res.end()
    })
    expectTypeOf(expressResourceServer(resourceServer)).toExtend<express4.RequestHandler>()
  })

  it('refuses a misspelt option', () => {
    // @ts-expect-error scopes
    expressGuard(resourceServer, { scope: ['mcp:tools'] })
  })
})

describe('the fetch adapter', () => {
  it('hands the verified token to the handler, and is a fetch handler itself', () => {
    const handler = fetchResourceServer(resourceServer, (request, auth) => {
      expectTypeOf(request).toEqualTypeOf<Request>()
      expectTypeOf(auth.token).toEqualTypeOf<VerifiedToken>()
      return Response.json({ subject: auth.token.subject })
    })
    expectTypeOf(handler).toExtend<(request: Request) => Promise<Response>>()
  })
})

describe("the MCP SDK's adapter", () => {
  it('gives the verifier that the SDK takes', () => {
    const verifier = mcpTokenVerifier(resourceServer)
    expectTypeOf(verifier).toExtend<OAuthTokenVerifier>()
    requireBearerAuth({ verifier })
  })
})
