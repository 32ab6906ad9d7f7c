import { readFileSync } from 'node:fs'
import { trace } from '@opentelemetry/api'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it } from 'vitest'
import { createInstrumentation, type Instrumentation } from '../../../src/opentelemetry/index.ts'
import { requestsObserved } from '../../../src/telemetry/run-traces.ts'
// Sets globals, so this file has a process of its own: support/spans.ts
import { bearer, signToken, testResourceServer } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const warnings = collectWarnings()
const good = await signToken()
const made: Instrumentation[] = []
const create = (...options: Parameters<typeof createInstrumentation>): Instrumentation => {
  const one = createInstrumentation(...options)
  made.push(one)
  return one
}
afterEach(() => {
  for (const one of made.splice(0)) one.disable()
  trace.disable()
})

function collector() {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  return { provider, names: () => exporter.getFinishedSpans().map(({ name }) => name), exporter }
}
const request = async () => testResourceServer().authenticate(bearer(good))
const SPANS = ['verify token', 'authorize']

describe('createInstrumentation', () => {
  it('records with a global provider that is set before it', async () => {
    const { provider, names } = collector()
    trace.setGlobalTracerProvider(provider)
    create()
    await request()
    expect(names()).toEqual(SPANS)
  })

  it('records with a global provider that is set after it', async () => {
    const { provider, names } = collector()
    create()
    await request()
    trace.setGlobalTracerProvider(provider)
    await request()
    expect(names()).toEqual(SPANS)
  })

  it('records with the provider that registerInstrumentations gives it, until it is unregistered', async () => {
    const { provider, names } = collector()
    const instrumentation = create({ enabled: false })
    expect(requestsObserved()).toBe(false)
    const unregister = registerInstrumentations({
      tracerProvider: provider,
      instrumentations: [instrumentation],
    })
    await request()
    unregister()
    await request()
    expect(names()).toEqual(SPANS)
    expect(instrumentation.getConfig().enabled).toBe(false)
  })

  it('names itself and the version of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    const { provider, exporter } = collector()
    const instrumentation = create()
    instrumentation.setTracerProvider(provider)
    await request()
    expect(instrumentation).toMatchObject({
      instrumentationName: 'mcp-resource-server',
      instrumentationVersion: version,
    })
    expect(exporter.getFinishedSpans()[0]?.instrumentationScope).toMatchObject({
      name: 'mcp-resource-server',
      version,
    })
  })

  it('can be disabled and enabled again; without it, requests are not observed', async () => {
    const { provider, names } = collector()
    const instrumentation = create()
    instrumentation.setTracerProvider(provider)
    instrumentation.disable()
    instrumentation.disable()
    expect(requestsObserved()).toBe(false)
    await request()
    expect(names()).toEqual([])
    instrumentation.enable()
    instrumentation.enable()
    await request()
    expect(names()).toEqual(SPANS)
  })

  it('a second one replaces the first, with a warning, and nothing is recorded twice', async () => {
    const [one, other] = [collector(), collector()]
    const first = create()
    first.setTracerProvider(one.provider)
    const second = create()
    second.setTracerProvider(other.provider)
    await request()
    expect([one.names(), other.names()]).toEqual([[], SPANS])
    expect([first.getConfig().enabled, second.getConfig().enabled]).toEqual([false, true])
    first.disable()
    await request()
    expect(other.names()).toEqual([...SPANS, ...SPANS])
    expect(warnings.map(([, code]) => code)).toEqual(['MCP_INSTRUMENTATION_REPLACED'])
  })

  it('names an option that is wrong', () => {
    expect(() => create({ traceContext: 'yes' as never })).toThrow(
      'createInstrumentation: option `traceContext` must be "parent", "link" or "ignore"',
    )
    expect(() => create({ subjects: true } as never)).toThrow(TypeError)
    expect(() => create().setConfig({ subject: 'yes' } as never)).toThrow('subject')
  })
})
