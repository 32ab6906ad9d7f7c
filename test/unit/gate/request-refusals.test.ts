import { describe, expect, it } from 'vitest'
import { CORRELATION_ID, request, signToken, testResourceServer } from '../../support/tokens.ts'

const good = await signToken()
const SENTENCE = /^[A-Z][\w ,./-]+\.$/

describe('a refusal that no token could mend', () => {
  const json = { 'content-type': 'application/json' }
  const body = (text: string) => async () => new TextEncoder().encode(text)
  const call = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a"}}'

  it.each<[string, number, number, unknown, Record<string, string>, () => Promise<Uint8Array>]>([
    ['origin_refused', 403, 403, null, { origin: 'https://evil.example.com' }, body(call)],
    ['session_unknown', 404, 404, null, { 'mcp-session-id': 's1' }, body(call)],
    ['media_type_unsupported', 415, -32600, null, { 'content-type': 'text/plain' }, body(call)],
    ['body_too_large', 413, -32600, null, { 'content-length': '99999999' }, body(call)],
    ['body_unreadable', 400, -32700, null, json, () => Promise.reject(new Error('gone'))],
    ['body_malformed', 400, -32700, null, json, body('{')],
    ['body_malformed', 400, -32600, null, json, body('{}')],
    ['body_malformed', 400, -32602, 7, json, body(call.replace('"name":"a"', ''))],
    [
      'header_mismatch',
      400,
      -32020,
      7,
      { ...json, 'mcp-protocol-version': '2026-07-28' },
      body(call),
    ],
    ['operation_denied', 403, 403, 7, json, body(call)],
  ])(
    'MCP-24 MCP-6 MCP-19 S1.13: %s is %i with code %i',
    async (reason, status, code, id, more, message) => {
      const headers = { authorization: `Bearer ${good}`, ...more }
      const server = testResourceServer({ policy: {} })
      const decision = await server.authenticate(request(undefined, { headers, message }))
      if (decision.outcome !== 'refused') expect.fail(JSON.stringify(decision))
      expect({ ...decision, detail: '', body: undefined }).toEqual({
        outcome: 'refused',
        status,
        headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' },
        body: undefined,
        reason,
        detail: '',
        correlationId: CORRELATION_ID,
      })
      expect(decision.body).toEqual({
        jsonrpc: '2.0',
        id,
        error: {
          code,
          message: expect.stringMatching(SENTENCE),
          data: { correlation_id: CORRELATION_ID },
        },
      })
      expect(decision.body.error.message).not.toContain(decision.detail)
      // JSON-RPC's range for servers is MCP's own, but for the one code that it defines.
      expect(code === -32020 || code < -32099 || code > -32000).toBe(true)
    },
  )
})
