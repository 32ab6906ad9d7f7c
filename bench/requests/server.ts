/**
 * A server in a process of its own, for P3. The environment names the framework and what stands before the
 * handler. The server tells its parent its port, and after each message how much processor time it has used.
 */
import { hash } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { expressGate } from '../../dist/adapters/express.js'
import { fastifyGate } from '../../dist/adapters/fastify.js'
import { fetchGate } from '../../dist/adapters/fetch.js'
import { honoGate } from '../../dist/adapters/hono.js'
import { nodeGate } from '../../dist/adapters/node.js'
import { createResourceServer } from '../../dist/index.js'
import { ISSUER, RESOURCE, SCOPE } from '../tokens.ts'

const { FRAMEWORK = '', GUARD = '', KEYS = '' } = process.env
const jwks: JSONWebKeySet = JSON.parse(KEYS)
const gated = GUARD === 'gate'
/** What the framework takes for any middleware, whatever it does. */
const passing = GUARD === 'empty middleware'
/** What any cache takes that keeps no tokens. */
const digesting = GUARD === 'one digest'

const resourceServer = createResourceServer({
  resource: RESOURCE,
  authorizationServer: { issuer: ISSUER, keys: jwks },
  requiredScopes: [SCOPE],
})

const RESULT = { content: [{ type: 'text', text: '42' }] }

/** The answer to a call: what an MCP server does at least. */
function answerTo(message: { readonly id?: unknown } | undefined): object {
  // A caller that has left has no body.
  return { jsonrpc: '2.0', id: message?.id, result: RESULT }
}

function onNode(): RequestListener {
  const handle = (request: IncomingMessage, response: Parameters<RequestListener>[1]): void => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = request.method === 'GET' ? '{}' : Buffer.concat(chunks).toString()
      const body = JSON.stringify(answerTo(JSON.parse(text)))
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
      })
      response.end(body)
    })
  }
  if (digesting) {
    return (request, response) => {
      digest(request)
      handle(request, response)
    }
  }
  return gated ? nodeGate(resourceServer, handle) : handle
}

function digest({ headers }: IncomingMessage): void {
  if (hash('sha256', String(headers.authorization), 'base64url') === '')
    throw new Error('no digest')
}

function onExpress(): RequestListener {
  const app = express()
  if (gated) app.use(expressGate(resourceServer))
  if (passing) app.use((_request, _response, next) => next())
  if (digesting) {
    app.use((request, _response, next) => {
      digest(request)
      next()
    })
  }
  if (GUARD === 'requireBearerAuth') app.use(requireBearerAuth({ verifier: rememberingVerifier() }))
  app.get('/mcp', (_request, response) => {
    response.json(answerTo({}))
  })
  app.post('/mcp', express.json(), (request, response) => {
    response.json(answerTo(request.body))
  })
  return app
}

/** What one writes who wants no token verified twice: a Map with the digest as the key. */
function rememberingVerifier(): { verifyAccessToken(token: string): Promise<AuthInfo> } {
  const keys = createLocalJWKSet(jwks)
  const verified = new Map<string, AuthInfo>()
  return {
    async verifyAccessToken(token) {
      const digest = hash('sha256', token, 'base64url')
      const known = verified.get(digest)
      if (known !== undefined) return known
      const expected = { issuer: ISSUER, audience: RESOURCE }
      const { payload } = await jwtVerify(token, keys, expected).catch((error: Error) => {
        throw new InvalidTokenError(error.message)
      })
      const { client_id: clientId, scope, exp } = payload
      const scopes = String(scope).split(' ')
      const authInfo = { token, clientId: String(clientId), scopes, expiresAt: exp as number }
      verified.set(digest, authInfo)
      return authInfo
    },
  }
}

async function onFastify(): Promise<Server> {
  const app = fastify()
  if (gated) app.register(fastifyGate, { resourceServer })
  if (passing) app.addHook('onRequest', (_request, _reply, done) => done())
  app.get('/mcp', async () => answerTo({}))
  app.post('/mcp', async ({ body }) => answerTo(body as object))
  await app.ready()
  return app.server
}

function onHono(): RequestListener {
  const app = new Hono()
  if (gated) app.use(honoGate(resourceServer))
  if (passing) app.use((_c, next) => next())
  app.get('/mcp', (c) => c.json(answerTo({})))
  app.post('/mcp', async (c) => c.json(answerTo(await c.req.json())))
  return getRequestListener(app.fetch)
}

function onFetch(): RequestListener {
  const handle = async (request: Request): Promise<Response> =>
    Response.json(answerTo(request.method === 'GET' ? {} : ((await request.json()) as object)))
  const fetched = gated ? fetchGate(resourceServer, handle) : handle
  return getRequestListener((request) => fetched(request))
}

const LISTENERS: Readonly<Record<string, () => RequestListener>> = {
  'node:http': onNode,
  Express: onExpress,
  Hono: onHono,
  fetch: onFetch,
}

const listener = LISTENERS[FRAMEWORK]
const server = listener === undefined ? await onFastify() : createServer(listener())
// Otherwise a connection may close at the moment at which the load uses it again.
server.keepAliveTimeout = 300_000
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('message', () => process.send?.(process.cpuUsage()))
process.on('disconnect', () => process.exit())
