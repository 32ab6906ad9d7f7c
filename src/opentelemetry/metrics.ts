/** The definition of a metric. @internal */
export interface MetricDefinition {
  readonly name: string
  readonly type: 'counter' | 'histogram' | 'observable gauge'
  /** A unit of UCUM. A word in braces says what is counted. */
  readonly unit: string
  readonly description: string
  /** The attributes. The values of each are from a closed list, or from the configuration. */
  readonly attributes: readonly string[]
  /** The upper bounds of the buckets of a histogram. */
  readonly boundaries?: readonly number[]
}

/** From a cache hit (some 50 µs) to an authorization server that does not answer. */
const DECISION_SECONDS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
  5, 10,
]

/** Calls over the network take at least a millisecond. */
const CALL_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * The buckets that OpenTelemetry's conventions for MCP recommend:
 * https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md
 */
const OPERATION_SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]

/**
 * Every metric of this package. Names and attributes are public: dashboards and alerts contain them.
 * The attributes have the names that the spans use. Names of OpenTelemetry's conventions for MCP are used
 * where there are some.
 *
 * @internal
 */
export const METRICS = {
  /** One for each decision event, so also for a message that is refused inside the MCP server. */
  decisions: {
    name: 'mcp_resource_server.decisions',
    type: 'counter',
    unit: '{decision}',
    description: 'Decisions about requests, by outcome and reason',
    attributes: [
      'mcp_resource_server.resource',
      'mcp_resource_server.outcome',
      'mcp_resource_server.reason',
      'mcp_resource_server.near_miss',
    ],
  },
  /** Without the reason, because each combination of attributes has all the buckets. */
  decisionDuration: {
    name: 'mcp_resource_server.decision.duration',
    type: 'histogram',
    unit: 's',
    description: 'Time from the arrival of a request to its decision',
    attributes: [
      'mcp_resource_server.resource',
      'mcp_resource_server.outcome',
      'mcp_resource_server.cache',
    ],
    boundaries: DECISION_SECONDS,
  },
  /** Of messages that reach an MCP server behind `protectServer`. */
  operationDuration: {
    name: 'mcp.server.operation.duration',
    type: 'histogram',
    unit: 's',
    description: 'Time from the receipt of an MCP request or notification to its answer',
    attributes: [
      'mcp_resource_server.resource',
      'mcp.method.name',
      'gen_ai.operation.name',
      'gen_ai.tool.name',
      'gen_ai.prompt.name',
      'mcp.protocol.version',
      'rpc.response.status_code',
      'error.type',
    ],
    boundaries: OPERATION_SECONDS,
  },
  outboundDuration: {
    name: 'mcp_resource_server.outbound.duration',
    type: 'histogram',
    unit: 's',
    description: 'Time of HTTP calls to authorization servers; its count is the number of calls',
    attributes: [
      'mcp_resource_server.issuer',
      'mcp_resource_server.purpose',
      'http.response.status_code',
      'error.type',
    ],
    boundaries: CALL_SECONDS,
  },
  keySetAge: {
    name: 'mcp_resource_server.key_set.age',
    type: 'observable gauge',
    unit: 's',
    description: 'Time since the keys of an issuer were last fetched',
    attributes: ['mcp_resource_server.issuer'],
  },
  revocationEvents: {
    name: 'mcp_resource_server.revocation.events',
    type: 'counter',
    unit: '{event}',
    description: 'What happened to revocations, by kind and source',
    attributes: [
      'mcp_resource_server.resource',
      'mcp_resource_server.revocation.kind',
      'mcp_resource_server.revocation.source',
    ],
  },
  /** The unit is not `1`: exporters for Prometheus would append `_ratio` to the name. */
  sharedStoreUp: {
    name: 'mcp_resource_server.shared_store.up',
    type: 'observable gauge',
    unit: '{store}',
    description: '1 if the shared store answers, 0 if it does not',
    attributes: ['mcp_resource_server.resource'],
  },
  clientLoops: {
    name: 'mcp_resource_server.client_loops',
    type: 'counter',
    unit: '{report}',
    description: 'Reports of clients that are refused again and again with fresh tokens',
    attributes: [
      'mcp_resource_server.resource',
      'mcp_resource_server.reason',
      'mcp_resource_server.near_miss',
      'mcp_resource_server.verified',
    ],
  },
  hiddenItems: {
    name: 'mcp_resource_server.hidden_items',
    type: 'counter',
    unit: '{item}',
    description: 'Items that were hidden from the callers of lists',
    attributes: ['mcp_resource_server.resource', 'mcp.method.name'],
  },
} as const satisfies Record<string, MetricDefinition>

/** The counters and histograms, which record events. Gauges are read at each collection. @internal */
export type RecordedMetric = Exclude<keyof typeof METRICS, 'keySetAge' | 'sharedStoreUp'>

/** The values of a metric's attributes. An attribute that is `undefined` is left out. @internal */
export type MetricAttributes<Name extends keyof typeof METRICS> = {
  readonly [Attribute in (typeof METRICS)[Name]['attributes'][number]]:
    | string
    | number
    | boolean
    | undefined
}
