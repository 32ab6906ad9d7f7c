import { describe, expect, it } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import type { ResourceRequest } from '../../../src/http/resource-request.ts'
import type { Decision } from '../../../src/index.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import {
  answerOf,
  bearer,
  CORRELATION_ID,
  type Overrides,
  request,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const good = await signToken()

async function ask(options: Overrides, more: Partial<ResourceRequest> = {}, shown = good) {
  return testResourceServer(options).authenticate({ ...bearer(shown), ...more })
}

const bodyOf = (decision: Decision): unknown => ('body' in decision ? decision.body : undefined)

/** The scopes that a challenge names. */
const scopesIn = (decision: Decision): string | undefined =>
  /scope="([^"]*)"/.exec(answerOf(decision).challenge ?? '')?.[1]

describe('the body of a refusal', () => {
  it('RFC6750-2: of a request without credentials has no member `error`', async () => {
    expect(bodyOf(await testResourceServer().authenticate(request()))).toStrictEqual({
      error_description: 'An access token is needed.',
      correlation_id: CORRELATION_ID,
    })
  })

  it.each([
    [
      'a method that no rule names',
      { jsonrpc: '2.0', id: 3, method: 'unknown/method' },
      {},
      { code: -32601, message: 'Method not found' },
    ],
    [
      'a denied resource of revision 2026-07-28',
      {
        jsonrpc: '2.0',
        id: 3,
        method: 'resources/read',
        params: {
          uri: 'notes://a',
          _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
        },
      },
      {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'resources/read',
        'mcp-name': 'notes://a',
      },
      { code: -32602, message: 'Resource not found: notes://a', data: { uri: 'notes://a' } },
    ],
  ])('MCP-24: for %s is that of a server without it', async (_what, message, headers, error) => {
    const fields = { authorization: `Bearer ${good}`, ...headers }
    const decision = await ask({ policy: { default: 'deny' } }, { headers: fields, message })
    expect(bodyOf(decision)).toStrictEqual({ jsonrpc: '2.0', id: 3, error })
  })
})

describe('the scopes of a challenge', () => {
  const policy = {
    tools: { write: { scopes: ['data:write'] }, erase: { dpop: true, scopes: ['data:erase'] } },
  } as const

  it('MCP-10: names those of the route and of the operation', async () => {
    const decision = await ask({ policy }, { message: toolCall('write') })
    expect(decision).toMatchObject({ status: 403, reason: 'scope_missing' })
    expect(scopesIn(decision)).toBe('mcp:tools data:write')
  })

  it('MCP-28 MCP-10: names them too where the operation needs a bound token', async () => {
    const decision = await ask({ policy }, { message: toolCall('erase') })
    expect(decision).toMatchObject({ status: 401, reason: 'dpop_required' })
    expect(scopesIn(decision)).toBe('mcp:tools data:erase')
  })

  it.each([
    [true, 'mcp:tools data:write x'],
    [false, 'mcp:tools data:write'],
  ])(
    'MCP-10: challengeIncludesGranted: %j adds those of the token that can be asked for',
    async (challengeIncludesGranted, expected) => {
      const scoped = await signToken({ claims: { scope: 'mcp:tools offline_access x' } })
      const options = { policy, challengeIncludesGranted }
      const decision = await ask(options, { message: toolCall('write') }, scoped)
      expect(scopesIn(decision)).toBe(expected)
    },
  )
})

describe('a challenge with a nonce', () => {
  it('RFC9449-3 RFC9728-6: lets pages read both of its fields', async () => {
    const server = testResourceServer({ dpop: { nonce: 'required' } })
    const { headers } = await server.authenticate(
      request('DPoP x', { headers: { authorization: 'DPoP x', dpop: 'y' } }),
    )
    expect(headers['Access-Control-Expose-Headers']).toBe('WWW-Authenticate, DPoP-Nonce')
  })
})

it('S1.13: a verifier that fails with a near miss shows it to the operator alone', async () => {
  const verifier = {
    verify: async () => {
      throw new ChallengeError('audience_mismatch', 'another audience', ['a'], 'audience_slash')
    },
  }
  const decision = await ask({ verifier })
  expect(decision).toMatchObject({ nearMiss: 'audience_slash', requiredScopes: ['a'] })
  expect(JSON.stringify([decision.headers, bodyOf(decision)])).not.toContain('audience_slash')
})
