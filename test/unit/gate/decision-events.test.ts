import { tracingChannel } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { DECISION_CHANNEL, type DecisionEvent } from '../../../src/telemetry/events.ts'
import {
  type CurrentRequest,
  runTracesWith,
  type TraceRunner,
} from '../../../src/telemetry/trace-runner.ts'
import { REQUEST_TRACE, type RequestTrace } from '../../../src/telemetry/traces.ts'
import { collectEvents } from '../../support/events.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import {
  bearer,
  CORRELATION_ID,
  ISSUER,
  RESOURCE,
  request,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const good = await signToken()
const events = collectEvents<DecisionEvent>(DECISION_CHANNEL)
const policy = { tools: { act: 'allow' } } as const

/** Allows requests with a body. */
const ask = (message: object | undefined, more: object = {}) =>
  testResourceServer({ policy, sessions: 'none' }).authenticate({
    ...bearer(good),
    message,
    ...more,
  })

describe('the event of a request', () => {
  it('S1.13: names its method, operation, token and time', async () => {
    const started = performance.now()
    await ask(toolCall('act'))
    const { duration = -1, ...event } = events[0] ?? {}
    expect(event).toStrictEqual({
      outcome: 'allowed',
      status: 200,
      reason: undefined,
      detail: undefined,
      nearMiss: undefined,
      correlationId: CORRELATION_ID,
      resource: RESOURCE,
      method: 'POST',
      operations: ['tools/call "act"'],
      possession: [],
      cache: 'miss',
      issuer: ISSUER,
      subject: 'alice',
      clientId: 'inspector',
      requiredScopes: undefined,
      grantedScopes: ['mcp:tools'],
    })
    expect(duration).toBeGreaterThanOrEqual(0)
    expect(duration).toBeLessThanOrEqual(performance.now() - started)
  })

  it('S1.13: names the operations of a refused request too, of a batch the first twenty', async () => {
    await ask(Array.from({ length: 25 }, (_, at) => toolCall(`tool-${at}`, at)))
    expect(events[0]?.reason).toBe('operation_denied')
    const named = Array.from({ length: 20 }, (_, at) => `tools/call "tool-${at}"`)
    expect(events[0]?.operations).toEqual(named)
  })

  it('S1.7: has no piece of the token, wherever the caller repeats it', async () => {
    const [, payload = ''] = good.split('.')
    await ask(toolCall(payload.slice(0, 60)), { method: payload.slice(0, 40) })
    await testResourceServer().authenticate(request(`Bearer ${payload} y`, { method: payload }))
    expect(events).toHaveLength(2)
    expect(events[0]).toMatchObject({ method: '[token]', operations: ['tools/call "[token]"'] })
    expect(JSON.stringify(events)).not.toContain(payload.slice(0, 20))
  })

  it('S1.13: has the id of the answer, also if each request has a new one', async () => {
    let made = 0
    const server = testResourceServer({ correlationId: () => `id-${++made}` })
    const refused = await server.authenticate(bearer('a.b.c'))
    const allowed = await server.authenticate(bearer(good))
    expect(refused).toMatchObject({ outcome: 'challenged', correlationId: 'id-1' })
    expect(allowed).toMatchObject({ outcome: 'allowed', correlationId: 'id-2' })
    expect(events.map(({ correlationId }) => correlationId)).toEqual(['id-1', 'id-2'])
    expect(made).toBe(2)
  })

  it('S1.13: quotes an unusual method that is no piece of the token', async () => {
    await ask(undefined, { method: 'VERSION-CONTROL', message: undefined })
    await ask(undefined, { method: 'GET', message: undefined })
    expect(events.map(({ method }) => method)).toEqual(['VERSION-CONTROL', 'GET'])
  })
})

it('S1.13: a preflight makes no event', async () => {
  const headers = {
    origin: 'https://mcp.example.com',
    'access-control-request-method': 'POST',
  }
  const decision = await ask(undefined, { method: 'OPTIONS', headers, message: undefined })
  expect(decision).toMatchObject({ outcome: 'preflight', status: 204 })
  expect(events).toEqual([])
})

describe('the event of verify()', () => {
  it('S1.7: has no piece of the token, also if the verifier quotes it', async () => {
    const verifier = {
      verify: async (text: string): Promise<never> => {
        throw new ChallengeError('audience_mismatch', `not for us: ${text}`)
      },
    }
    await expect(testResourceServer({ verifier }).verify(good)).rejects.toThrow('not for us')
    expect(events).toMatchObject([{ reason: 'audience_mismatch', detail: 'not for us: [token]' }])
    expect(JSON.stringify(events)).not.toContain(good.slice(20, 60))
  })

  it('RFC7662-6: says that what is no text is no token', async () => {
    for (const wrong of [5, undefined, {}]) {
      await expect(testResourceServer().verify(wrong as never)).rejects.toMatchObject({
        reason: 'token_malformed',
      })
    }
    expect(events.map(({ outcome, reason }) => [outcome, reason])).toEqual(
      Array.from({ length: 3 }, () => ['challenged', 'token_malformed']),
    )
  })

  it('S1.13: has the correlation id of the caller, or a new one', async () => {
    const server = testResourceServer()
    await server.verify(good, { correlationId: 'mine' })
    await server.verify(good)
    expect(events).toMatchObject([
      { outcome: 'allowed', status: 200, correlationId: 'mine', subject: 'alice', cache: 'miss' },
      { outcome: 'allowed', status: 200, correlationId: CORRELATION_ID, cache: 'hit' },
    ])
  })

  it('S1.13 S1.7: of a refusal has its reason, and no piece of the token', async () => {
    const opaque = 'an-opaque-token-of-some-length'
    const verifier = {
      verify: async (text: string): Promise<never> => {
        throw new Error(`cannot read ${text}`)
      },
    }
    const failed = testResourceServer({ verifier }).verify(opaque)
    await expect(failed).rejects.toMatchObject({ reason: 'verifier_failed' })
    const scopeless = await signToken({ claims: { scope: 'x' } })
    await expect(testResourceServer().verify(scopeless)).rejects.toMatchObject({
      reason: 'scope_missing',
    })
    expect(events).toMatchObject([
      {
        outcome: 'unavailable',
        status: 503,
        reason: 'verifier_failed',
        detail: 'Error: cannot read [token]',
        requiredScopes: undefined,
      },
      {
        outcome: 'challenged',
        status: 403,
        reason: 'scope_missing',
        subject: 'alice',
        requiredScopes: ['mcp:tools'],
      },
    ])
  })

  it('reaches a verifier with the signal and the correlation id of its caller', async () => {
    const { signal } = new AbortController()
    const seen: unknown[] = []
    const token = await testResourceServer().verify(good)
    const verify = async (_text: string, context?: object) => {
      seen.push(context)
      return token
    }
    await testResourceServer({ verifier: { verify } }).verify('x', { signal })
    expect(seen).toEqual([expect.objectContaining({ signal })])
  })
})

describe('the trace of a request', () => {
  const traces: RequestTrace[] = []
  const channel = tracingChannel<object, RequestTrace>(REQUEST_TRACE)
  const noted = (message: unknown) => void traces.push(message as RequestTrace)
  beforeEach(() => {
    traces.length = 0
    channel.asyncEnd.subscribe(noted)
    return () => void channel.asyncEnd.unsubscribe(noted)
  })

  it('names its request, its decision, and its only call', async () => {
    await ask(toolCall('act', 'id-1'))
    expect(traces).toEqual([
      {
        correlationId: CORRELATION_ID,
        resource: RESOURCE,
        method: 'POST',
        decision: events[0],
        call: {
          method: 'tools/call',
          requestId: 'id-1',
          tool: 'act',
          prompt: undefined,
          resourceUri: undefined,
          protocolVersion: undefined,
        },
      },
    ])
  })

  it.each([
    ['a batch', [toolCall('act', 1), toolCall('act', 2)]],
    ['a response', { jsonrpc: '2.0', id: 1, result: {} }],
  ])('names no call of %s', async (_what, message) => {
    await ask(message)
    expect(traces).toMatchObject([{ decision: { outcome: 'allowed' } }])
    expect(traces[0]).not.toHaveProperty('call')
  })

  it('S1.7: names a call without the pieces of the token in it', async () => {
    await ask(toolCall(good.slice(0, 60)))
    expect(traces[0]?.call?.tool).toBe('[token]')
  })
})

describe('the trace context of a caller', () => {
  let current: CurrentRequest[]
  beforeEach(() => {
    current = []
    const scope = { run: (work: () => void) => work(), end: () => {} }
    runTracesWith({
      request: (_trace, request) => {
        current.push(request)
        return scope
      },
      verification: () => scope,
      call: () => scope,
      operation: () => scope,
      outside: (work) => work(),
    } satisfies TraceRunner)
  })
  afterEach(() => runTracesWith(undefined))

  const traced = (meta: unknown) => ({
    ...toolCall('act'),
    params: { name: 'act', arguments: {}, _meta: meta },
  })

  it('is read from `_meta` of a call with a good token, without pieces of the token', async () => {
    await ask(traced({ traceparent: '00-abc', baggage: good.slice(0, 40) }))
    const [{ carrier, correlationId } = { carrier: undefined, correlationId: '' }] = current
    expect(correlationId).toBe(CORRELATION_ID)
    expect(carrier?.names()).toEqual(['traceparent', 'baggage'])
    expect(carrier?.get('traceparent')).toBe('00-abc')
    expect(carrier?.get('baggage')).toBeUndefined()
  })

  it('is not read where there is none, or from a message without parameters', async () => {
    await ask(toolCall('act'))
    await ask({ jsonrpc: '2.0', id: 1, method: 'ping' })
    expect(events.map(({ outcome }) => outcome)).toEqual(['allowed', 'allowed'])
    for (const request of current) expect(request).not.toHaveProperty('carrier')
  })
})
