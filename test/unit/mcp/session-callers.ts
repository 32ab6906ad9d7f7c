/** Callers that open sessions and name their ids. */
import { expect } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import type { SessionOptions } from '../../../src/mcp/session-options.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { adapterFor } from '../../support/adapter.ts'
import { signToken, testResourceServer } from '../../support/tokens.ts'

type Headers = Record<string, string | readonly string[]>
type Principal = Partial<Pick<VerifiedToken, 'issuer' | 'subject' | 'clientId' | 'tokenId'>>

const TOKENS: Readonly<Record<string, Principal & { scopes?: readonly string[] }>> = {
  alice: {},
  'alice-refreshed': { tokenId: 'token-2' },
  'alice-without-scopes': { scopes: [] },
  bob: { subject: 'bob' },
  'alice-by-another-client': { clientId: 'other-client' },
  ...Object.fromEntries(
    Array.from({ length: 10 }, (_, at) => [`alice-by-client-${at}`, { clientId: `client-${at}` }]),
  ),
  'alice-of-another-issuer': { issuer: 'https://other.example.com' },
  'alice-without-client': { clientId: undefined },
  'client-alone': { subject: undefined },
  // Joined without escapes, these two would be equal.
  'quotes-1': { subject: 'a","b', clientId: 'c' },
  'quotes-2': { subject: 'a', clientId: 'b","c' },
  nobody: { subject: undefined, clientId: undefined },
  'another-nobody': { subject: undefined, clientId: undefined, tokenId: 'token-3' },
}

const verified = await testResourceServer().verify(await signToken())

/** A resource server whose tokens are the names above, with a clock that stands still. */
export function gate(sessions?: 'none' | 'unchecked' | SessionOptions, more: object = {}) {
  const clock = createTestClock()
  const server = testResourceServer({
    clock,
    ...(sessions === undefined ? {} : { sessions }),
    verifier: {
      async verify(token) {
        const principal = TOKENS[token]
        if (principal === undefined) throw new ChallengeError('token_opaque', 'unknown')
        return { ...verified, ...principal } as VerifiedToken
      },
    },
    ...more,
  })
  const request = (token: string, headers: Headers, method = 'POST') => ({
    method,
    url: '/mcp',
    headers: { authorization: `Bearer ${token}`, ...headers },
  })
  /** The decision about a request with this session id, or with these headers. */
  const ask = (token: string, id: string | Headers, method = 'POST') => {
    const headers = typeof id === 'string' ? { 'mcp-session-id': id } : id
    return server.authenticate(request(token, headers, method))
  }
  /** Sends a request that is allowed, and the handler's answer to it. */
  const answer = async (
    token: string,
    headers: Headers,
    status: number,
    sessionId?: string,
    method = 'POST',
  ) => {
    const asked = request(token, headers, method)
    const decision = await server.authenticate(asked)
    if (decision.outcome !== 'allowed') expect.fail(JSON.stringify(decision))
    await adapterFor(server).answered(asked, decision, { status, sessionId })
  }
  const open = (token: string, id: string, status = 200) => answer(token, {}, status, id)
  const outcome = async (token: string, id: string | Headers, method = 'POST') => {
    const decision = await ask(token, id, method)
    return decision.outcome === 'refused' ? decision.reason : decision.outcome
  }
  return { clock, server, ask, answer, open, outcome }
}

export const MODERN = { 'mcp-protocol-version': '2026-07-28' }
