import { createServer, type RequestListener } from 'node:http'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { expressGate } from '../../../src/adapters/express.ts'
import { fastifyGate } from '../../../src/adapters/fastify.ts'
import { fetchGate } from '../../../src/adapters/fetch.ts'
import { honoGate } from '../../../src/adapters/hono.ts'
import { nodeGate } from '../../../src/adapters/node.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { listenOnLoopback } from '../../support/loopback.ts'
import { RESOURCE } from '../../support/tokens.ts'
import { good, guarded } from './mcp-callers.ts'

const headers = { authorization: `Bearer ${good}` }
const { pathname } = new URL(RESOURCE)

async function statusOf(listener: RequestListener): Promise<number> {
  const { origin, close } = await listenOnLoopback(createServer(listener))
  try {
    return (await fetch(origin + pathname, { headers })).status
  } finally {
    await close()
  }
}

const CALLS: Readonly<Record<string, (server: ResourceServer) => Promise<number>>> = {
  nodeGate: (server) => statusOf(nodeGate(server, (_request, response) => response.end())),
  expressGate: (server) =>
    statusOf(express().use(expressGate(server), (_request, response) => void response.end())),
  async fastifyGate(resourceServer) {
    const app = fastify()
    app.register(fastifyGate, { resourceServer })
    app.get(pathname, async () => 'hello')
    await app.ready()
    return statusOf((request, response) => app.routing(request, response))
  },
  fetchGate: async (server) =>
    (await fetchGate(server, () => new Response())(new Request(RESOURCE, { headers }))).status,
  honoGate: async (server) =>
    (
      await new Hono()
        .use(honoGate(server))
        .get(pathname, (c) => c.text('hello'))
        .request(RESOURCE, { headers })
    ).status,
}

/** As `zone.js` does: the promise of an async function is no instance of the global `Promise`. */
describe('where a library has replaced the global Promise', () => {
  beforeEach(() => vi.stubGlobal('Promise', class extends Promise<unknown> {}))
  afterEach(() => vi.unstubAllGlobals())

  it.each(Object.entries(CALLS))(
    '%s waits for the verification of a token',
    async (_name, call) => {
      expect((async () => {})() instanceof Promise).toBe(false)
      expect(await call(guarded())).toBe(200)
    },
  )

  it('verify() waits for the verification of a token', async () => {
    expect((await guarded().verify(good)).subject).toBe('alice')
  })
})
