import { createServer } from 'node:http'
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import type { OAuthTokenVerifier } from '@modelcontextprotocol/sdk/server/auth/provider.js'
import { Server as ServerV1 } from '@modelcontextprotocol/sdk/server/index.js'
import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  createMcpHandler,
  McpServer as McpServerV2,
  type OAuthTokenVerifier as OAuthTokenVerifierV2,
  requireBearerAuth as requireBearerAuthV2,
  Server as ServerV2,
} from '@modelcontextprotocol/server'
import express from 'express'
import express4 from 'express4'
import { createResourceServer, type VerifiedToken } from 'mcp-resource-server'
import { expressEndpoints, expressGate, expressGuard } from 'mcp-resource-server/express'
import { fetchGate } from 'mcp-resource-server/fetch'
import { mcpTokenVerifier, protectServer } from 'mcp-resource-server/mcp-sdk'
import * as v2 from 'mcp-resource-server/mcp-server'
import { nodeGate } from 'mcp-resource-server/node'
import { describe, expectTypeOf, it } from 'vitest'

const resourceServer = createResourceServer({
  resource: 'https://mcp.example.com/mcp',
  authorizationServer: 'https://sso.example.com',
})

describe('the Express adapter', () => {
  it('gives handlers of Express 5', () => {
    const app = express()
    app.use(expressGate(resourceServer))
    app.use(expressEndpoints(resourceServer))
    app.get(
      '/mcp',
      expressGuard(resourceServer, { requiredScopes: ['mcp:tools'] }),
      (_req, res) => {
        res.end()
      },
    )
    expectTypeOf(expressGate(resourceServer)).toExtend<express.RequestHandler>()
  })

  it('gives handlers of Express 4', () => {
    const app = express4()
    app.use(expressGate(resourceServer))
    app.use(expressEndpoints(resourceServer))
    app.get(
      '/mcp',
      expressGuard(resourceServer, { requiredScopes: ['mcp:tools'] }),
      (_req, res) => {
        res.end()
      },
    )
    expectTypeOf(expressGate(resourceServer)).toExtend<express4.RequestHandler>()
  })

  it('refuses a misspelt option', () => {
    // @ts-expect-error scopes
    expressGuard(resourceServer, { scope: ['mcp:tools'] })
  })
})

describe('the fetch adapter', () => {
  it('hands the verified token to the handler, and is a fetch handler itself', () => {
    const handler = fetchGate(resourceServer, (request, auth) => {
      expectTypeOf(request).toEqualTypeOf<Request>()
      expectTypeOf(auth.token).toEqualTypeOf<VerifiedToken>()
      return Response.json({ subject: auth.token.subject })
    })
    expectTypeOf(handler).toExtend<(request: Request) => Promise<Response>>()
  })
})

describe('the Node adapter', () => {
  it('gives listeners of both versions of HTTP', () => {
    createServer(
      nodeGate(resourceServer, (_request, response, { token }) => {
        expectTypeOf(token).toEqualTypeOf<VerifiedToken>()
        response.end()
      }),
    )
    createHttp2Server(
      nodeGate<Http2ServerRequest, Http2ServerResponse>(
        resourceServer,
        (_request, response) => void response.end(),
        { policy: false },
      ),
    )
    // @ts-expect-error scopes
    nodeGate(resourceServer, () => {}, { scope: ['mcp:tools'] })
  })
})

describe("the adapter of the MCP SDK's second major", () => {
  const handler = createMcpHandler(() => new McpServerV2({ name: 'a', version: '1' }))

  it('gives the verifier and the gate that the SDK takes', () => {
    const verifier = v2.mcpTokenVerifier(resourceServer)
    expectTypeOf(verifier).toExtend<OAuthTokenVerifierV2>()
    requireBearerAuthV2({ verifier })
    // @ts-expect-error no resource server
    v2.mcpTokenVerifier({})
    // @ts-expect-error no resource server
    v2.mcpGate({})
    const gate = v2.mcpGate(resourceServer, { requiredScopes: ['mcp:tools'] })
    const serve = async (request: Request) => {
      const authInfo = await gate(request)
      return authInfo instanceof Response ? authInfo : handler.fetch(request, { authInfo })
    }
    expectTypeOf(serve).toExtend<(request: Request) => Promise<Response>>()
  })

  it('takes what the fetch adapter hands on', () => {
    fetchGate(resourceServer, (request, { authInfo, parsedBody }) =>
      handler.fetch(request, { authInfo, parsedBody }),
    )
  })
})

describe('the filter of lists', () => {
  it('takes servers of both majors, high and low, and gives the same back', () => {
    const about = { name: 'a', version: '1' }
    expectTypeOf(protectServer(resourceServer, new McpServerV1(about))).toEqualTypeOf<McpServerV1>()
    expectTypeOf(protectServer(resourceServer, new ServerV1(about))).toExtend<ServerV1>()
    expectTypeOf(
      v2.protectServer(resourceServer, new McpServerV2(about)),
    ).toEqualTypeOf<McpServerV2>()
    expectTypeOf(v2.protectServer(resourceServer, new ServerV2(about))).toExtend<ServerV2>()
    // @ts-expect-error no MCP server
    protectServer(resourceServer, {})
  })
})

describe("the MCP SDK's adapter", () => {
  it('gives the verifier that the SDK takes', () => {
    const verifier = mcpTokenVerifier(resourceServer)
    expectTypeOf(verifier).toExtend<OAuthTokenVerifier>()
    requireBearerAuth({ verifier })
    // @ts-expect-error no resource server
    mcpTokenVerifier({})
  })
})
