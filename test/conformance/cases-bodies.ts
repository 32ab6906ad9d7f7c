import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { OPERATIONS, withPolicy } from './cases-operations.ts'
import { type Asked, ask } from './client.ts'
import type { Case } from './driver.ts'
import {
  assertChallenged,
  assertReached,
  assertRefused,
  bearer,
  oneServerWith,
  post,
  reached,
  toolCall,
} from './expectations.ts'

const MEGABYTE = 1024 * 1024
const CALL = JSON.stringify(toolCall('read'))

const type = (value: string | readonly string[] | undefined): Asked => ({
  headers: { 'content-type': value },
})

/** Bodies that the policy cannot judge, and when they are read at all. */
export const bodyCases: readonly Case[] = [
  withPolicy(
    'MCP-13: a bad token with a bad body is 401, whatever the body',
    async ({ server }) => {
      const bodies = ['not JSON', '', CALL, 'x'.repeat(10 * MEGABYTE)]
      for (const body of bodies) {
        const what = `${body.length} bytes`
        const reply = await ask(server, { ...bearer('garbage'), body })
        assertChallenged(reply, 401, 'invalid_token', what)
        assertChallenged(await ask(server, { body }), 401, 'none', what)
      }
      assert.equal(await reached(server), 0)
    },
  ),
  withPolicy(
    'MCP-13: no body is waited for before the token is known to be good',
    async ({ server }) => {
      const kept = { body: CALL, sent: 'kept back' } as const
      assertChallenged(await ask(server, kept), 401, 'none')
      const bad = await ask(server, { ...bearer('garbage'), ...kept })
      assertChallenged(bad, 401, 'invalid_token')
      assert.equal(await reached(server), 0)
    },
  ),
  withPolicy(
    'S1.6: 413 for a body over the limit, with and without Content-Length',
    async ({ server, token }) => {
      const message = toolCall('read', 1, { text: 'x'.repeat(10 * MEGABYTE) })
      for (const what of ['whole', 'in pieces', 'kept back'] as const) {
        // One that never ends could not be told from one that is late.
        const reply = await ask(server, post(token, message, { sent: what }))
        assertRefused(reply, 413, 'tooLarge', { code: -32600, what })
      }
      assert.equal(await reached(server), 0)
      // The server is as well as before.
      assertReached(await ask(server, post(token, CALL)))
    },
  ),
  oneServerWith({ policy: { ...OPERATIONS, maxBodySize: 2000 } })(
    'S1.6: policy.maxBodySize is the limit, and a body of exactly that size is read',
    async ({ server, token }) => {
      const bodyOf = (size: number) => {
        const empty = JSON.stringify(toolCall('read', 1, { text: '' })).length
        return JSON.stringify(toolCall('read', 1, { text: 'x'.repeat(size - empty) }))
      }
      for (const sent of ['whole', 'in pieces'] as const) {
        assertReached(await ask(server, post(token, bodyOf(2000), { sent })))
        const reply = await ask(server, post(token, bodyOf(2001), { sent }))
        assertRefused(reply, 413, 'tooLarge', { code: -32600, what: sent })
      }
      assert.equal(await reached(server), 2)
    },
  ),
  withPolicy(
    'S1.6: 400 for what is not JSON, or JSON that two readers could take in two ways',
    async ({ server, token }) => {
      const bodies: Record<string, string | Uint8Array> = {
        'not JSON': 'not JSON',
        empty: '',
        'cut short': CALL.slice(0, -1),
        'JSON twice': CALL + CALL,
        'a name twice': CALL.replace('"name":"read"', '"name":"erase","name":"read"'),
        'a name twice, once escaped': CALL.replace(
          '"name":"read"',
          '"na\\u006de":"erase","name":"read"',
        ),
        'a method twice': CALL.replace('"method"', '"method":"ping","method"'),
        'with a byte order mark': `\ufeff${CALL}`,
        'no UTF-8': Buffer.from(JSON.stringify(toolCall('grüße')), 'latin1'),
        'UTF-16': Buffer.from(CALL, 'utf16le'),
      }
      for (const [what, body] of Object.entries(bodies)) {
        for (const sent of ['whole', 'in pieces'] as const) {
          const reply = await ask(server, { ...bearer(token), body, sent })
          assertRefused(reply, 400, 'malformed', { code: -32700, what: `${what} ${sent}` })
        }
      }
      assert.equal(await reached(server), 0)
    },
  ),
  oneServerWith({ policy: { ...OPERATIONS, maxBatchSize: 3 } })(
    'S1.6: 400 for JSON that is no JSON-RPC message',
    async ({ server, token }) => {
      const call = toolCall('read', 5)
      const messages: [string, unknown, number, number | null][] = [
        ['null', null, -32600, null],
        ['a text', 'text', -32600, null],
        ['no version', { ...call, jsonrpc: undefined }, -32600, null],
        ['no method', { jsonrpc: '2.0', id: 5 }, -32600, 5],
        ['a method that is none', { ...call, method: 1 }, -32600, 5],
        ['a list of parameters', { ...call, params: ['read'] }, -32600, 5],
        ['an empty batch', [], -32600, null],
        ['a batch of batches', [[call]], -32600, null],
        ['a batch too long', [call, call, call, call], -32600, null],
        ['a call of nothing', { ...call, params: {} }, -32602, 5],
        ['a call of no name', { ...call, params: { name: ['read'] } }, -32602, 5],
      ]
      for (const [what, message, code, id] of messages) {
        const reply = await ask(server, post(token, JSON.stringify(message)))
        assertRefused(reply, 400, 'malformed', { code, id, what })
      }
      assert.equal(await reached(server), 0)
    },
  ),
  withPolicy(
    'S1.6: 415 for another media type, character set or encoding',
    async ({ server, token }) => {
      const json = 'application/json'
      const asked: Record<string, Asked> = {
        'no type': type(undefined),
        text: type('text/plain'),
        form: type('application/x-www-form-urlencoded'),
        'almost JSON': type('application/json5'),
        'UTF-7': type(`${json}; charset=utf-7`),
        'UTF-16': type(`${json}; charset=utf-16le`),
        'two types in one': type(`${json}, text/plain`),
        'a parameter': type(`${json}; version=1`),
        gzip: {
          headers: { 'content-type': json, 'content-encoding': 'gzip' },
          body: gzipSync(CALL),
        },
        'said to be gzip': { headers: { 'content-type': json, 'content-encoding': 'gzip' } },
        'two encodings': { headers: { 'content-type': json, 'content-encoding': 'identity, br' } },
      }
      for (const [what, more] of Object.entries(asked)) {
        const reply = await ask(server, post(token, CALL, more))
        assertRefused(reply, 415, 'mediaType', { code: -32600, what })
      }
      assert.equal(await reached(server), 0)
    },
  ),
  withPolicy(
    'S1.6: 415 for two Content-Type headers, whichever is the good one',
    async ({ server, token }) => {
      for (const values of [
        ['application/json', 'text/plain'],
        ['text/plain', 'application/json'],
        ['application/json', 'application/json; charset=utf-7'],
      ]) {
        const reply = await ask(server, post(token, CALL, type(values)))
        assertRefused(reply, 415, 'mediaType', { code: -32600, what: String(values) })
      }
      assert.equal(await reached(server), 0)
    },
  ),
  withPolicy(
    'S1.6: every spelling of the media type of JSON in UTF-8 is accepted',
    async ({ server, token }) => {
      for (const value of [
        'application/json; charset=utf-8',
        'application/json;charset=UTF-8',
        'application/json; charset="utf-8"',
        'Application/JSON',
      ]) {
        assertReached(await ask(server, post(token, CALL, type(value))))
      }
    },
  ),
  withPolicy('S1.6: 400 for a POST without any body', async ({ issuer, server }) => {
    const reply = await ask(server, bearer(await issuer.token()))
    assertRefused(reply, 400, 'malformed', { code: -32700 })
    assert.equal(await reached(server), 0)
  }),
]
