/** OpenTelemetry's own SDK, with the metrics of this package for Prometheus. Start it before the server. */
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { createInstrumentation } from 'mcp-resource-server/opentelemetry'

// #region sdk
export function startTelemetry({ port = Number(process.env.METRICS_PORT ?? 9464) } = {}): NodeSDK {
  const sdk = new NodeSDK({
    serviceName: 'weather',
    instrumentations: [createInstrumentation()],
    // Prometheus fetches http://127.0.0.1:9464/metrics.
    metricReaders: [new PrometheusExporter({ host: '127.0.0.1', port })],
    // This example sends no spans and no logs.
    spanProcessors: [],
    logRecordProcessors: [],
    autoDetectResources: false,
  })
  sdk.start()
  return sdk
}
// #endregion
