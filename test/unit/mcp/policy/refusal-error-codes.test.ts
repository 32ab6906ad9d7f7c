import { describe, expect, it } from 'vitest'
import type { RefusalReason } from '../../../../src/errors.ts'
import { CORRELATION_ID } from '../../../support/tokens.ts'
import { type Asked, ask, bodyOf, call, serverWith, toolCall } from './callers.ts'

const json = { 'content-type': 'application/json' }
const modern = { 'mcp-protocol-version': '2026-07-28' }

/** Requests that are refused, by reason. */
const REFUSED: Readonly<Record<RefusalReason, readonly Asked[]>> = {
  origin_refused: [{ headers: { origin: 'https://evil.example' } }],
  session_unknown: [{ headers: { 'mcp-session-id': 'x' }, message: call('ping') }],
  media_type_unsupported: [{ ...bodyOf(call('ping')), headers: { 'content-type': 'text/plain' } }],
  body_too_large: [{ headers: json, message: async () => undefined }],
  body_unreadable: [{ headers: json, message: async () => Promise.reject(new Error('x')) }],
  body_malformed: [
    bodyOf('no JSON'),
    { message: [] },
    { message: { jsonrpc: '2.0', id: 1 } },
    { message: toolCall('') },
    { message: [call('ping')], headers: modern },
  ],
  header_mismatch: [{ message: toolCall('act'), headers: modern }],
  operation_denied: [{ message: toolCall('act') }, { message: toolCall('none') }],
}

const STATUS: Readonly<Record<RefusalReason, number>> = {
  origin_refused: 403,
  session_unknown: 404,
  media_type_unsupported: 415,
  body_too_large: 413,
  body_unreadable: 400,
  body_malformed: 400,
  header_mismatch: 400,
  operation_denied: 403,
}

/** The codes of JSON-RPC and of MCP, and the HTTP status for reasons that have no code there. */
const CODES = [-32700, -32600, -32602, -32020, 403, 404]

const reasons = Object.keys(REFUSED) as RefusalReason[]

describe('the body of a refusal that is not an OAuth error', () => {
  it.each(reasons)('MCP-24 MCP-19 S1.13: %s', async (reason) => {
    for (const asked of REFUSED[reason]) {
      const decision = await ask(serverWith({}), asked)
      if (decision.outcome !== 'refused') throw new Error(`${reason}: ${decision.outcome}`)
      expect(decision).toMatchObject({ reason, status: STATUS[reason] })
      // The body has no other member, and does not give the reason.
      expect(decision.body).toEqual({
        jsonrpc: '2.0',
        id: decision.body.id,
        error: {
          code: expect.any(Number),
          message: expect.stringMatching(/^[A-Z][\w ,./-]+\.$/),
          data: { correlation_id: CORRELATION_ID },
        },
      })
      const { code } = decision.body.error
      expect(CODES).toContain(code)
      expect(code >= -32_019 && code <= -32_000).toBe(false)
      expect(code >= -32_099 && code < -32_020).toBe(false)
      expect(code === -32_020).toBe(reason === 'header_mismatch')
      expect(decision.headers).toMatchObject({
        'Cache-Control': 'no-store',
        'Content-Type': 'application/json',
      })
      expect(Object.keys(decision.headers)).not.toContain('WWW-Authenticate')
    }
  })

  it('S1.13: is the same for every refusal with the same reason', async () => {
    const texts = async (asked: readonly Asked[]) =>
      Promise.all(
        asked.map(async (one) => {
          const decision = await ask(serverWith({ tools: { act: { roles: ['r'] } } }), one)
          return decision.outcome === 'refused' ? decision.body.error : decision.outcome
        }),
      )
    const all = [toolCall('act'), toolCall('none'), toolCall('x'.repeat(99))]
    const told = await texts(all.map((message) => ({ message })))
    expect(new Set(told.map((error) => JSON.stringify(error))).size).toBe(1)
  })
})
