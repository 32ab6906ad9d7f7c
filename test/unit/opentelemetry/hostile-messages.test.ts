import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server as ServerV1 } from '@modelcontextprotocol/sdk/server/index.js'
import { Server as ServerV2 } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { guardConnections } from '../../../src/adapters/guarded-connection.ts'
import { type ProtectableServer, protectServer } from '../../../src/adapters/protected-server.ts'
import { METRICS } from '../../../src/opentelemetry/metrics.ts'
import {
  OPERATION_TRACE,
  OUTBOUND_TRACE,
  REQUEST_TRACE,
  VERIFICATION_TRACE,
} from '../../../src/telemetry/traces.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import { authInfoOf } from '../../support/mcp-requests.ts'
import { startMetrics } from '../../support/metrics.ts'
import { collectSpans } from '../../support/spans.ts'
import { CLAIMS, ISSUER, request, testResourceServer } from '../../support/tokens.ts'

const spans = collectSpans()
const resourceServer = testResourceServer({ policy: { default: 'allow' } })
const authInfo = await authInfoOf(resourceServer)
const ABOUT = { name: 'data', version: '1.0.0' }
const WITH_TOOLS = { capabilities: { tools: {} } }

/** A server that answers every method successfully, and waits where the test says so. */
async function agreeable(server: ServerV1 | ServerV2, answer: () => unknown = () => ({})) {
  const on = protectServer(resourceServer, server as ServerV1)
  on.fallbackRequestHandler = async () => (await answer()) as Record<string, unknown>
  const [client, transport] = InMemoryTransport.createLinkedPair()
  await on.connect(transport)
  const answers: { id?: unknown; result?: unknown }[] = []
  client.onmessage = (message) => void answers.push(message as never)
  await client.start()
  on.onerror = () => {}
  const send = (message: object, sender: object | undefined = authInfo) =>
    client.send(message as never, { authInfo: sender } as never)
  return { server: on as ProtectableServer & ServerV1, client, send, answers }
}
const SERVERS = [
  ['SDK v1', () => new ServerV1(ABOUT, WITH_TOOLS)],
  ['SDK v2', () => new ServerV2(ABOUT, WITH_TOOLS)],
] as const
const outcomes = () =>
  spans.all().map(({ attributes }) => attributes['mcp_resource_server.operation.outcome'])
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe.each(SERVERS)('a hostile message (%s)', (_sdk, create) => {
  it('an id that is no id of JSON-RPC ends at once, so it keeps nothing in memory', async () => {
    const { send } = await agreeable(create())
    for (const id of [null, {}, [], true]) await send({ jsonrpc: '2.0', id, method: 'ping' })
    await settle()
    expect(outcomes()).toEqual(Array(4).fill('delivered'))
  })

  it('ids 0, "", "1" and 1 are four requests, and each ends once', async () => {
    const waiting: (() => void)[] = []
    const wait = () => new Promise((resolve) => waiting.push(() => resolve({})))
    const { send, answers } = await agreeable(create(), wait)
    const ids = [0, '', '1', 1]
    for (const id of ids) await send({ jsonrpc: '2.0', id, method: 'wait' })
    await expect.poll(() => waiting.length).toBe(4)
    for (const [at, go] of waiting.entries()) {
      go()
      await expect.poll(() => spans.all().length).toBe(at + 1)
    }
    expect(answers.map(({ id }) => id)).toEqual(ids)
    expect(spans.all().map(({ attributes }) => attributes['jsonrpc.request.id'])).toEqual(
      ids.map(String),
    )
  })

  it('a caller whose cancellation is refused does not end the operation of another one', async () => {
    let go: () => void = () => {}
    const waiting = new Promise((resolve) => {
      go = () => resolve({})
    })
    const { send } = await agreeable(create(), () => waiting)
    await send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'slow' } })
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }
    await send(cancel, {})
    await settle()
    expect(outcomes()).toEqual(['refused'])
    go()
    await expect.poll(outcomes).toEqual(['refused', 'answered'])
  })
})

describe('reading for a trace keeps nothing from its way', () => {
  const fail = (): never => {
    throw new Error('a trap')
  }
  /** An object that throws whatever is done with it. */
  const trap = new Proxy(
    {},
    { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail, getPrototypeOf: fail },
  )
  /** A gate that lets everything through, and a server that keeps what it gets. */
  async function wired(result?: object) {
    const delivered: unknown[] = []
    const sent: unknown[] = []
    const gate = { check: () => undefined, filterList: async (_: string, list: unknown) => list }
    const transport = {
      start: async () => {},
      send: async (message: object) => void sent.push(message),
      onmessage: undefined as unknown as (message: object, extra?: object) => void,
    }
    const server = {
      async connect(on: typeof transport) {
        on.onmessage = (message) => {
          delivered.push(message)
          if (result !== undefined) void on.send({ id: 1, result })
        }
        await on.start()
      },
    }
    guardConnections(gate as never, server as never)
    await server.connect(transport)
    return { transport, delivered, sent }
  }
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'add' } }
  const hostile: readonly [string, object][] = [
    ['a message', trap],
    ['params', { ...call, params: trap }],
    ['_meta', { ...call, params: { name: 'add', _meta: trap } }],
    [
      'a getter in params',
      {
        ...call,
        params: {
          get name() {
            return fail()
          },
        },
      },
    ],
    ['a cancellation', { method: 'notifications/cancelled', params: trap }],
  ]

  it.each(hostile)('%s that cannot be read is delivered', async (_what, message) => {
    const { transport, delivered } = await wired()
    transport.onmessage(message)
    expect(delivered.length === 1 && delivered[0] === message).toBe(true)
  })

  it('a header that cannot be read does not stop a message', async () => {
    const { transport, delivered } = await wired()
    transport.onmessage(call, { requestInfo: { headers: trap } })
    expect(delivered).toEqual([call])
  })

  it.each([
    ['tools/list', { tools: [trap] }],
    ['tools/call', Object.defineProperty({}, 'isError', { get: fail })],
  ])('a result of %s that cannot be read is sent', async (method, result) => {
    const { transport, sent } = await wired(result)
    transport.onmessage({ ...call, method })
    await settle()
    expect(sent).toHaveLength(1)
  })
})

it('a subscriber that freezes a trace changes no decision and no answer', async () => {
  const names = [REQUEST_TRACE, VERIFICATION_TRACE, OUTBOUND_TRACE, OPERATION_TRACE]
  const freeze = (message: unknown): void => void Object.freeze(message)
  for (const name of names) subscribe(`tracing:${name}:start`, freeze)
  const introspecting = (answer: () => Response) =>
    testResourceServer({
      authorizationServer: {
        issuer: ISSUER,
        verification: 'introspection',
        introspection: { clientId: 'mcp', clientSecret: 's', endpoint: `${ISSUER}/introspect` },
      },
      http: { fetch: async () => answer() },
    })
  const inactive = introspecting(() => Response.json({ active: false }))
  const active = introspecting(() => Response.json({ ...CLAIMS, active: true }))
  const away = introspecting(() => new Response('', { status: 502 }))
  const reasons = []
  for (const server of [inactive, active, away]) {
    const decision = await server.authenticate(
      request('Bearer opaque', { message: toolCall('add') }),
    )
    reasons.push([decision.outcome, 'reason' in decision ? decision.reason : undefined])
  }
  const { send, answers } = await agreeable(new ServerV1(ABOUT, WITH_TOOLS))
  await send({ jsonrpc: '2.0', id: 1, method: 'ping' })
  await expect.poll(() => answers.length).toBe(1)
  for (const name of names) unsubscribe(`tracing:${name}:start`, freeze)
  expect(reasons).toEqual([
    ['challenged', 'token_inactive'],
    ['allowed', undefined],
    ['unavailable', 'introspection_unavailable'],
  ])
})

it('S1.13: a server that answers everything gives callers a bounded number of series', async () => {
  const telemetry = startMetrics()
  const { send, answers } = await agreeable(new ServerV1(ABOUT, WITH_TOOLS))
  for (let at = 0; at < 300; at += 1) {
    await send({ jsonrpc: '2.0', id: at, method: `made/up/${at}` })
    await send({ jsonrpc: '2.0', id: `t${at}`, method: 'tools/call', params: { name: `t${at}` } })
  }
  await expect.poll(() => answers.length).toBe(600)
  await settle()
  const series = await telemetry.series(METRICS.operationDuration.name)
  await telemetry.stop()
  expect(series.reduce((sum, { value }) => sum + value, 0)).toBe(600)
  expect(series.length).toBeLessThan(260)
})
