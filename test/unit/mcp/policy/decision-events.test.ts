import { describe, expect, it } from 'vitest'
import type { PolicyOptions } from '../../../../src/mcp/policy/options.ts'
import { quoted } from '../../../../src/quoted.ts'
import { DECISION_CHANNEL, type DecisionEvent } from '../../../../src/telemetry/events.ts'
import { collectEvents } from '../../../support/events.ts'
import { CORRELATION_ID, type Overrides, signToken } from '../../../support/tokens.ts'
import { ask, call, readOf, serverWith, tokenWith, toolCall } from './callers.ts'

const events = collectEvents<DecisionEvent>(DECISION_CHANNEL)

const operations: PolicyOptions = {
  tools: {
    free: 'allow',
    scoped: { scopes: ['s', 'mcp:base'] },
    closed: 'deny',
    broken: { allow: () => undefined as unknown as boolean },
  },
}

const server = serverWith(operations, { requiredScopes: ['mcp:base'] })

describe('the decision event of a request that a policy checks', () => {
  it('MCP-12: has the operations and the scopes of the token', async () => {
    const message = [toolCall('free', 1), call('ping'), { jsonrpc: '2.0', id: 4, result: {} }]
    const decision = await ask(server, { message, scope: 'mcp:base email' })
    expect(decision).toMatchObject({ outcome: 'allowed', correlationId: CORRELATION_ID })
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      ...{ outcome: 'allowed', status: 200, method: 'POST', correlationId: CORRELATION_ID },
      operations: ['tools/call "free"', 'ping'],
      grantedScopes: ['mcp:base', 'email'],
      requiredScopes: undefined,
    })
  })

  it('MCP-12: has the scopes of a step-up challenge, under the correlation id that the caller got', async () => {
    const decision = await ask(server, { message: toolCall('scoped'), scope: 'mcp:base' })
    expect(decision).toMatchObject({ body: { correlation_id: CORRELATION_ID } })
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      ...{ outcome: 'challenged', status: 403, reason: 'scope_missing' },
      correlationId: CORRELATION_ID,
      operations: ['tools/call "scoped"'],
      requiredScopes: ['mcp:base', 's'],
      grantedScopes: ['mcp:base'],
      ...{ subject: 'alice', clientId: 'inspector' },
    })
  })

  it('MCP-11: grantedScopes are the token’s own scopes, without those that they include', async () => {
    const more = { requiredScopes: ['mcp:base'], scopeHierarchy: { admin: ['mcp:base', 's'] } }
    const wide = serverWith(operations, more)
    await ask(wide, { message: toolCall('scoped'), scope: 'admin' })
    expect(events[0]).toMatchObject({ outcome: 'allowed', grantedScopes: ['admin'] })
  })

  it.each([
    ['closed', 403, 'operation_denied', 'tools/call "closed": the rule "closed" says deny'],
    ['none', 403, 'operation_denied', 'tools/call "none": no rule names it'],
    [
      'broken',
      503,
      'policy_failed',
      'tools/call "broken": the function returned neither true nor false',
    ],
  ])(
    'S1.13: has the reason of a refusal, and the operation: %s',
    async (name, status, reason, detail) => {
      await ask(server, { message: toolCall(name), scope: 'mcp:base' })
      expect(events).toHaveLength(1)
      const operations = [`tools/call "${name}"`]
      expect(events[0]).toMatchObject({ status, reason, detail, operations, subject: 'alice' })
    },
  )

  it.each<[string, PolicyOptions, object, number]>([
    ['a name that is none', {}, call('tools/call', { name: '' }), 400],
    [
      'headers that say something else',
      {},
      call('tools/call', {
        name: 'free',
        _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
      }),
      400,
    ],
    ['too few scopes', operations, toolCall('scoped'), 403],
    ['a function that fails', operations, toolCall('broken'), 503],
  ])(
    'S1.13: has the operation also when the request is refused for %s',
    async (_name, options, message, status) => {
      await ask(serverWith(options), { message })
      expect(events).toHaveLength(1)
      expect(events[0]).toMatchObject({
        status,
        operations: [expect.stringMatching(/^tools\/call/)],
      })
    },
  )

  it('S1.13: lists 20 operations at most', async () => {
    const batch = (count: number) =>
      Array.from({ length: count }, (_, at) => toolCall(`tool-${at}`, at))
    for (const options of [{ default: 'allow' }, {}] as const) {
      for (const count of [20, 21, 100]) {
        events.length = 0
        await ask(serverWith(options), { message: batch(count) })
        expect(events[0]?.operations).toEqual(
          batch(20).map(({ params }) => `tools/call "${params?.name}"`),
        )
      }
    }
  })

  it('S1.13: a name that is a value nested too deeply to be printed is refused', async () => {
    const depth = 45_000
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${deep}}}`
    const parsed = JSON.parse(body) as object
    const uri = JSON.parse(body.replace('tools/call', 'resources/read').replace('name', 'uri'))
    const bytes = new TextEncoder().encode(body)
    for (const message of [parsed, uri as object, bytes, async () => bytes]) {
      const headers = { 'content-type': 'application/json' }
      const decision = await ask(serverWith({ default: 'allow' }), { message, headers })
      expect(decision).toMatchObject({ outcome: 'refused', status: 400 })
    }
    expect(events).toHaveLength(4)
    expect(JSON.stringify(events).length).toBeLessThan(5000)
  })

  it('S1.13: a value that cannot be printed is shown by its type', () => {
    const depth = 200_000
    expect(quoted(JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`))).toBe('object')
    expect(quoted(5n)).toBe('bigint')
  })

  it('S1.13: has no operations when the body was not read', async () => {
    const bad = { method: 'POST', url: '/', headers: {}, message: toolCall('free') }
    await server.authenticate(bad)
    expect(events[0]).toMatchObject({
      status: 401,
      operations: undefined,
      grantedScopes: undefined,
    })
  })

  it('S1.13: a name in it is escaped and shortened', async () => {
    const names = ['a\nb\u2028c\u0000', '"},{"outcome":"allowed', 'x'.repeat(2048)]
    for (const name of names) {
      const decision = await ask(serverWith({ default: 'allow' }), { message: toolCall(name) })
      expect(decision.outcome).toBe('allowed')
    }
    const told = events.map(({ operations: [one] = [] }) => one)
    expect(told).toHaveLength(3)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test is about them
    for (const one of told) expect(one).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
    for (const one of told) expect(one?.length).toBeLessThan(200)
  })
})

const JWT = await signToken()
const OPAQUE = 'dGhpcy1pcy1hbi1vcGFxdWUtdG9rZW4_with-no-dots~'

/** A verifier that accepts any token. */
const trusting: Overrides = { verifier: { verify: async () => tokenWith('mcp:tools') } }

/** All pieces of a text that are long enough to rebuild it from. */
const piecesOf = (text: string) =>
  Array.from({ length: text.length - 11 }, (_, at) => text.slice(at, at + 12))

const PLACES: readonly (readonly [
  string,
  (token: string) => { message?: object; headers?: object },
])[] = [
  ['the name of a tool', (token) => ({ message: toolCall(token) })],
  ['a name with Bearer', (token) => ({ message: toolCall(`Bearer ${token}`) })],
  ['a name that begins otherwise', (token) => ({ message: toolCall(`x${token}`) })],
  ['a name that ends otherwise', (token) => ({ message: toolCall(`${token}x`) })],
  ['the name of a prompt', (token) => ({ message: call('prompts/get', { name: token }) })],
  ['the path of a URI', (token) => ({ message: readOf(`docs:///a/${token}`) })],
  ['a piece of it', (token) => ({ message: toolCall(`x${token.slice(3, 15)}y`) })],
  ['pieces of it', (token) => ({ message: toolCall(`${token.slice(0, 20)} ${token.slice(-20)}`) })],
  ['the query of a URI', (token) => ({ message: readOf(`docs:///a?access_token=${token}&b=c`) })],
  ['a method', (token) => ({ message: call(token) })],
  ['a method’s end', (token) => ({ message: call(`vendor/${token}`) })],
  ['a name of a method that has none', (token) => ({ message: call('x', { name: token }) })],
  ['an object for a name', (token) => ({ message: toolCall({ token }) })],
  ['a batch', (token) => ({ message: [call('ping'), toolCall(token), readOf(token)] })],
  ['Origin', (token) => ({ message: call('ping'), headers: { origin: token } })],
  [
    'a host in Origin',
    (token) => ({ message: call('ping'), headers: { origin: `https://${token}` } }),
  ],
  ['Mcp-Session-Id', (token) => ({ message: call('ping'), headers: { 'mcp-session-id': token } })],
  ...['mcp-name', 'mcp-method', 'mcp-protocol-version'].map(
    (field) =>
      [
        field,
        (token: string) => ({
          message: toolCall('act'),
          headers: {
            'mcp-protocol-version': ['2026-07-28'],
            'mcp-method': 'tools/call',
            'mcp-name': 'act',
            [field]: field === 'mcp-protocol-version' ? ['2026-07-28', token] : token,
          },
        }),
      ] as const,
  ),
  ...['content-type', 'content-encoding'].map(
    (field) =>
      [
        field,
        (token: string) => ({
          message: async () => new TextEncoder().encode(JSON.stringify(call('ping'))),
          headers: { 'content-type': 'application/json', [field]: token },
        }),
      ] as const,
  ),
]

const POLICIES: readonly [string, PolicyOptions][] = [
  ['allowed', { default: 'allow' }],
  ['denied', { default: 'deny' }],
  ['too few scopes', { default: { scopes: ['more'] } }],
  ['too few roles', { default: { roles: ['more'] } }],
  ['a function that says no', { default: { allow: () => false } }],
  [
    'a function that fails',
    {
      default: {
        allow: (_token, { name, method }) => {
          throw new Error(name ?? method)
        },
      },
    },
  ],
]

describe('S1.7 MCP-18: a token that the caller repeats elsewhere is in no event and no detail', () => {
  for (const [kind, token] of [
    ['a JWT', JWT],
    ['an opaque token', OPAQUE],
  ] as const) {
    const pieces = piecesOf(token)
    it.each(PLACES)(`${kind} in %s`, async (_name, place) => {
      for (const [policy, options] of POLICIES) {
        events.length = 0
        const { message, headers } = place(token)
        const decision = await serverWith(options, trusting).authenticate({
          ...{ method: 'POST', url: '/mcp', message },
          headers: { authorization: `Bearer ${token}`, ...headers },
        })
        expect(events).toHaveLength(1)
        const detail = 'detail' in decision ? decision.detail : ''
        const told = `${detail}\n${JSON.stringify(events[0])}`
        const leaked = pieces.find((piece) => told.includes(piece))
        expect({ policy, leaked }).toEqual({ policy, leaked: undefined })
      }
    })
  }
})
