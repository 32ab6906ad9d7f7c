import { describe, expect, it, vi } from 'vitest'
import { checkSession } from '../../../src/gate/session.ts'
import type { Sessions } from '../../../src/mcp/sessions.ts'
import { VERIFIED } from '../../support/tokens.ts'

const HIDDEN = ['mcp-session-id', 'last-event-id']
const modern = { 'mcp-protocol-version': '2026-07-28' }
const earlier = { 'mcp-protocol-version': '2025-11-25' }

describe('the session of a request', () => {
  it.each<
    [
      sessions: 'none' | 'unchecked' | 's1' | undefined,
      method: string,
      headers: Record<string, string>,
      headersStay: boolean | undefined,
      withheld: readonly string[],
    ]
  >([
    ['none', 'POST', earlier, undefined, HIDDEN],
    ['none', 'POST', earlier, false, HIDDEN],
    ['none', 'GET', modern, undefined, HIDDEN],
    ['none', 'POST', modern, true, []],
    ['unchecked', 'POST', earlier, undefined, []],
    ['unchecked', 'POST', modern, undefined, HIDDEN],
    ['unchecked', 'POST', modern, true, []],
    ['unchecked', 'GET', modern, undefined, []],
    ['s1', 'POST', earlier, undefined, []],
    ['s1', 'POST', modern, undefined, HIDDEN],
    ['s1', 'POST', modern, true, []],
    ['s1', 'GET', modern, undefined, []],
    [undefined, 'POST', earlier, undefined, []],
  ])('MCP-20: with sessions %s, %s, %j and headersStay %s: %j is withheld', async (...row) => {
    const [kind, method, headers, headersStay, withheld] = row
    const check = vi.fn(() => kind)
    const checks = kind === 's1' || kind === undefined
    const sessions = checks ? ({ check } as unknown as Sessions) : kind
    const request = { method, url: '/mcp', headers, headersStay }
    const isChecked = checks && withheld.length === 0
    expect(await checkSession({ sessions }, request, VERIFIED)).toEqual({
      id: isChecked ? kind : undefined,
      withheld,
    })
    expect(check).toHaveBeenCalledTimes(isChecked ? 1 : 0)
  })
})
