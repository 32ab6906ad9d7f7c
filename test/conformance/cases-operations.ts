import assert from 'node:assert/strict'
import { ask } from './client.ts'
import type { Case } from './driver.ts'
import {
  assertChallenged,
  assertReached,
  assertRefused,
  bearer,
  issuerNow,
  oneServer,
  oneServerWith,
  post,
  reached,
  start,
  toolCall,
} from './expectations.ts'

/** Which tools and resources there are, and for whom. */
export const OPERATIONS = {
  tools: {
    read: 'allow',
    grüße: 'allow',
    write: { scopes: ['data:write'] },
    share: { scopes: ['data:share'] },
    erase: { roles: ['steward'] },
    retired: 'deny',
  },
  resources: { 'docs:///public/{+path}': 'allow' },
} as const

/** One server with this policy. */
export const withPolicy = oneServerWith({ policy: OPERATIONS })

const DENIED = { code: 403 } as const

/** Scopes and rights of single operations, judged by the body. */
export const operationCases: readonly Case[] = [
  withPolicy(
    'S1.6: an allowed call reaches the handler, with its body as it was sent',
    async ({ server, token }) => {
      const lengths = [0, 1, 1000, 16_384, 65_536, 1_000_000, 3_500_000]
      const plain = lengths.map((length) => 'x'.repeat(length))
      // One, two, three and four bytes long, so that some lie across the end of a piece.
      const texts = [...plain, 'aä€😀'.repeat(5), 'aä€😀'.repeat(50_000)]
      for (const sent of ['whole', 'in pieces'] as const) {
        for (const text of texts) {
          const message = toolCall('read', 1, { text })
          const told = assertReached(await ask(server, post(token, message, { sent })))
          const what = `${text.length} characters ${sent}`
          assert.equal(JSON.stringify(told.body), JSON.stringify(message), what)
          assert.equal(told.method, 'POST')
        }
      }
      assert.equal(await reached(server), 2 * texts.length)
    },
  ),
  withPolicy('S1.6: many calls at once keep their bodies apart', async ({ server, token }) => {
    const messages = Array.from({ length: 50 }, (_, id) =>
      toolCall('read', id, { text: String(id).repeat(5000) }),
    )
    const replies = await Promise.all(
      messages.map((message, at) => {
        const sent = at % 2 === 0 ? 'whole' : 'in pieces'
        return ask(server, post(token, message, { sent }))
      }),
    )
    assert.deepEqual(
      replies.map((reply) => assertReached(reply).body),
      messages,
    )
  }),
  oneServer('S1.6: without a policy every body reaches the handler', async ({ server, token }) => {
    for (const message of [toolCall('retired'), { no: 'message' }]) {
      const reply = await ask(server, post(token, message))
      assert.deepEqual(assertReached(reply).body, message)
    }
  }),
  withPolicy(
    'MCP-9, MCP-10: 403 names the scopes of the call beside those of every request',
    async ({ issuer, server }) => {
      const call = post(await issuer.token(), toolCall('write'))
      const both = 'mcp:tools data:write'
      assertChallenged(await ask(server, call), 403, 'insufficient_scope', 'write', both)
      assert.equal(await reached(server), 0)
      const rich = await issuer.token({ scope: both })
      assertReached(await ask(server, post(rich, toolCall('write'))))
    },
  ),
  withPolicy(
    'MCP-10: a batch of which one call lacks a scope gets one challenge that names all',
    async ({ issuer, server }) => {
      const batch = [toolCall('read', 1), toolCall('write', 2), toolCall('share', 3)]
      const all = 'mcp:tools data:write data:share'
      const poor = await issuer.token({ scope: 'mcp:tools data:write' })
      const reply = await ask(server, post(poor, batch))
      assertChallenged(reply, 403, 'insufficient_scope', 'batch', all)
      assert.equal(await reached(server), 0)
      const rich = await issuer.token({ scope: all })
      assert.deepEqual(assertReached(await ask(server, post(rich, batch))).body, batch)
    },
  ),
  oneServerWith({ policy: OPERATIONS, scopeHierarchy: { 'mcp:all': ['mcp:tools', 'data:write'] } })(
    'MCP-11: a scope counts for the scopes that it includes',
    async ({ issuer, server }) => {
      const token = await issuer.token({ scope: 'mcp:all' })
      assertReached(await ask(server, post(token, toolCall('write'))))
      const reply = await ask(server, post(token, toolCall('share')))
      assertChallenged(reply, 403, 'insufficient_scope', 'share', 'mcp:tools data:share')
    },
  ),
  withPolicy(
    'S1.6, MCP-24: 403 without a challenge when no scope would help',
    async ({ issuer, server, token }) => {
      const denied = async (message: unknown, id: string | number | null) => {
        const what = JSON.stringify(message)
        const reply = await ask(server, post(token, message))
        assertRefused(reply, 403, 'denied', { ...DENIED, id, what })
      }
      await denied(toolCall('erase', 7), 7)
      await denied(toolCall('retired', 'seven'), 'seven')
      await denied(toolCall('never-heard-of', 0), 0)
      const uri = 'docs:///public/../secret'
      await denied({ jsonrpc: '2.0', id: 9, method: 'resources/read', params: { uri } }, 9)
      await denied([toolCall('read', 1), toolCall('erase', 2)], null)
      assert.equal(await reached(server), 0)
      const steward = await issuer.token({ roles: ['steward'] })
      assertReached(await ask(server, post(steward, toolCall('erase'))))
    },
  ),
  withPolicy(
    'S1.6: initialize, ping, lists and notifications need no rule',
    async ({ server, token }) => {
      for (const message of [
        { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} },
        { jsonrpc: '2.0', method: 'notifications/initialized' },
        { jsonrpc: '2.0', id: 1, method: 'ping' },
        { jsonrpc: '2.0', id: 1, method: 'tools/list' },
        { jsonrpc: '2.0', id: 1, result: {} },
      ]) {
        assert.deepEqual(assertReached(await ask(server, post(token, message))).body, message)
      }
      for (const method of ['GET', 'DELETE']) {
        const reply = await ask(server, { ...bearer(token), method })
        assert.equal(assertReached(reply).method, method)
      }
    },
  ),
  withPolicy(
    'S1.6: the policy does not apply on a route with `policy: false`',
    async ({ issuer, server, token }) => {
      for (const message of [toolCall('erase'), { no: 'message' }]) {
        const reply = await ask(server, post(token, message, { path: '/api' }))
        assert.deepEqual(assertReached(reply).body, message)
      }
      const other = await issuer.token({ scope: 'mcp:other' })
      const reply = await ask(server, post(other, toolCall('read'), { path: '/api' }))
      assertChallenged(reply, 403, 'insufficient_scope')
    },
  ),
  withPolicy(
    'S1.6: the policy applies to every method that may have a body',
    async ({ server, token }) => {
      for (const method of ['POST', 'PUT', 'PATCH']) {
        const reply = await ask(server, post(token, toolCall('erase', method), { method }))
        assertRefused(reply, 403, 'denied', { ...DENIED, id: method, what: method })
      }
      assert.equal(await reached(server), 0)
    },
  ),
  withPolicy('S1.13: the event names the operations of a request', async ({ server, token }) => {
    await ask(server, post(token, [toolCall('read'), { jsonrpc: '2.0', id: 2, method: 'ping' }]))
    await ask(server, post(token, toolCall('erase')))
    const told = await server.events('mcp-resource-server:decision')
    assert.deepEqual(
      told.map(({ outcome, reason, operations }) => ({ outcome, reason, operations })),
      [
        { outcome: 'allowed', operations: ['tools/call "read"', 'ping'] },
        { outcome: 'refused', reason: 'operation_denied', operations: ['tools/call "erase"'] },
      ].map((event) => ({ reason: undefined, ...event })),
    )
  }),
  {
    name: 'S1.6: behind a body parser the policy checks the parsed body',
    parsesFirst: true,
    async run(driver) {
      await using issuer = await issuerNow()
      const server = await start(driver, issuer, { policy: OPERATIONS, bodyParserFirst: true })
      const token = await issuer.token()
      for (const sent of ['whole', 'in pieces'] as const) {
        const message = toolCall('read', 1, { text: 'aä€😀'.repeat(5000) })
        const told = assertReached(await ask(server, post(token, message, { sent })))
        assert.deepEqual(told.body, message)
        const denied = await ask(server, post(token, toolCall('erase', 2), { sent }))
        assertRefused(denied, 403, 'denied', { ...DENIED, id: 2 })
        const poor = await ask(server, post(token, toolCall('write'), { sent }))
        assertChallenged(poor, 403, 'insufficient_scope', sent, 'mcp:tools data:write')
        const none = await ask(server, post(token, { no: 'message' }, { sent }))
        assertRefused(none, 400, 'malformed', { code: -32600 })
      }
      assert.equal(await reached(server), 2)
    },
  },
]
