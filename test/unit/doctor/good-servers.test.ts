import { createServer, type RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { expressGate } from '../../../src/adapters/express.ts'
import { fastifyGate } from '../../../src/adapters/fastify.ts'
import { fetchGate } from '../../../src/adapters/fetch.ts'
import { honoGate, type ResourceServerEnv } from '../../../src/adapters/hono.ts'
import { nodeGate } from '../../../src/adapters/node.ts'
import type { ResourceServer, ResourceServerOptions } from '../../../src/index.ts'
import { startTestIssuer, type TestIssuer } from '../../../src/testing/index.ts'
import { runDoctor } from '../../support/doctor-run.ts'
import { listenDuringTest } from '../../support/loopback.ts'

const ANSWER = { jsonrpc: '2.0', id: 1, result: {} }

type Start = (resourceServer: ResourceServer) => Promise<RequestListener>

const ADAPTERS: readonly (readonly [string, Start])[] = [
  [
    'Express',
    async (resourceServer) =>
      express()
        .use(expressGate(resourceServer))
        .all('/mcp', (_request, response) => void response.json(ANSWER)),
  ],
  [
    'Fastify',
    async (resourceServer) => {
      const app = fastify()
      await app.register(fastifyGate, { resourceServer })
      app.all('/mcp', async () => ANSWER)
      await app.ready()
      return (request, response) => app.routing(request, response)
    },
  ],
  [
    'Hono',
    async (resourceServer) => {
      const app = new Hono<ResourceServerEnv>()
      app.use(honoGate(resourceServer))
      app.all('/mcp', (c) => c.json(ANSWER))
      return getRequestListener(app.fetch)
    },
  ],
  [
    'Node',
    async (resourceServer) =>
      nodeGate(resourceServer, (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(ANSWER))
      }),
  ],
  [
    'fetch',
    async (resourceServer) => {
      const gate = fetchGate(resourceServer, () => Response.json(ANSWER))
      return getRequestListener((request) => gate(request))
    },
  ],
]

interface Protected {
  readonly url: string
  readonly issuer: TestIssuer
}

/** A server of this package behind one of its adapters, with the testing kit's issuer. */
async function start(
  adapter: Start,
  options: Partial<ResourceServerOptions> = {},
): Promise<Protected> {
  const server = createServer()
  const { origin } = await listenDuringTest(server)
  const url = `${origin}/mcp`
  const issuer = await startTestIssuer({ resource: url, scopes: ['mcp:tools'] })
  onTestFinished(() => issuer[Symbol.asyncDispose]())
  const resourceServer = issuer.resourceServer({ requiredScopes: ['mcp:tools'], ...options })
  server.on('request', await adapter(resourceServer))
  return { url, issuer }
}

const [, onNode] = ADAPTERS[3] as (typeof ADAPTERS)[number]

describe('doctor on servers of this package', () => {
  it.each(ADAPTERS)('finds nothing wrong behind the gate for %s', async (_name, adapter) => {
    const { url, issuer } = await start(adapter)
    const MCP_TOKEN = await issuer.token()
    const run = await runDoctor(url, [], { environment: { MCP_TOKEN } })
    expect(run.wrong).toEqual([])
    expect(run.code).toBe(0)
  })

  it.each<[string, Partial<ResourceServerOptions>, string[]?]>([
    ['without scopes', { requiredScopes: [] }],
    ['with DPoP off', { dpop: 'off' }],
    ['with every origin allowed', { allowedOrigins: '*' }],
    [
      'for pages of one origin',
      { allowedOrigins: ['https://app.example'] },
      ['--origin', 'https://app.example'],
    ],
    ['with DPoP required', { dpop: 'required' }],
  ])('finds nothing wrong %s', async (_what, options, flags = []) => {
    const { url } = await start(onNode, options)
    const { wrong } = await runDoctor(url, flags)
    // What the authorization server of the test says of pages and of DPoP is not the server's.
    const others = ['ISSUER_METADATA_HIDDEN', 'DPOP_NOT_ISSUED']
    expect(wrong.filter((code) => !others.includes(code))).toEqual([])
  })

  it('names a token that is for another server, and one that lives long (S1.2)', async () => {
    const { url, issuer } = await start(onNode)
    const refused = async (options: Parameters<TestIssuer['token']>[0]) => {
      const MCP_TOKEN = await issuer.token(options)
      return (await runDoctor(url, [], { environment: { MCP_TOKEN } })).wrong
    }
    expect(await refused({ audience: 'https://other.example/mcp' })).toEqual([
      'GIVEN_TOKEN_REFUSED',
    ])
    expect(await refused({ scopes: ['other'] })).toEqual(['GIVEN_TOKEN_LACKS_SCOPE'])
    expect(await refused({ expiresIn: 86_400 })).toEqual(['GIVEN_TOKEN_LIVES_LONG'])
  })

  it('says only once, from inside, that a token lives long (S1.2)', async () => {
    const { url, issuer } = await start(onNode)
    const MCP_TOKEN = await issuer.token({ expiresIn: 86_400 })
    const flags = ['--issuer', issuer.issuer]
    const { wrong } = await runDoctor(url, flags, { environment: { MCP_TOKEN } })
    expect(wrong).toEqual(['TOKEN_LIVES_LONG'])
  })

  it('names an authorization server that is away', async () => {
    const { url, issuer } = await start(onNode)
    await issuer[Symbol.asyncDispose]()
    const { wrong } = await runDoctor(url)
    expect(wrong).toEqual(['AUTHORIZATION_SERVER_UNREACHABLE', 'TOKENS_NOT_CHECKED_NOW'])
  })
})
