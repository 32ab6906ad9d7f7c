import assert from 'node:assert/strict'
import { OPERATIONS } from './cases-operations.ts'
import { type Asked, ask, type Reply } from './client.ts'
import type { Case } from './driver.ts'
import {
  assertChallenged,
  assertReached,
  assertRefused,
  bearer,
  oneServer,
  oneServerWith,
  post,
  reached,
  toolCall,
} from './expectations.ts'

const APP = 'https://app.example.com'
const OWN = 'https://mcp.example.com'
const FOREIGN = 'https://evil.example.com'
/** What a script has to read of a handler's answer. */
const EXPOSED = ['Mcp-Session-Id', 'Mcp-Protocol-Version', 'WWW-Authenticate']

const from = (origin: string | readonly string[]): Asked => ({ headers: { origin } })

const preflight = (origin: string, headers: string): Asked => ({
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': headers,
  },
})

const list = (value: string | string[] | undefined): string[] =>
  [value ?? []].flat().flatMap((text) => text.split(',').map((word) => word.trim()))

/** A page of this origin may read the answer; a cache keeps it apart from those for others. */
function assertShared(
  { headers }: Reply,
  origin: string,
  what?: string,
  names: readonly string[] = EXPOSED,
): void {
  assert.equal(headers['access-control-allow-origin'], origin, what)
  assert.equal(headers['access-control-allow-credentials'], undefined, what)
  const exposed = list(headers['access-control-expose-headers'])
  for (const name of names) assert.ok(exposed.includes(name), `${what}: ${name} in ${exposed}`)
  if (origin !== '*') assert.ok(list(headers.vary).includes('Origin'), `${what}: ${headers.vary}`)
}

function assertForeign(reply: Reply, what?: string): void {
  assertRefused(reply, 403, 'origin', { code: 403, ...(what === undefined ? {} : { what }) })
  assert.equal(reply.headers['access-control-allow-origin'], undefined, what)
}

/** Pages that call, and what their browsers ask and demand. */
export const browserCases: readonly Case[] = [
  oneServerWith({ allowedOrigins: [APP], policy: OPERATIONS })(
    'MCP-19: the preflight of an allowed origin is 204, without a token',
    async ({ server }) => {
      const asked = 'authorization, content-type, mcp-param-region'
      for (const path of ['/mcp', '/api', '/admin']) {
        const reply = await ask(server, { ...preflight(APP, asked), path })
        assert.deepEqual([reply.status, reply.body], [204, ''])
        assertShared(reply, APP, path)
        assert.deepEqual(list(reply.headers['access-control-allow-headers']), list(asked))
        const methods = list(reply.headers['access-control-allow-methods'])
        assert.deepEqual(methods.sort(), ['DELETE', 'GET', 'POST'])
      }
      assert.equal(await reached(server), 0)
    },
  ),
  oneServerWith({ allowedOrigins: [APP] })(
    'MCP-19: the preflight of a foreign origin is 403',
    async ({ server }) => {
      assertForeign(await ask(server, preflight(FOREIGN, 'authorization')))
      assert.equal(await reached(server), 0)
    },
  ),
  oneServerWith({ allowedOrigins: [APP], policy: OPERATIONS })(
    'MCP-19: a foreign origin is 403 and no OAuth answer, with a good token and without',
    async ({ issuer, server, token }) => {
      for (const origin of [
        FOREIGN,
        'null',
        '',
        'https://app.example.com.evil.example.com',
        'https://app.example.com:8443',
        'http://app.example.com',
        'https://APP.example.com',
        [APP, FOREIGN],
        [FOREIGN, APP],
      ]) {
        const what = String(origin)
        assertForeign(await ask(server, post(token, toolCall('read'), from(origin))), what)
        assertForeign(await ask(server, from(origin)), what)
        assertForeign(await ask(server, { ...bearer('garbage'), ...from(origin) }), what)
      }
      assert.equal(await reached(server), 0)
      assert.equal(issuer.server.count(), 0)
    },
  ),
  oneServerWith({ allowedOrigins: [APP], policy: OPERATIONS })(
    'RFC9728-6: an allowed origin may read every answer',
    async ({ server, token }) => {
      const ok = await ask(server, post(token, toolCall('read'), from(APP)))
      assertReached(ok)
      assertShared(ok, APP, '200')
      const none = await ask(server, from(APP))
      assertChallenged(none, 401, 'none')
      assertShared(none, APP, '401', ['WWW-Authenticate'])
      const poor = await ask(server, post(token, toolCall('write'), from(APP)))
      assertChallenged(poor, 403, 'insufficient_scope', 'write', 'mcp:tools data:write')
      assertShared(poor, APP, '403 with a challenge', ['WWW-Authenticate'])
      const denied = await ask(server, post(token, toolCall('erase'), from(APP)))
      assertRefused(denied, 403, 'denied', { code: 403, id: 1 })
      assertShared(denied, APP, '403 without one')
    },
  ),
  oneServerWith({ allowedOrigins: [APP] })(
    'RFC9728-6: the handler’s own Vary and exposed headers are kept',
    async ({ server, token }) => {
      const headers = { Vary: 'Accept', 'Access-Control-Expose-Headers': 'X-Own' }
      for (const head of ['object', 'list', 'set'] as const) {
        const reply = await ask(server, {
          ...bearer(token),
          ...from(APP),
          answer: { headers, head },
        })
        assertReached(reply)
        assertShared(reply, APP, head)
        assert.ok(list(reply.headers.vary).includes('Accept'), head)
        assert.ok(list(reply.headers['access-control-expose-headers']).includes('X-Own'), head)
      }
    },
  ),
  oneServerWith({ allowedOrigins: '*' })(
    'MCP-19: `*` lets every origin in, and needs no Vary',
    async ({ server, token }) => {
      for (const origin of [APP, FOREIGN, 'null']) {
        const reply = await ask(server, { ...bearer(token), ...from(origin) })
        assertReached(reply)
        assertShared(reply, '*', origin)
        const asked = await ask(server, preflight(origin, 'authorization'))
        assert.equal(asked.status, 204)
        assertShared(asked, '*', origin)
      }
    },
  ),
  oneServer(
    'MCP-19: by default only the resource’s own origin and requests without Origin are allowed',
    async ({ server, token }) => {
      const own = await ask(server, { ...bearer(token), ...from(OWN) })
      assertReached(own)
      assertShared(own, OWN)
      const none = await ask(server, bearer(token))
      assertReached(none)
      assert.equal(none.headers['access-control-allow-origin'], undefined)
      for (const origin of [APP, FOREIGN, new URL(server.origin).origin]) {
        assertForeign(await ask(server, { ...bearer(token), ...from(origin) }), origin)
      }
    },
  ),
]
