/** An MCP server with the SDK of OpenTelemetry, in a process of its own: it patches `node:http`. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import type { Express } from 'express'
import { createInstrumentation } from 'mcp-resource-server/opentelemetry'

const exporter = new InMemorySpanExporter()
new NodeSDK({
  serviceName: 'traced-server',
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
  metricReaders: [],
  logRecordProcessors: [],
  autoDetectResources: false,
  instrumentations: [
    new HttpInstrumentation(),
    new UndiciInstrumentation(),
    createInstrumentation(),
  ],
}).start()

// What is instrumented is loaded after the SDK has started.
const { createApp } = await import('../../examples/frameworks/express-sdk-v1.ts')
let app: Express | undefined
const server = createServer((request, response) => app?.(request, response))
server.listen(0, '127.0.0.1', () =>
  process.send?.({ port: (server.address() as AddressInfo).port }),
)

process.on('message', (message: { issuer?: string; resource?: string; spans?: true }) => {
  const { issuer, resource } = message
  if (issuer !== undefined && resource !== undefined) {
    app = createApp({ issuer, resource })
    process.send?.({ ready: true })
    return
  }
  const spans = exporter.getFinishedSpans().map((span) => ({
    name: span.name,
    kind: span.kind,
    scope: span.instrumentationScope.name,
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parent: span.parentSpanContext?.spanId,
    links: span.links.map((link) => link.context.spanId),
    attributes: span.attributes,
  }))
  process.send?.({ spans })
})
process.on('disconnect', () => process.exit())
