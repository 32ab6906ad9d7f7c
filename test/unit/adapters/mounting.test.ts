/** A whole gate that is mounted where it never hears of requests for the documents. */

import { createServer, type RequestListener } from 'node:http'
import express5 from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import {
  type ExpressHandler,
  expressEndpoints,
  expressGate,
  expressGuard,
} from '../../../src/adapters/express.ts'
import { fastifyEndpoints, fastifyGate } from '../../../src/adapters/fastify.ts'
import {
  honoEndpoints,
  honoGate,
  honoGuard,
  type ResourceServerEnv,
} from '../../../src/adapters/hono.ts'
import { listenDuringTest } from '../../support/loopback.ts'
import { METADATA_URL, testResourceServer } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'
import { DOCUMENT } from './mcp-callers.ts'

const warnings = collectWarnings()

/** The statuses of requests without a token, for the MCP endpoint and for the document. */
async function statusesOf(app: RequestListener): Promise<[number, number]> {
  const { origin } = await listenDuringTest(createServer(app))
  const status = async (path: string) => (await fetch(origin + path)).status
  return [await status('/mcp'), await status(DOCUMENT)]
}

interface ExpressApp extends RequestListener {
  use(...handlers: unknown[]): ExpressApp
  all(...handlers: unknown[]): ExpressApp
}
type MakeExpress = (() => ExpressApp) & { Router(): ExpressApp }

const pass: ExpressHandler = async (_request, _response, next) => next()

describe.each([
  ['Express 4', express4 as unknown as MakeExpress],
  ['Express 5', express5 as unknown as MakeExpress],
])('%s: a gate', (_name, express) => {
  it.each<[string, (gate: ExpressHandler) => ExpressApp]>([
    ['at a path', (gate) => express().use('/mcp', gate)],
    ['in a router at a path', (gate) => express().use('/mcp', express.Router().use(gate))],
    ['in an application at a path', (gate) => express().use('/mcp', express().use(gate))],
    ['on a route', (gate) => express().all('/mcp', gate)],
    ['on a route of a router', (gate) => express().use('/', express.Router().all('/mcp', gate))],
  ])('%s answers 503 and tells its operator the fix, once', async (_where, app) => {
    const server = testResourceServer()
    const mounted = app(expressGate(server))
    expect(await statusesOf(mounted)).toEqual([503, 404])
    await statusesOf(mounted)
    expect(warnings.map(([, code]) => code)).toEqual(['MCP_GATE_BELOW_A_PATH'])
    expect(warnings[0]?.[0]).toContain(
      `mounted at /mcp, the gate never sees requests for ${METADATA_URL}`,
    )
    expect(warnings[0]?.[0]).toContain('app.use(expressGate(resourceServer))')
  })

  it.each<[string, (gate: ExpressHandler, server: Server) => ExpressApp]>([
    ['at the root', (gate) => express().use(gate)],
    ['at the root, behind an open route', (gate) => express().all('/mcp', pass).use(gate)],
    [
      'on a path beside the documents',
      (gate, server) => express().use(expressEndpoints(server)).use('/mcp', gate),
    ],
    ['on a path of the document as well', (gate) => express().use('/.well-known', gate).use(gate)],
    [
      'behind one at the root',
      (gate, server) => express().use(expressGate(server)).use('/mcp', gate),
    ],
  ])('%s is in its place', async (_where, app) => {
    const server = testResourceServer()
    expect(await statusesOf(app(expressGate(server), server))).toEqual([401, 200])
    expect(warnings).toEqual([])
  })

  it('for single routes is in its place everywhere', async () => {
    const guard = expressGuard(testResourceServer())
    expect(await statusesOf(express().use('/mcp', guard))).toEqual([401, 404])
    expect(warnings).toEqual([])
  })
})

type Server = ReturnType<typeof testResourceServer>

type HonoApp = Hono<ResourceServerEnv>
const makeHono = (): HonoApp => new Hono<ResourceServerEnv>()

describe('Hono: a gate', () => {
  const statuses = async (app: HonoApp): Promise<number[]> => [
    (await app.request('/mcp')).status,
    (await app.request(DOCUMENT)).status,
  ]

  it.each<[string, (server: Server) => HonoApp]>([
    ['at a path', (server) => makeHono().use('/mcp', honoGate(server))],
    ['at a path and below', (server) => makeHono().use('/mcp/*', honoGate(server))],
    ['with a base path', (server) => makeHono().basePath('/mcp').use(honoGate(server))],
    [
      'in an application at a path',
      (server) => makeHono().route('/mcp', makeHono().use(honoGate(server))),
    ],
  ])('%s answers 503 and tells its operator the fix, once', async (_where, app) => {
    const made = app(testResourceServer())
    expect(await statuses(made)).toEqual([503, 404])
    await statuses(made)
    expect(warnings.map(([, code]) => code)).toEqual(['MCP_GATE_BELOW_A_PATH'])
    expect(warnings[0]?.[0]).toContain('app.use(honoGate(resourceServer))')
  })

  it.each<[string, (server: Server) => HonoApp]>([
    ['at the root', (server) => makeHono().use(honoGate(server))],
    ['at every path', (server) => makeHono().use('/*', honoGate(server))],
    [
      'on a path beside the documents',
      (server) => makeHono().use(honoEndpoints(server)).use('/mcp/*', honoGate(server)),
    ],
    [
      'of single routes',
      (server) => makeHono().use(honoEndpoints(server)).use('/mcp/*', honoGuard(server)),
    ],
    [
      'on the paths of both',
      (server) => makeHono().use('/.well-known/*', honoGate(server)).use('/:any', honoGate(server)),
    ],
  ])('%s is in its place', async (_where, app) => {
    expect(await statuses(app(testResourceServer()))).toEqual([401, 200])
    expect(warnings).toEqual([])
  })
})

describe('Fastify: a gate', () => {
  const below = (resourceServer: Server, documents: 'before' | 'after' | 'below' | 'nowhere') => {
    const app = fastify()
    if (documents === 'before') app.register(fastifyEndpoints, { resourceServer })
    app.register(
      async (scope) => {
        if (documents === 'below') scope.register(fastifyEndpoints, { resourceServer })
        scope.register(fastifyGate, { resourceServer })
        scope.get('/', async () => 'reached')
      },
      { prefix: '/mcp' },
    )
    if (documents === 'after') app.register(fastifyEndpoints, { resourceServer })
    return app
  }

  it.each(['nowhere', 'below'] as const)(
    'below a prefix does not start where the documents are %s',
    async (documents) => {
      const app = below(testResourceServer(), documents)
      await expect(app.ready()).rejects.toThrow(
        `fastifyGate: mounted at /mcp, the gate never sees requests for ${METADATA_URL}`,
      )
      await expect(below(testResourceServer(), documents).ready()).rejects.toThrow(
        'register fastifyEndpoints, with its resourceServer, on the root',
      )
    },
  )

  it.each(['before', 'after'] as const)(
    'below a prefix starts where the documents are on the root, registered %s it',
    async (documents) => {
      const app = below(testResourceServer(), documents)
      expect((await app.inject('/mcp')).statusCode).toBe(401)
      expect((await app.inject(DOCUMENT)).statusCode).toBe(200)
    },
  )

  it('in a scope without a prefix is in its place', async () => {
    const resourceServer = testResourceServer()
    const app = fastify()
    app.register(async (scope) => {
      scope.register(fastifyGate, { resourceServer })
      scope.get('/mcp', async () => 'reached')
    })
    expect((await app.inject('/mcp')).statusCode).toBe(401)
    expect((await app.inject(DOCUMENT)).statusCode).toBe(200)
  })
})
