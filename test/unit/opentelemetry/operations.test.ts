import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server as ServerV1 } from '@modelcontextprotocol/sdk/server/index.js'
import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { McpServer as McpServerV2 } from '@modelcontextprotocol/server'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { toAuthInfo } from '../../../src/adapters/auth-info.ts'
import { type ProtectableServer, protectServer } from '../../../src/adapters/protected-server.ts'
import { authInfoOf, type Send, sendV1, sendV2 } from '../../support/mcp-requests.ts'
import { collectSpans } from '../../support/spans.ts'
import { CORRELATION_ID, ISSUER, RESOURCE, testResourceServer } from '../../support/tokens.ts'

const spans = collectSpans()
const ABOUT = { name: 'data', version: '1.0.0' }
const resourceServer = testResourceServer({
  policy: { tools: { erase: 'deny' }, prompts: {}, default: 'allow' },
})
const authInfo = await authInfoOf(resourceServer)

function build(server: McpServerV1 | McpServerV2): ProtectableServer {
  const on = protectServer(resourceServer, server) as McpServerV2
  on.registerTool('add', {}, () => {
    trace.getTracer('user').startSpan('work of the handler').end()
    return { content: [] }
  })
  on.registerTool('fail', {}, () => {
    throw new Error('secret words of the handler')
  })
  on.registerTool('erase', {}, () => ({ content: [] }))
  on.registerPrompt('greet', {}, () => ({ messages: [] }))
  on.registerResource('one', 'docs://one', {}, () => ({ contents: [] }))
  return on
}

/** Waits for the ends of spans, which follow the answer. */
async function settled<T>(sent: Promise<T>): Promise<T> {
  try {
    return await sent
  } finally {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

interface Way {
  readonly name: string
  readonly revision: string
  readonly send: (method: string, params?: object) => ReturnType<Send>
}
const v1 = (): ProtectableServer => build(new McpServerV1(ABOUT))
const v2 = (): ProtectableServer => build(new McpServerV2(ABOUT))
const WAYS: readonly Way[] = [
  {
    name: 'SDK v1, 2025-06-18',
    revision: '2025-06-18',
    send: (method, params) => settled(sendV1(v1(), method, authInfo, params)),
  },
  {
    name: 'SDK v2, 2025-06-18',
    revision: '2025-06-18',
    send: (method, params) => settled(sendV2('2025-06-18')(v2(), method, authInfo, params)),
  },
  {
    name: 'SDK v2, 2026-07-28',
    revision: '2026-07-28',
    send: (method, params) => settled(sendV2('2026-07-28')(v2(), method, authInfo, params)),
  },
]

describe.each(WAYS)('the span of an operation ($name)', ({ revision, send }) => {
  it('has the attributes of the conventions for MCP, and the work of the handler nests in it', async () => {
    await send('tools/call', { name: 'add', arguments: {} })
    const { kind, attributes, status } = spans.one('tools/call add')
    expect(kind).toBe(SpanKind.SERVER)
    expect(status).toEqual({ code: SpanStatusCode.UNSET })
    expect(attributes).toEqual({
      'mcp.method.name': 'tools/call',
      'mcp.protocol.version': revision,
      'gen_ai.tool.name': 'add',
      'gen_ai.operation.name': 'execute_tool',
      'jsonrpc.request.id': '1',
      'network.transport': 'tcp',
      'mcp_resource_server.resource': RESOURCE,
      'mcp_resource_server.issuer': ISSUER,
      'mcp_resource_server.client_id': 'inspector',
      'mcp_resource_server.operation.outcome': 'answered',
    })
    expect(spans.parentOf('work of the handler')).toBe('tools/call add')
  })

  it('a tool that fails is a tool_error, without the words of its error', async () => {
    await send('tools/call', { name: 'fail', arguments: {} })
    const { attributes, status, events } = spans.one('tools/call fail')
    expect(attributes['error.type']).toBe('tool_error')
    expect(status).toEqual({ code: SpanStatusCode.ERROR })
    expect(events).toEqual([])
    expect(JSON.stringify(attributes)).not.toContain('secret words')
  })

  it('an error of JSON-RPC has its code', async () => {
    await send('prompts/get', { name: 'no_such_prompt' })
    const { attributes } = spans.one('prompts/get')
    expect(attributes).toMatchObject({
      'error.type': '-32602',
      'rpc.response.status_code': '-32602',
      'gen_ai.prompt.name': 'no_such_prompt',
      'mcp_resource_server.operation.outcome': 'failed',
    })
    expect(attributes).not.toHaveProperty('gen_ai.operation.name')
  })

  it('a tool or method that the server does not have is not in the name of a span', async () => {
    await send('tools/call', { name: 'made_up_4711', arguments: {} })
    await send('made/up/4711')
    expect(spans.names()).toEqual(['tools/call', 'unknown method'])
    expect(spans.one('tools/call').attributes['gen_ai.tool.name']).toBe('made_up_4711')
  })

  it('a message that the policy refuses inside the server is a refusal, not an error', async () => {
    const { error } = await send('tools/call', { name: 'erase', arguments: {} })
    const { attributes, status } = spans.one('tools/call erase')
    expect(status).toEqual({ code: SpanStatusCode.UNSET })
    expect(attributes).toMatchObject({
      'mcp_resource_server.operation.outcome': 'refused',
      'error.type': String(error?.code),
    })
  })

  it('a URI is in no span, unless the option asks for it: then without its query', async () => {
    const read = () => send('resources/read', { uri: 'docs://one?key=s3cr3t' }).catch(() => {})
    await read()
    expect(JSON.stringify(spans.one('resources/read').attributes)).not.toContain('docs:')
    spans.instrumentation.setConfig({ resourceUris: true })
    await read()
    spans.instrumentation.setConfig({})
    expect(spans.all().at(-1)?.attributes['mcp.resource.uri']).toBe('docs://one')
  })
})

it('a message without a verified token has no influence on the trace, and its span is an outage', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  await sendV1(v1(), 'tools/call', undefined, { name: 'add', _meta: { traceparent } })
  const span = spans.one('tools/call add')
  expect(span.spanContext().traceId).not.toContain('4bf92f')
  expect(span.links).toEqual([])
  expect(span.status).toEqual({ code: SpanStatusCode.ERROR })
  expect(span.attributes).toMatchObject({ 'error.type': '503' })
  expect(span.attributes).not.toHaveProperty('mcp_resource_server.resource')
})

it('the operation and a refusal inside the server have the id of the request that brought them', async () => {
  const token = await resourceServer.verify(authInfo.token)
  const known = toAuthInfo(token, authInfo.token, resourceServer, [], CORRELATION_ID)
  const answer = await sendV1(v1(), 'tools/call', known, { name: 'erase' })
  expect(answer.error).toMatchObject({ data: { correlation_id: CORRELATION_ID } })
  const { attributes } = spans.one('tools/call erase')
  expect(attributes['mcp_resource_server.correlation_id']).toBe(CORRELATION_ID)
})

/** A low-level server whose tool answers when the test says so, with a client's end of the transport. */
async function slowServer() {
  const server = protectServer(resourceServer, new ServerV1(ABOUT, { capabilities: { tools: {} } }))
  const calls: (() => void)[] = []
  server.setRequestHandler(CallToolRequestSchema, async () => {
    await new Promise<void>((resolve) => calls.push(resolve))
    return { content: [] }
  })
  const [client, transport] = InMemoryTransport.createLinkedPair()
  await server.connect(transport)
  const answers: unknown[] = []
  client.onmessage = (message) => void answers.push(message)
  await client.start()
  const send = (message: object) =>
    settled(client.send({ jsonrpc: '2.0', ...message } as never, { authInfo } as never))
  const call = (id: number) => send({ id, method: 'tools/call', params: { name: 'slow' } })
  return { server, client, send, call, calls, answers }
}

const outcomes = () =>
  spans
    .all()
    .map(({ name, attributes }) => [name, attributes['mcp_resource_server.operation.outcome']])

describe('an operation always ends', () => {
  it('when the client cancels it: then the server sends nothing', async () => {
    const { send, call, calls, answers } = await slowServer()
    await call(1)
    await expect.poll(() => calls.length).toBe(1)
    await send({ method: 'notifications/cancelled', params: { requestId: 1 } })
    expect(outcomes()).toEqual([
      ['tools/call', 'cancelled'],
      ['notifications/cancelled', 'delivered'],
    ])
    expect(spans.one('tools/call').status).toEqual({ code: SpanStatusCode.UNSET })
    for (const answer of calls) answer()
    expect(answers).toEqual([])
  })

  it('when the connection is closed', async () => {
    const { server, call, calls } = await slowServer()
    await call(1)
    await call(2)
    await expect.poll(() => calls.length).toBe(2)
    await settled(server.close())
    expect(outcomes()).toEqual([
      ['tools/call', 'closed'],
      ['tools/call', 'closed'],
    ])
  })

  it('when the answer cannot be sent', async () => {
    const { server, call, calls } = await slowServer()
    await call(1)
    await expect.poll(() => calls.length).toBe(1)
    server.onerror = () => {}
    const peer = server.transport as { _otherTransport?: unknown }
    peer._otherTransport = undefined
    for (const answer of calls) answer()
    await expect.poll(() => spans.all().length).toBe(1)
    expect(spans.one('tools/call slow').attributes['error.type']).toBe('send_failed')
  })

  it('when too many are open: a client that never reads its answers costs no memory', async () => {
    const { server, call } = await slowServer()
    for (let id = 0; id < 1005; id += 1) await call(id)
    expect(spans.all()).toHaveLength(5)
    await settled(server.close())
    expect(spans.all()).toHaveLength(1005)
  })

  it('each one, when a client uses an id twice', async () => {
    const { call, calls } = await slowServer()
    await call(7)
    await call(7)
    await expect.poll(() => calls.length).toBe(2)
    for (const answer of calls) answer()
    await expect.poll(() => outcomes().length).toBe(2)
  })
})

it('a tool of a low-level server gets into the name of the span when it has answered', async () => {
  const { call, calls } = await slowServer()
  await call(1)
  await expect.poll(() => calls.length).toBe(1)
  for (const answer of calls) answer()
  await expect.poll(() => spans.names()).toEqual(['tools/call slow'])
})

it('without a span around the handler, the operation belongs to the trace of its gate', async () => {
  const decision = await resourceServer.authenticate({
    method: 'GET',
    url: new URL(RESOURCE).pathname,
    headers: { authorization: `Bearer ${authInfo.token}` },
  } as never)
  expect(decision.outcome).toBe('allowed')
  const token = await resourceServer.verify(authInfo.token)
  const known = toAuthInfo(token, authInfo.token, resourceServer, [], decision.correlationId)
  await context.with(trace.deleteSpan(context.active()), () =>
    sendV1(v1(), 'tools/call', known, { name: 'add' }),
  )
  expect(spans.parentOf('tools/call add')).toBe('authorize')
})
