import assert from 'node:assert/strict'
import { withPolicy } from './cases-operations.ts'
import { type Asked, ask } from './client.ts'
import type { Case } from './driver.ts'
import {
  assertChallenged,
  assertReached,
  assertRefused,
  post,
  reached,
  toolCall,
} from './expectations.ts'

const MODERN = '2026-07-28'
const VERSION = 'io.modelcontextprotocol/protocolVersion'

type Fields = NonNullable<Asked['headers']>

/** The headers that repeat a call of `read`. */
const MIRRORED: Fields = {
  'mcp-protocol-version': MODERN,
  'mcp-method': 'tools/call',
  'mcp-name': 'read',
}

const sentinel = (text: string | Uint8Array): string =>
  `=?base64?${Buffer.from(text).toString('base64')}?=`

/** A call that says its revision in the body, as revision 2026-07-28 wants it. */
const modernCall = (name: string, id: string | number = 1, version = MODERN) => {
  const call = toolCall(name, id)
  return { ...call, params: { ...call.params, _meta: { [VERSION]: version } } }
}

/** The headers of revision 2026-07-28 that repeat what the body says. */
export const revisionCases: readonly Case[] = [
  withPolicy(
    'MCP-23: 2026-07-28 with headers that say what the body says',
    async ({ server, token }) => {
      for (const message of [toolCall('read'), modernCall('read')]) {
        const reply = await ask(server, post(token, message, { headers: MIRRORED }))
        assert.deepEqual(assertReached(reply).body, message)
      }
      const headers = { 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/list' }
      const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
      assertReached(await ask(server, post(token, list, { headers })))
    },
  ),
  withPolicy(
    'MCP-23: 400 where a header says something else, with the id of the request',
    async ({ server, token }) => {
      const cases: [string, Fields][] = [
        ['another method', { 'mcp-method': 'tools/list' }],
        ['a method in capitals', { 'mcp-method': 'TOOLS/CALL' }],
        ['another name', { 'mcp-name': 'write' }],
        ['a name in capitals', { 'mcp-name': 'READ' }],
        ['an empty name', { 'mcp-name': '' }],
        ['a later revision', { 'mcp-protocol-version': '2099-01-01' }],
        ['an earlier revision', { 'mcp-protocol-version': '2025-11-25' }],
        ['no revision at all', { 'mcp-protocol-version': 'latest' }],
      ]
      for (const [what, changed] of cases) {
        for (const id of [42, 'forty-two']) {
          const headers = { ...MIRRORED, ...changed }
          const reply = await ask(server, post(token, modernCall('read', id), { headers }))
          assertRefused(reply, 400, 'mismatch', { code: -32020, id, what })
        }
      }
      assert.equal(await reached(server), 0)
    },
  ),
  withPolicy('MCP-23: 400 where a header is absent', async ({ server, token }) => {
    for (const what of Object.keys(MIRRORED)) {
      const headers = { ...MIRRORED, [what]: undefined }
      const reply = await ask(server, post(token, modernCall('read'), { headers }))
      assertRefused(reply, 400, 'mismatch', { code: -32020, id: 1, what })
    }
    const reply = await ask(server, post(token, modernCall('read')))
    assertRefused(reply, 400, 'mismatch', { code: -32020, id: 1, what: 'all' })
    assert.equal(await reached(server), 0)
  }),
  withPolicy(
    'MCP-23: 400 where a header is repeated, be it with the same value',
    async ({ server, token }) => {
      for (const what of Object.keys(MIRRORED)) {
        const value = String(MIRRORED[what])
        for (const values of [
          [value, value],
          [value, 'other'],
          ['other', value],
        ]) {
          const headers = { ...MIRRORED, [what]: values }
          const reply = await ask(server, post(token, modernCall('read'), { headers }))
          assertRefused(reply, 400, 'mismatch', { code: -32020, id: 1, what: `${what} ${values}` })
        }
      }
      assert.equal(await reached(server), 0)
    },
  ),
  withPolicy('MCP-23: names that no header can hold come in Base64', async ({ server, token }) => {
    const named = (value: string) =>
      ask(server, post(token, modernCall('grüße'), { headers: { ...MIRRORED, 'mcp-name': value } }))
    assertReached(await named(sentinel('grüße')))
    const bad = {
      'of another name': sentinel('read'),
      'bytes that are no UTF-8': sentinel(Buffer.from('grüße', 'latin1')),
      'with a byte order mark': sentinel('\ufeffgrüße'),
      'without padding': sentinel('grüße').replace(/=+\?=$/, '?='),
      'in Base64 for URLs': `=?base64?${Buffer.from('grüße').toString('base64url')}?=`,
      'no Base64': '=?base64?gr**e?=',
      'in capitals': sentinel('grüße').replace('base64', 'BASE64'),
      'Latin-1 as it is': Buffer.from('grüße', 'latin1').toString('latin1'),
      'UTF-8 as it is': Buffer.from('grüße').toString('latin1'),
    }
    for (const [what, value] of Object.entries(bad)) {
      assertRefused(await named(value), 400, 'mismatch', { code: -32020, id: 1, what })
    }
    assert.equal(await reached(server), 1)
  }),
  withPolicy(
    'MCP-23: when headers and body agree, the policy checks the body',
    async ({ server, token }) => {
      const headers = { ...MIRRORED, 'mcp-name': 'write' }
      const reply = await ask(server, post(token, modernCall('write'), { headers }))
      assertChallenged(reply, 403, 'insufficient_scope', 'write', 'mcp:tools data:write')
      const erase = { ...MIRRORED, 'mcp-name': 'erase' }
      const denied = await ask(server, post(token, modernCall('erase', 3), { headers: erase }))
      assertRefused(denied, 403, 'denied', { code: 403, id: 3 })
      assert.equal(await reached(server), 0)
    },
  ),
  withPolicy(
    'MCP-23: on older revisions the policy checks the body, whatever the headers say',
    async ({ server, token }) => {
      for (const version of ['2025-11-25', '2025-06-18', undefined]) {
        const headers = { ...MIRRORED, 'mcp-protocol-version': version }
        const lied = await ask(server, post(token, toolCall('write'), { headers }))
        assertChallenged(lied, 403, 'insufficient_scope', 'write', 'mcp:tools data:write')
        const other = { ...headers, 'mcp-name': 'write' }
        assertReached(await ask(server, post(token, toolCall('read'), { headers: other })))
      }
    },
  ),
  withPolicy(
    'S1.6, MCP-24: a method or resource that does not exist is answered as the SDK does',
    async ({ server, token }) => {
      const told = async (method: string, params: object, modern: boolean) => {
        const { _meta } = modernCall('read').params
        const message = {
          jsonrpc: '2.0',
          id: 1,
          method,
          params: modern ? { ...params, _meta } : params,
        }
        const { uri } = params as { uri?: string }
        const mirrored = { ...MIRRORED, 'mcp-method': method, 'mcp-name': uri }
        const reply = await ask(server, post(token, message, { headers: modern ? mirrored : {} }))
        const { error } = JSON.parse(reply.body)
        return [reply.status, error]
      }
      const noMethod = { code: -32601, message: 'Method not found' }
      for (const method of ['vendor/x', 'tasks/list', 'resources/subscribe']) {
        assert.deepEqual(await told(method, {}, true), [404, noMethod], method)
      }
      assert.deepEqual(await told('vendor/x', {}, false), [200, noMethod])
      for (const uri of ['docs:///private', 'docs:///public/../private']) {
        const error = { code: -32602, message: `Resource not found: ${uri}`, data: { uri } }
        assert.deepEqual(await told('resources/read', { uri }, true), [200, error], uri)
        const [status] = await told('resources/read', { uri }, false)
        assert.equal(status, 403)
      }
      assert.equal(await reached(server), 0)
    },
  ),
  withPolicy('MCP-23: 2026-07-28 has no batches', async ({ server, token }) => {
    const batches: [unknown[], Fields][] = [
      [[toolCall('read')], MIRRORED],
      [[modernCall('read')], {}],
      [[toolCall('read'), modernCall('read')], {}],
    ]
    for (const [batch, headers] of batches) {
      const reply = await ask(server, post(token, batch, { headers }))
      assertRefused(reply, 400, 'malformed', { code: -32600 })
    }
    assert.equal(await reached(server), 0)
  }),
]
