import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { startTestIssuer, type TestIssuer } from '../../src/testing/index.ts'
import { undoAfterAll } from '../support/undo.ts'

interface Exported {
  readonly name: string
  readonly scope: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parent?: string
  readonly links: readonly string[]
  readonly attributes: Readonly<Record<string, unknown>>
}

const stop = undoAfterAll()
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER = '00f067aa0ba902b7'
let child: ChildProcess
let issuer: TestIssuer
let resource: string

async function tell<T>(message?: object): Promise<T> {
  const answer = once(child, 'message')
  if (message !== undefined) child.send(message)
  return (await answer)[0] as T
}

beforeAll(async () => {
  child = fork('test/support/traced-server.ts', { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  stop.push(() => child.kill())
  const { port } = await tell<{ port: number }>()
  resource = `http://127.0.0.1:${port}/mcp`
  issuer = await startTestIssuer({ resource, scopes: ['mcp:tools'] })
  stop.push(() => issuer.close())
  await tell({ issuer: issuer.issuer, resource })
})

/** The spans of the traced server, when the span that ends last has ended. */
async function spansWith(name: string): Promise<readonly Exported[]> {
  let spans: readonly Exported[] = []
  await expect
    .poll(async () => {
      spans = (await tell<{ spans: Exported[] }>({ spans: true })).spans
      return spans.map((span) => span.name)
    })
    .toContain(name)
  return spans
}

describe('a server with NodeSDK, its instrumentations of HTTP and undici, and ours', () => {
  it('traces a stock client from its call, over the HTTP request, to the authorization server', async () => {
    const token = await issuer.token()
    const client = new Client({ name: 'client', version: '1.0.0' })
    const headers = { authorization: `Bearer ${token}` }
    const transport = new StreamableHTTPClientTransport(new URL(resource), {
      requestInit: { headers },
    })
    await client.connect(transport as Parameters<typeof client.connect>[0])
    await client.callTool({
      name: 'who_am_i',
      arguments: {},
      _meta: { traceparent: `00-${TRACE_ID}-${CALLER}-01` },
    })
    await client.close()

    const spans = await spansWith('tools/call who_am_i')
    const named = (name: string) => spans.find((span) => span.name === name)
    const parentOf = (span?: Exported) => spans.find(({ spanId }) => spanId === span?.parent)
    const ours = spans.filter(({ scope }) => scope === 'mcp-resource-server')

    // The gate is in the span of the HTTP server.
    for (const gate of ours.filter(({ name }) => name === 'authorize')) {
      expect(parentOf(gate)?.scope).toBe('@opentelemetry/instrumentation-http')
    }
    // The call to the authorization server: ours, then undici's in it.
    expect(parentOf(named('verify token'))?.name).toBe('authorize')
    expect(parentOf(named('key_set'))?.name).toBe('verify token')
    const undici = spans.filter(({ scope }) => scope === '@opentelemetry/instrumentation-undici')
    expect(undici.map((span) => parentOf(span)?.name)).toContain('key_set')
    // The authorization server gets trace context from the user's own instrumentation only.
    const sent = issuer.requests.map((request) => request.headers.traceparent ?? '')
    expect(sent.some((value) => value.includes(named('key_set')?.traceId ?? 'none'))).toBe(true)
    // The operation belongs to the trace of the caller, with a link to the HTTP request.
    const operation = named('tools/call who_am_i')
    expect([operation?.traceId, operation?.parent]).toEqual([TRACE_ID, CALLER])
    const linked = spans.find(({ spanId }) => operation?.links.includes(spanId))
    expect(linked?.scope).toBe('@opentelemetry/instrumentation-http')
    expect(operation?.attributes).toMatchObject({
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'who_am_i',
      'mcp.protocol.version': expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    })
    // Another operation belongs to the trace of its HTTP request.
    const initialize = named('initialize')
    expect(parentOf(initialize)?.scope).toBe('@opentelemetry/instrumentation-http')
    // The id of a request is on its gate and on its operation.
    const id = 'mcp_resource_server.correlation_id'
    const gates = ours.filter(({ name }) => name === 'authorize').map((gate) => gate.attributes[id])
    expect(gates).toContain(operation?.attributes[id])
    expect(gates).toContain(initialize?.attributes[id])
    expect(JSON.stringify(ours)).not.toContain(token.split('.')[2])
  })

  it('gives a refused caller the id that its span has', async () => {
    const response = await fetch(resource, {
      method: 'POST',
      headers: { authorization: 'Bearer nonsense', 'content-type': 'application/json' },
      body: '{}',
    })
    const { correlation_id: id } = (await response.json()) as { correlation_id: string }
    const spans = await spansWith('authorize')
    const refused = spans.filter(
      ({ attributes }) => attributes['mcp_resource_server.correlation_id'] === id,
    )
    expect(refused.map(({ name }) => name)).toEqual(['authorize'])
    expect(response.status).toBe(401)
  })
})
