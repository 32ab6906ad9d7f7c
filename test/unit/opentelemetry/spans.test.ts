import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { expect, it } from 'vitest'
import { DECISION_CHANNEL, type DecisionEvent } from '../../../src/telemetry/events.ts'
import { createTestIssuer, testRequest } from '../../../src/testing/index.ts'
import { collectSpans } from '../../support/spans.ts'
import {
  bearer,
  CLAIMS,
  CORRELATION_ID,
  ISSUER,
  RESOURCE,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const spans = collectSpans()
const ERROR = SpanStatusCode.ERROR

/** A resource server whose authorization server answers each introspection with this. */
const introspecting = (answer: () => Response | Promise<Response>) =>
  testResourceServer({
    authorizationServer: {
      issuer: ISSUER,
      verification: 'introspection',
      introspection: {
        clientId: 'mcp',
        clientSecret: 's3cr3t',
        endpoint: 'https://sso.example.com:8443/introspect?tenant=acme',
      },
    },
    http: { fetch: async () => answer() },
  })
const active = () => Response.json({ ...CLAIMS, active: true })

it('the spans of a request nest: authorize, verification, call for keys', async () => {
  const issuer = await createTestIssuer()
  const server = issuer.resourceServer()
  const token = await issuer.token()
  await server.authenticate(await testRequest({ token }))
  expect(spans.parentOf('key_set')).toBe('verify token')
  expect(spans.parentOf('discovery')).toBe('verify token')
  expect(spans.parentOf('verify token')).toBe('authorize')
  expect(spans.parentOf('authorize')).toBeUndefined()
  // Only the user's own instrumentation of HTTP sends trace context to other servers.
  for (const { headers } of issuer.requests) expect(headers).not.toHaveProperty('traceparent')
})

it('the span of the gate joins the span that is active when the request comes', async () => {
  const server = testResourceServer()
  const outer = trace.getTracer('user').startSpan('POST /mcp')
  await context.with(trace.setSpan(context.active(), outer), async () =>
    server.authenticate(bearer(await signToken())),
  )
  outer.end()
  expect(spans.parentOf('authorize')).toBe('POST /mcp')
})

it('the span of an allowed request says what was decided, and from where', async () => {
  const server = testResourceServer()
  const token = await signToken()
  await server.authenticate(bearer(token))
  await server.authenticate(bearer(token))
  const [first, second] = spans.all().filter(({ name }) => name === 'authorize')
  expect(first?.attributes).toEqual({
    'http.request.method': 'POST',
    'mcp_resource_server.correlation_id': CORRELATION_ID,
    'mcp_resource_server.resource': RESOURCE,
    'mcp_resource_server.outcome': 'allowed',
    'mcp_resource_server.status': 200,
    'mcp_resource_server.cache': 'miss',
    'mcp_resource_server.possession': [],
    'mcp_resource_server.issuer': ISSUER,
    'mcp_resource_server.client_id': 'inspector',
  })
  expect(first?.kind).toBe(SpanKind.INTERNAL)
  expect(second?.attributes['mcp_resource_server.cache']).toBe('hit')
  expect(spans.names()).toEqual(['verify token', 'authorize', 'authorize'])
})

it('a refusal is no error of this server; its id is the one that the caller gets', async () => {
  const decision = await testResourceServer().authenticate(bearer('no-token'))
  expect(decision.outcome).toBe('challenged')
  const { attributes, status } = spans.one('authorize')
  expect(status).toEqual({ code: SpanStatusCode.UNSET })
  expect(attributes).toMatchObject({
    'mcp_resource_server.outcome': 'challenged',
    'mcp_resource_server.status': 401,
    'mcp_resource_server.reason': 'token_opaque',
    'mcp_resource_server.correlation_id': decision.correlationId,
  })
  expect(attributes).not.toHaveProperty('error.type')
})

it('an outage of the authorization server is an error, up to the gate', async () => {
  const server = introspecting(() => new Response('', { status: 502 }))
  const decision = await server.authenticate(bearer('opaque'))
  expect(decision.outcome).toBe('unavailable')
  for (const name of ['introspection', 'verify token', 'authorize']) {
    expect(spans.one(name).status).toEqual({ code: ERROR })
  }
  expect(spans.one('introspection').attributes).toMatchObject({
    'http.response.status_code': 502,
    'error.type': '502',
  })
  expect(spans.one('authorize').attributes['error.type']).toBe('introspection_unavailable')
})

it('a call to the authorization server is a client span, with its address and without its query', async () => {
  await introspecting(active).authenticate(bearer('opaque'))
  const span = spans.one('introspection')
  expect(span.kind).toBe(SpanKind.CLIENT)
  expect(span.attributes).toEqual({
    'http.request.method': 'POST',
    'http.response.status_code': 200,
    'server.address': 'sso.example.com',
    'server.port': 8443,
    'url.full': 'https://sso.example.com:8443/introspect',
    'mcp_resource_server.purpose': 'introspection',
    'mcp_resource_server.issuer': ISSUER,
    'mcp_resource_server.correlation_id': CORRELATION_ID,
  })
})

it('a call without an answer says why in a word', async () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  await introspecting(() => Promise.reject(refused)).authenticate(bearer('opaque'))
  expect(spans.one('introspection').attributes['error.type']).toBe('ECONNREFUSED')
  const secret = Object.assign(new Error('s3cr3t'), { code: 'opaque-token s3cr3t' })
  await introspecting(() => Promise.reject(secret)).authenticate(bearer('opaque'))
  expect(spans.all().at(-3)?.attributes['error.type']).toBe('_OTHER')
})

it('requests that share a verification: it belongs to the first, and the others have a link to it', async () => {
  const server = introspecting(active)
  await Promise.all([1, 2, 3].map(() => server.authenticate(bearer('opaque'))))
  const verification = spans.one('verify token').spanContext().spanId
  const gates = spans.all().filter(({ name }) => name === 'authorize')
  const linked = gates.map(({ links }) => links.map((link) => link.context.spanId))
  expect(linked.filter((links) => links.length === 0)).toHaveLength(1)
  expect(linked.filter(([id]) => id === verification)).toHaveLength(2)
  const parent = spans.one('verify token').parentSpanContext?.spanId
  expect(gates.find(({ links }) => links.length === 0)?.spanContext().spanId).toBe(parent)
})

it('a refresh in the background is a root, not a child of the request that started it', async () => {
  let now = Date.now()
  const issuer = await createTestIssuer({ clock: () => now })
  const server = issuer.resourceServer()
  await server.authenticate(await testRequest({ token: await issuer.token() }))
  now += 400_000
  await server.authenticate(await testRequest({ token: await issuer.token() }))
  await expect.poll(() => spans.all().filter(({ name }) => name === 'key_set').length).toBe(2)
  const refreshes = spans
    .all()
    .filter(({ name }) => name === 'key_set' || name === 'discovery')
    .slice(2)
  expect(refreshes.length).toBeGreaterThan(0)
  for (const span of refreshes) {
    expect(span.parentSpanContext).toBeUndefined()
    expect(span.attributes).not.toHaveProperty('mcp_resource_server.correlation_id')
  }
})

it('a subscriber of decisions runs inside the span, so its logs can name the trace', async () => {
  const ids: unknown[] = []
  const listener = (message: unknown): void => {
    const { correlationId } = message as DecisionEvent
    ids.push([correlationId, trace.getActiveSpan()?.spanContext().traceId])
  }
  subscribe(DECISION_CHANNEL, listener)
  await testResourceServer().authenticate(bearer(await signToken()))
  unsubscribe(DECISION_CHANNEL, listener)
  expect(ids).toEqual([[CORRELATION_ID, spans.one('authorize').spanContext().traceId]])
})

it('the id that callers quote can be the id of the trace', async () => {
  const correlationId = () => trace.getActiveSpan()?.spanContext().traceId ?? 'none'
  const server = testResourceServer({ correlationId })
  const outer = trace.getTracer('user').startSpan('POST /mcp')
  const decision = await context.with(trace.setSpan(context.active(), outer), () =>
    server.authenticate(bearer('no-token')),
  )
  outer.end()
  expect(decision.correlationId).toBe(spans.one('authorize').spanContext().traceId)
})

it('a subject is in a span only if the option asks for it', async () => {
  await testResourceServer().authenticate(bearer(await signToken()))
  expect(JSON.stringify(spans.one('authorize').attributes)).not.toContain('alice')
  spans.instrumentation.setConfig({ subject: true })
  await testResourceServer().authenticate(bearer(await signToken()))
  spans.instrumentation.setConfig({})
  expect(spans.all().at(-1)?.attributes['enduser.id']).toBe('alice')
})

it('a word that a caller sends as HTTP method is not in a span', async () => {
  const server = testResourceServer()
  await server.authenticate({ ...bearer(await signToken()), method: 'EVIL' })
  expect(spans.one('authorize').attributes['http.request.method']).toBe('_OTHER')
})
