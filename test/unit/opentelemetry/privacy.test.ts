import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { expect, it } from 'vitest'
import { toAuthInfo } from '../../../src/adapters/auth-info.ts'
import { protectServer } from '../../../src/adapters/protected-server.ts'
import {
  CLIENT_LOOPING_CHANNEL,
  DECISION_CHANNEL,
  LIST_CHANNEL,
  OUTBOUND_CHANNEL,
} from '../../../src/telemetry/events.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import { sendV1 } from '../../support/mcp-requests.ts'
import { startMetrics } from '../../support/metrics.ts'
import { collectSpans } from '../../support/spans.ts'
import {
  attackerKey,
  CLAIMS,
  ISSUER,
  request,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const spans = collectSpans({ resourceUris: true })
const OPAQUE = 'opaque-r3f3r3nc3-t0k3n'
const CLIENT_SECRET = 'client-s3cr3t-m4rk'
const SUBJECT = 'subject-m4rk'
const QUERY = 'query-m4rk'
const HANDLER = 'handler-m4rk'
const PROOF = 'proof-m4rk.proof-m4rk.proof-m4rk'
const COOKIE = 'session=cookie-m4rk'
const jwt = await signToken({ claims: { sub: SUBJECT } })
const MARKS = [OPAQUE, CLIENT_SECRET, SUBJECT, QUERY, HANDLER, ...jwt.split('.').slice(1)]

/** Everything that an exporter could send. */
const exported = (): string =>
  JSON.stringify(
    spans.all().map((span) => {
      const { name, attributes, events, links, status, parentSpanContext } = span
      const states = [span.spanContext(), ...links.map((link) => link.context)]
      const traceStates = states.map(({ traceState }) => traceState?.serialize())
      return [name, attributes, events, links, status, parentSpanContext, traceStates]
    }),
  )

function expectClean(least: number): void {
  expect(spans.all().length).toBeGreaterThanOrEqual(least)
  for (const mark of MARKS) expect(exported()).not.toContain(mark)
}

const server = testResourceServer({ policy: { default: 'allow' } })
const answers: (() => Response)[] = [
  () => Response.json({ ...CLAIMS, sub: SUBJECT, active: true }),
  () => new Response(`bad token ${OPAQUE} ${CLIENT_SECRET}`, { status: 400 }),
  () => {
    throw Object.assign(new TypeError(`${OPAQUE} ${CLIENT_SECRET}`), { code: OPAQUE })
  },
]

it.each(answers)(
  'no span of a call to the authorization server has a token or secret (%#)',
  async (answer) => {
    const introspecting = testResourceServer({
      authorizationServer: {
        issuer: ISSUER,
        verification: 'introspection',
        introspection: {
          clientId: 'mcp',
          clientSecret: CLIENT_SECRET,
          endpoint: `https://sso.example.com/introspect?key=${QUERY}`,
        },
      },
      http: { fetch: async () => answer() },
    })
    await introspecting.authenticate(request(`Bearer ${OPAQUE}`, { url: `/mcp?key=${QUERY}` }))
    expectClean(3)
  },
)

/** Puts a piece of the token wherever a caller can put a text. */
const everywhere = (mark: string) => [
  { id: mark, method: 'tools/call', params: { name: mark, arguments: { mark } } },
  { id: 1, method: mark, params: {} },
  { id: 1, method: 'prompts/get', params: { name: mark } },
  {
    id: 1,
    method: 'resources/read',
    params: { uri: `https://${mark}@docs/x?key=${mark}#${mark}` },
  },
  { id: 1, method: 'completion/complete', params: { ref: { type: 'ref/prompt', name: mark } } },
  {
    id: 1,
    method: 'ping',
    params: { _meta: { traceparent: mark, tracestate: `a=${mark}`, baggage: `a=${mark}` } },
  },
  {
    id: 1,
    method: 'initialize',
    params: { protocolVersion: mark, capabilities: {}, clientInfo: { name: mark, version: mark } },
  },
]
const pieces = everywhere(jwt.slice(-60, -20))

it.each(pieces)('no span of a gate has a piece of the token: $method', async (message) => {
  const headers = { authorization: `Bearer ${jwt}`, 'content-type': 'application/json' }
  const body = { jsonrpc: '2.0', ...message }
  await server.authenticate(request(undefined, { headers, message: body }))
  expectClean(1)
  expect(exported()).not.toContain(jwt.slice(-50, -30))
})

it.each(pieces)('no span of an operation has a piece of the token: $method', async (message) => {
  const low = protectServer(server, new McpServer({ name: 'data', version: '1.0.0' }))
  low.registerTool('fail', {}, () => {
    throw new Error(HANDLER)
  })
  const authInfo = toAuthInfo(await server.verify(jwt), jwt, server)
  await sendV1(low, message.method, authInfo, message.params)
  expectClean(1)
  expect(exported()).not.toContain(jwt.slice(-50, -30))
})

it('no span, event, metric or Prometheus page has what a caller sent, whatever the outcome', async () => {
  const heard: unknown[] = []
  const listen = (message: unknown): void => void heard.push(message)
  const channels = [DECISION_CHANNEL, OUTBOUND_CHANNEL, LIST_CHANNEL, CLIENT_LOOPING_CHANNEL]
  for (const name of channels) subscribe(name, listen)
  const telemetry = startMetrics()
  spans.instrumentation.setMeterProvider(telemetry.provider)
  spans.instrumentation.enable()
  const fetch = async () => new Response(`${OPAQUE} ${CLIENT_SECRET}`, { status: 502 })
  const away = testResourceServer({
    http: { fetch },
    authorizationServer: {
      issuer: ISSUER,
      verification: 'introspection',
      introspection: { clientId: 'mcp', clientSecret: CLIENT_SECRET, endpoint: `${ISSUER}/i` },
    },
  })
  const gated = testResourceServer({
    requiredScopes: ['mcp:tools'],
    policy: { tools: { add: 'deny' }, default: 'allow' },
  })
  const bad = { sub: SUBJECT, jti: 'bad' }
  const expired = await signToken({ claims: { ...bad, exp: 1 } })
  const foreign = await signToken({ claims: { ...bad, aud: 'other' } })
  const poor = await signToken({ claims: { ...bad, scope: 'x' } })
  const revoked = await signToken({ claims: { ...bad, jti: 'gone' } })
  const forged = await signToken({ claims: bad, key: attackerKey })
  const bound = await signToken({ claims: { ...bad, cnf: { jkt: 'k'.repeat(43) } } })
  await gated.revoke({ token: 'gone' })
  const tokens = [jwt, expired, foreign, poor, revoked, forged, bound, OPAQUE]
  const outcomes = new Set<unknown>()
  for (const token of tokens) {
    for (const [to, name] of [
      [gated, 'add'],
      [gated, 'other'],
      [away, 'add'],
    ] as const) {
      const decision = await to.authenticate(
        request(undefined, {
          url: `/mcp?key=${QUERY}`,
          headers:
            token === bound
              ? { authorization: `DPoP ${token}`, dpop: PROOF, cookie: COOKIE }
              : { authorization: `Bearer ${token}`, cookie: COOKIE },
          message: toolCall(name, 1, { mark: HANDLER }),
        }),
      )
      outcomes.add('reason' in decision ? decision.reason : decision.outcome)
    }
  }
  const { resourceMetrics } = await telemetry.reader.collect()
  const page = new PrometheusSerializer().serialize(resourceMetrics)
  await telemetry.stop()
  for (const name of channels) unsubscribe(name, listen)
  expect(outcomes.size).toBeGreaterThan(7)
  expect(page).toContain('mcp_resource_server_decisions_total')
  expect(spans.all().length).toBeGreaterThan(20)
  const marks = [OPAQUE, CLIENT_SECRET, QUERY, HANDLER, PROOF, COOKIE]
  const secrets = [...marks, ...tokens.flatMap((token) => token.split('.').slice(1))]
  const events = JSON.stringify(heard)
  for (const mark of secrets)
    for (const text of [events, page, exported()]) expect(text).not.toContain(mark)
  for (const id of [SUBJECT, 'inspector', 'gone']) expect(page).not.toContain(id)
})

it('no attribute has a line break or half a character, whoever chose it', async () => {
  const text = `${'m'.repeat(127)}😀${'m'.repeat(127)}😀\r\n\u2028\ud800`
  const token = await signToken({ claims: { client_id: `${'m'.repeat(255)}😀`, sub: text } })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  for (const message of everywhere(text)) {
    const body = { jsonrpc: '2.0', ...message }
    await server.authenticate(request(undefined, { headers, message: body, method: 'POST' }))
  }
  const low = protectServer(server, new McpServer({ name: 'data', version: '1.0.0' }))
  low.registerTool('add', {}, () => ({ content: [] }))
  const authInfo = toAuthInfo(await server.verify(token), token, server)
  await sendV1(low, 'tools/call', authInfo, { name: text })
  const values = spans.all().flatMap(({ attributes }) => Object.values(attributes).flat())
  expect(values.length).toBeGreaterThan(20)
  for (const value of values) expect(String(value)).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}]/u)
})

it('no attribute is longer than 256 characters, whatever the caller sends', async () => {
  for (const message of everywhere('m'.repeat(2000))) {
    const headers = { authorization: `Bearer ${jwt}`, 'content-type': 'application/json' }
    const body = { jsonrpc: '2.0', ...message }
    await server.authenticate(request(undefined, { headers, message: body, method: 'POST' }))
  }
  const values = spans.all().flatMap(({ attributes }) => Object.values(attributes))
  const lengths = values.map((value) => String(value).length)
  expect(Math.max(...lengths)).toBeLessThanOrEqual(256)
  for (const { attributes, name } of spans.all()) {
    expect(Object.keys(attributes).length).toBeLessThan(25)
    expect(['authorize', 'verify token']).toContain(name)
  }
})

it('the messages of the tracing channel have no piece of the token either', async () => {
  const heard: unknown[] = []
  const name = 'tracing:mcp-resource-server:operation:asyncEnd'
  const listener = (message: unknown): void => void heard.push(message)
  subscribe(name, listener)
  const low = protectServer(server, new McpServer({ name: 'data', version: '1.0.0' }))
  low.registerTool('add', {}, () => ({ content: [] }))
  const authInfo = toAuthInfo(await server.verify(jwt), jwt, server)
  await sendV1(low, 'tools/call', authInfo, { name: jwt.slice(-60, -20) })
  unsubscribe(name, listener)
  expect(heard).toHaveLength(1)
  expect(JSON.stringify(heard)).not.toContain(jwt.slice(-50, -30))
})
