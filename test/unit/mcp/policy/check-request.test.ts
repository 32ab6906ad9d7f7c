import { describe, expect, it } from 'vitest'
import type { PolicyOptions } from '../../../../src/mcp/policy/options.ts'
import { challengesOf } from '../../../support/challenges.ts'
import { answerOf, METADATA_URL } from '../../../support/tokens.ts'
import { ask, call, readOf, refused, serverWith, tokenTextOf, toolCall } from './callers.ts'

const operations: PolicyOptions = {
  tools: {
    free: 'allow',
    read: { scopes: ['data:read'] },
    write: { scopes: ['data:read', 'data:write'] },
    either: { scopes: { anyOf: ['data:any', 'data:write'] } },
    closed: 'deny',
  },
  resources: { 'docs:///{+path}': { scopes: ['docs:read'] } },
  prompts: { greet: { scopes: ['prompts'] } },
}

const server = serverWith(operations, { requiredScopes: ['mcp:base'] })

const insufficient = (scope: string) => ({
  status: 403,
  challenge: challengesOf({ error: 'insufficient_scope', scope, metadataUrl: METADATA_URL }),
  reason: 'scope_missing',
})
const ALLOWED = { status: 200, challenge: undefined, reason: undefined }

describe('the challenge for a call', () => {
  it.each<[string, object, string, object]>([
    ['no rule, no scope held', toolCall('free'), '', insufficient('mcp:base')],
    ['no rule, the scope of all held', toolCall('free'), 'mcp:base', ALLOWED],
    ['a rule’s scope lacking', toolCall('read'), 'mcp:base', insufficient('mcp:base data:read')],
    ['the scope of all lacking', toolCall('read'), 'data:read', insufficient('mcp:base data:read')],
    ['nothing lacking', toolCall('read'), 'data:read mcp:base', ALLOWED],
    [
      'one of two lacking',
      toolCall('write'),
      'mcp:base data:write',
      insufficient('mcp:base data:read data:write'),
    ],
    ['any of two, none held', toolCall('either'), 'mcp:base', insufficient('mcp:base data:any')],
    ['any of two, one held', toolCall('either'), 'data:write', insufficient('mcp:base data:write')],
    ['a resource', readOf('docs:///a'), 'mcp:base', insufficient('mcp:base docs:read')],
    [
      'a prompt',
      call('prompts/get', { name: 'greet' }),
      'mcp:base',
      insufficient('mcp:base prompts'),
    ],
    [
      'a notification',
      { jsonrpc: '2.0', ...{ method: 'tools/call', params: { name: 'read' } } },
      'mcp:base',
      insufficient('mcp:base data:read'),
    ],
  ])('MCP-9 MCP-10: names all required scopes: %s', async (_name, message, scope, answer) => {
    expect(answerOf(await ask(server, { message, scope }))).toEqual(answer)
  })

  it('MCP-10: names the scopes of the route too, each once', async () => {
    const headers = { authorization: `Bearer ${await tokenTextOf({ scope: 'other' })}` }
    const request = { method: 'POST', url: '/mcp', headers, message: toolCall('read') }
    const scopes = ['route', 'data:read', 'mcp:base']
    const decision = await server.authenticate(request, { requiredScopes: scopes })
    expect(answerOf(decision)).toEqual(insufficient('mcp:base route data:read'))
  })

  it('MCP-8: a 401 names the scopes of every request, of method rules and of the default rule', async () => {
    const policy: PolicyOptions = {
      ...operations,
      methods: {
        'tools/list': { scopes: ['list', 'mcp:base'] },
        ping: { scopes: { anyOf: ['ping', 'pong'] } },
      },
      default: { scopes: ['all'] },
    }
    const asked = serverWith(policy, { requiredScopes: ['mcp:base'] })
    const message = toolCall('read')
    const basic = 'mcp:base list ping pong all'
    for (const [headers, error] of [
      [{}, undefined],
      [{ authorization: 'Bearer abc' }, 'invalid_token'],
    ] as const) {
      const request = { method: 'POST', url: '/', headers, message }
      const { challenge } = answerOf(await asked.authenticate(request))
      expect(challenge).toBe(challengesOf({ error, scope: basic, metadataUrl: METADATA_URL }))
      const scopes = ['route', 'list']
      const route = answerOf(await asked.authenticate(request, { requiredScopes: scopes }))
      expect(route.challenge).toContain('scope="mcp:base route list ping pong all"')
    }
    // A 403 names only the scopes that this request requires.
    expect(answerOf(await ask(asked, { message }))).toEqual(insufficient('mcp:base data:read'))
  })
})

describe('MCP-10: challengeIncludesGranted', () => {
  const asking = async (challengeIncludesGranted: boolean, scope: unknown) => {
    const more = { requiredScopes: ['mcp:base'], challengeIncludesGranted }
    const claims = { scope }
    const message = toolCall('write')
    const headers = {
      authorization: `Bearer ${await tokenTextOf({ claims, scope: scope as string })}`,
    }
    const request = { method: 'POST', url: '/mcp', headers, message }
    return answerOf(await serverWith(operations, more).authenticate(request))
  }

  it('false: names only the scopes that the request requires', async () => {
    expect(await asking(false, 'mcp:base email')).toEqual(
      insufficient('mcp:base data:read data:write'),
    )
  })

  it('true: names the scopes of the token too, each once', async () => {
    expect(await asking(true, 'email data:read mcp:base profile')).toEqual(
      insufficient('mcp:base data:read data:write email profile'),
    )
  })

  it('MCP-4 RFC6750-5: offline_access and invalid scope-tokens are never named', async () => {
    const scope = ['offline_access', 'a"b', 'a\\b', 'a\r\nSet-Cookie: x', 'a b', 'k\u00e4se', 'ok']
    expect(await asking(true, scope)).toEqual(insufficient('mcp:base data:read data:write ok'))
  })

  it('does not change a 401, because no scope is granted yet', async () => {
    const more = { requiredScopes: ['mcp:base'], challengeIncludesGranted: true } as const
    const request = { method: 'POST', url: '/', headers: {}, message: toolCall('write') }
    const decision = await serverWith(operations, more).authenticate(request)
    expect(answerOf(decision).challenge).toContain('scope="mcp:base"')
  })
})

describe('a batch', () => {
  it('MCP-10: gets one challenge that names the scopes of all its calls', async () => {
    const message = [
      toolCall('free', 1),
      toolCall('write', 2),
      readOf('docs:///a', 3),
      toolCall('read', 4),
    ]
    const decision = await ask(server, { message, scope: 'mcp:base data:read' })
    expect(answerOf(decision)).toEqual(insufficient('mcp:base data:read data:write docs:read'))
    expect(decision).toMatchObject({
      detail: expect.stringMatching(
        /tools\/call "write", resources\/read "docs:\/\/\/a"; it lacks "data:write" and "docs:read"$/,
      ),
    })
    const scope = 'mcp:base data:read data:write docs:read'
    expect(answerOf(await ask(server, { message, scope }))).toEqual(ALLOWED)
  })

  it('S1.6: is refused as a whole when one call is denied', async () => {
    const scope = 'mcp:base data:read'
    const denied = refused(403, 'operation_denied', 403, null)
    for (const message of [
      [toolCall('read', 1), toolCall('closed', 2)],
      [toolCall('closed', 1), toolCall('read', 2)],
      [toolCall('write', 1), toolCall('closed', 2)],
    ]) {
      expect(await ask(server, { message, scope })).toMatchObject(denied)
    }
    const unknown = [call('ping'), { jsonrpc: '2.0', method: 'vendor/x' }]
    const absent = refused(400, 'operation_denied', -32601, null)
    expect(await ask(server, { message: unknown, scope })).toMatchObject(absent)
  })

  it('S1.6: waits for every call whose function answers later', async () => {
    const later = serverWith({
      tools: { free: 'allow', yes: { allow: async () => true }, no: { allow: async () => false } },
    })
    for (const [names, outcome] of [
      [['yes'], 'allowed'],
      [['no'], 'refused'],
      [['free', 'yes'], 'allowed'],
      [['free', 'no'], 'refused'],
      [['yes', 'no', 'free'], 'refused'],
    ] as const) {
      const message = names.map((name, at) => toolCall(name, at))
      expect([names, (await ask(later, { message })).outcome]).toEqual([names, outcome])
    }
  })

  it('S1.6: has 100 messages at most by default, and `maxBatchSize` at most where it is set', async () => {
    const pings = (count: number) => Array.from({ length: count }, (_, id) => call('ping', {}, id))
    const tooMany = refused(400, 'body_malformed', -32600)
    const check = (count: number, more: PolicyOptions = {}) =>
      ask(serverWith(more), { message: pings(count) })
    expect(await check(100)).toMatchObject({ outcome: 'allowed' })
    expect(await check(101)).toMatchObject(tooMany)
    expect(await check(2, { maxBatchSize: 2 })).toMatchObject({ outcome: 'allowed' })
    expect(await check(3, { maxBatchSize: 2 })).toMatchObject(tooMany)
    expect(await check(101, { maxBatchSize: 101 })).toMatchObject({ outcome: 'allowed' })
  })
})

describe('the id of a refusal', () => {
  it.each<[string, unknown, unknown]>([
    ['a number', 5, 5],
    ['zero', 0, 0],
    ['a negative one', -1, -1],
    ['a fraction', 1.5, 1.5],
    ['a text', 'a', 'a'],
    ['an empty text', '', ''],
    ['a text that looks like markup', '<script>"\\', '<script>"\\'],
    ['null', null, null],
    ['true', true, null],
    ['a list', [1], null],
    ['an object', { a: 1 }, null],
    ['none: a notification', undefined, null],
  ])(
    'S1.13: is the id of the request if that is a string or a number: %s',
    async (_name, id, echoed) => {
      const make = (message: object) => ({ ...message, id })
      const scope = 'mcp:base'
      for (const [message, status, reason, code] of [
        [make(toolCall('closed')), 403, 'operation_denied', 403],
        [make(toolCall('')), 400, 'body_malformed', -32602],
        [[make(toolCall('closed'))], 403, 'operation_denied', 403],
        [
          [make(toolCall('closed')), { jsonrpc: '2.0', id: 9, result: {} }],
          403,
          'operation_denied',
          403,
        ],
      ] as const) {
        expect(await ask(server, { message, scope })).toMatchObject(
          refused(status, reason, code, echoed),
        )
      }
    },
  )
})
