import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { context, propagation, type Span, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { afterEach, describe, expect, it } from 'vitest'
import { protectServer } from '../../../src/adapters/protected-server.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import { authInfoOf } from '../../support/mcp-requests.ts'
import { collectSpans } from '../../support/spans.ts'
import { ISSUER, request, signToken, testResourceServer } from '../../support/tokens.ts'

const spans = collectSpans()
afterEach(() => spans.instrumentation.setConfig({}))

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN_ID = '00f067aa0ba902b7'
const traceparent = `00-${TRACE_ID}-${SPAN_ID}-01`
const resourceServer = testResourceServer({ policy: { tools: { add: 'allow' }, default: 'allow' } })
const authInfo = await authInfoOf(resourceServer)

/** Calls the tool `add` inside a span of the HTTP server. Returns that span, and the baggage in the handler. */
async function call(_meta: unknown): Promise<{ http: Span; baggage: unknown }> {
  let baggage: unknown
  const server = protectServer(resourceServer, new McpServer({ name: 'data', version: '1.0.0' }))
  server.registerTool('add', {}, () => {
    baggage = propagation.getActiveBaggage()?.getAllEntries()
    return { content: [] }
  })
  const [client, transport] = InMemoryTransport.createLinkedPair()
  await server.connect(transport)
  await client.start()
  const http = trace.getTracer('user').startSpan('POST /mcp')
  const answered = new Promise((resolve) => {
    client.onmessage = resolve
  })
  const params = { name: 'add', _meta }
  await context.with(trace.setSpan(context.active(), http), () =>
    client.send(
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params } as never,
      {
        authInfo,
      } as never,
    ),
  )
  await answered
  await expect.poll(() => spans.names()).toEqual(['tools/call add'])
  await server.close()
  http.end()
  return { http, baggage }
}
const operation = () => spans.one('tools/call add')

describe('the trace context in _meta', () => {
  it('is the parent of the operation, with a link to the span of the HTTP request', async () => {
    const { http, baggage } = await call({
      traceparent,
      tracestate: 'vendor=1',
      baggage: 'tenant=acme',
    })
    expect(operation().spanContext().traceId).toBe(TRACE_ID)
    expect(operation().parentSpanContext).toMatchObject({ spanId: SPAN_ID, isRemote: true })
    expect(operation().links.map((link) => link.context)).toEqual([http.spanContext()])
    expect(operation().spanContext().traceState?.serialize()).toBe('vendor=1')
    expect(baggage).toEqual([['tenant', { value: 'acme' }]])
  })

  it('is only a link with `link`, and the handler gets no baggage of the caller', async () => {
    spans.instrumentation.setConfig({ traceContext: 'link' })
    const { http, baggage } = await call({ traceparent, baggage: 'tenant=acme' })
    expect(operation().parentSpanContext?.spanId).toBe(http.spanContext().spanId)
    expect(operation().links.map((link) => link.context.traceId)).toEqual([TRACE_ID])
    expect(baggage).toBeUndefined()
  })

  it('is not read with `ignore`', async () => {
    spans.instrumentation.setConfig({ traceContext: 'ignore' })
    const { http } = await call({ traceparent })
    expect(operation().parentSpanContext?.spanId).toBe(http.spanContext().spanId)
    expect(operation().links).toEqual([])
  })

  const hostile: readonly [string, unknown][] = [
    ['a traceparent that is a list', { traceparent: [traceparent] }],
    ['a traceparent that is an object', { traceparent: { toString: () => traceparent } }],
    ['a traceparent of zeros', { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01` }],
    ['a traceparent of an unknown form', { traceparent: `ff-${TRACE_ID}-${SPAN_ID}-01` }],
    ['a traceparent of a megabyte', { traceparent: traceparent.padEnd(1_000_000, '0') }],
    ['the token in a traceparent', { traceparent: `00-${authInfo.token.slice(0, 32)}-x-01` }],
  ]
  it.each(hostile)('is ignored if it is %s', async (_what, meta) => {
    const { http } = await call(meta)
    expect(operation().spanContext().traceId).toBe(http.spanContext().traceId)
    expect(operation().parentSpanContext?.spanId).toBe(http.spanContext().spanId)
  })

  it('loses a tracestate or baggage that contains a piece of the token', async () => {
    const piece = authInfo.token.slice(20, 60)
    const { baggage } = await call({
      traceparent,
      tracestate: `vendor=${piece}`,
      baggage: `tenant=${piece}`,
    })
    expect(operation().spanContext().traceId).toBe(TRACE_ID)
    expect(operation().spanContext().traceState?.serialize() ?? '').toBe('')
    expect(baggage ?? []).toEqual([])
  })

  it('is found among thousands of other members', async () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`key-${at}`, 'x']))
    await call({ ...many, traceparent })
    expect(operation().spanContext().traceId).toBe(TRACE_ID)
  })
})

it('the baggage of a caller does not go to the authorization server', async () => {
  const baggage: unknown[] = []
  const server = testResourceServer({
    authorizationServer: {
      issuer: ISSUER,
      verification: 'introspection',
      introspection: { clientId: 'mcp', clientSecret: 's', endpoint: `${ISSUER}/introspect` },
    },
    http: {
      fetch: async () => {
        baggage.push(propagation.getActiveBaggage(), trace.getActiveSpan() !== undefined)
        return Response.json({ active: false })
      },
    },
  })
  const callers = propagation.createBaggage({ tenant: { value: 'acme' } })
  await context.with(propagation.setBaggage(context.active(), callers), () =>
    server.authenticate(request('Bearer opaque')),
  )
  expect(baggage).toEqual([undefined, true])
})

it('a propagator that throws costs the span its link, but not its outcome', async () => {
  propagation.disable()
  const fail = (): never => {
    throw new Error('no propagation')
  }
  propagation.setGlobalPropagator({ inject: fail, extract: fail, fields: () => [] })
  const message = toolCall('add')
  const params = { ...message.params, _meta: { traceparent } }
  const decision = await resourceServer.authenticate(
    request(`Bearer ${authInfo.token}`, { message: { ...message, params } }),
  )
  expect(decision.outcome).toBe('allowed')
  expect(spans.one('authorize').attributes['mcp_resource_server.outcome']).toBe('allowed')
  propagation.disable()
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
})

describe('the span of the gate, which begins before the body is read', () => {
  const send = async (token: string) =>
    resourceServer.authenticate(
      request(`Bearer ${token}`, {
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        message: {
          ...toolCall('add'),
          params: { name: 'add', arguments: {}, _meta: { traceparent } },
        },
      }),
    )

  it('has a link to the caller', async () => {
    await send(await signToken())
    const { links, attributes } = spans.one('authorize')
    expect(links.map((link) => link.context.traceId)).toEqual([TRACE_ID])
    expect(attributes).toMatchObject({
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'add',
      'gen_ai.operation.name': 'execute_tool',
      'jsonrpc.request.id': '1',
    })
  })

  it('has none if the token is not good', async () => {
    await send('no-token')
    expect(spans.one('authorize').links).toEqual([])
  })
})
