import { type ContextManager, context, ROOT_CONTEXT, type Tracer, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it } from 'vitest'
import { outsideRequest } from '../../../src/telemetry/current-request.ts'
import { collectSpans } from '../../support/spans.ts'
import { bearer, ISSUER, signToken, testResourceServer } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const { instrumentation } = collectSpans()
const warnings = collectWarnings()
const fail = (): never => {
  throw new Error('the words of the tracer')
}
const good = await signToken()

/** A tracer whose spans throw in one of their methods. */
function brokenTracer(method: string): Tracer {
  const span = trace.wrapSpanContext({ traceId: 'x', spanId: 'y', traceFlags: 1 })
  const broken = new Proxy(span, {
    get: (target, name) =>
      name === 'isRecording' && method !== name
        ? () => true
        : name === method
          ? fail
          : Reflect.get(target, name),
  })
  const startSpan = method === 'startSpan' ? fail : () => broken
  return { startSpan, startActiveSpan: fail }
}

const managers: readonly [string, Partial<ContextManager>][] = [
  ['throws before the work', { with: fail }],
  [
    'throws after the work',
    {
      with: (_context, work, self, ...args) => {
        work.apply(self as never, args)
        return fail()
      },
    },
  ],
  [
    'runs the work twice',
    {
      with: (_context, work, self, ...args) => {
        work.apply(self as never, args)
        return work.apply(self as never, args)
      },
    },
  ],
  ['never runs the work', { with: () => undefined as never }],
  ['throws when it is asked for the active context', { active: fail }],
]

/** The outcomes of a good request, of a bad one and of one in an outage. */
async function outcomes() {
  let introspections = 0
  const server = testResourceServer()
  const away = testResourceServer({
    authorizationServer: {
      issuer: ISSUER,
      verification: 'introspection',
      introspection: {
        clientId: 'mcp',
        clientSecret: 's3cr3t',
        endpoint: 'https://sso.example.com/introspect',
      },
    },
    http: {
      fetch: async () => {
        introspections += 1
        return new Response('', { status: 502 })
      },
    },
  })
  const decisions = [
    await server.authenticate(bearer(good)),
    await server.authenticate(bearer('no-token')),
    await away.authenticate(bearer('opaque')),
  ]
  return [...decisions.map(({ outcome }) => outcome), introspections]
}
const EXPECTED = ['allowed', 'challenged', 'unavailable', 1]

afterEach(() => instrumentation.setTracerProvider(trace.getTracerProvider()))

describe('a tracer that misbehaves does not change a decision', () => {
  it.each([
    'startSpan',
    'spanContext',
    'isRecording',
    'setAttributes',
    'setStatus',
    'addLink',
    'end',
  ])('if %s throws', async (method) => {
    instrumentation.setTracerProvider({ getTracer: () => brokenTracer(method) })
    expect(await outcomes()).toEqual(EXPECTED)
    expect(JSON.stringify(warnings)).not.toContain('the words of the tracer')
  })

  it('if an exporter or a processor throws', async () => {
    const exporter = new InMemorySpanExporter()
    exporter.export = fail
    const processor = new SimpleSpanProcessor({ exporter })
    const thrower = { ...processor, onStart: fail, onEnd: fail } as never
    for (const one of [processor, thrower]) {
      instrumentation.setTracerProvider(new TracerProvider({ spanProcessors: [one] }))
      expect(await outcomes()).toEqual(EXPECTED)
    }
  })
})

describe('a context manager that misbehaves does not change a decision', () => {
  it.each(managers)('if it %s', async (_what, broken) => {
    context.disable()
    const manager: ContextManager = {
      active: () => ROOT_CONTEXT,
      with: (_context, work, self, ...args) => work.apply(self as never, args),
      bind: (_context, target) => target,
      enable: () => manager,
      disable: () => manager,
      ...broken,
    }
    context.setGlobalContextManager(manager)
    expect(await outcomes()).toEqual(EXPECTED)
    expect(outsideRequest(() => 'result')).toBe('result')
    expect(() => outsideRequest(fail)).toThrow('the words of the tracer')
    context.disable()
  })
})
