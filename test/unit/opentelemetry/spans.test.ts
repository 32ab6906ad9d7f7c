import { context, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createInstrumentation } from '../../../src/opentelemetry/index.ts'
import { createTestIssuer, testRequest } from '../../../src/testing/index.ts'

const exporter = new InMemorySpanExporter()
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })

const instrumentation = createInstrumentation()
beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  instrumentation.setTracerProvider(provider)
})
afterAll(async () => {
  instrumentation.disable()
  context.disable()
  trace.disable()
  metrics.disable()
  await provider.shutdown()
})

it('the spans of a request nest: authorize, verification, call for keys', async () => {
  const issuer = await createTestIssuer()
  const server = issuer.resourceServer()
  const token = await issuer.token()
  await server.authenticate(await testRequest({ token }))
  const spans = exporter.getFinishedSpans()
  const parentOf = (name: string) => {
    const span = spans.find((one) => one.name === name)
    return spans.find((one) => one.spanContext().spanId === span?.parentSpanContext?.spanId)?.name
  }
  expect(parentOf('key_set')).toBe('verify token')
  expect(parentOf('verify token')).toBe('authorize')
  expect(parentOf('authorize')).toBeUndefined()
})
