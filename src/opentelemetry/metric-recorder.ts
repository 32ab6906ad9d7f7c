import { type ChannelListener, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { diag, type MeterProvider, metrics } from '@opentelemetry/api'
import {
  CLIENT_LOOPING_CHANNEL,
  type ClientLoopingEvent,
  DECISION_CHANNEL,
  type DecisionEvent,
  LIST_CHANNEL,
  type ListEvent,
  OUTBOUND_CHANNEL,
  type OutboundEvent,
  REVOCATION_CHANNEL,
  type RevocationEvent,
} from '../telemetry/events.ts'
import { OPERATION_TRACE, type OperationTrace } from '../telemetry/traces.ts'
import { callErrorType } from './call-error-type.ts'
import { Instruments } from './instruments.ts'
import type { MetricAttributes, RecordedMetric } from './metrics.ts'
import { operationAttributes } from './operation-attributes.ts'

/**
 * Records metrics from the events of this package. No meter can change a decision: the error of a meter is
 * caught, and reported to the diagnostics of OpenTelemetry once for each meter provider.
 *
 * @internal
 */
export class MetricRecorder {
  readonly #scope: string
  readonly #version: string
  /** The provider that was given. If there is none, the global one is used, which may be set later. */
  #given: MeterProvider | undefined
  /** The provider of the instruments. */
  #provider: MeterProvider | undefined
  #instruments: Instruments | undefined
  #failed = false
  #started = false

  /** @param scope the name of the meter */
  constructor(scope: string, version: string) {
    this.#scope = scope
    this.#version = version
  }

  /** Uses a provider from now on. */
  use(provider: MeterProvider): void {
    this.#given = provider
    if (this.#started) this.#current()
  }

  start(): void {
    if (this.#started) return
    this.#started = true
    for (const [channel, listener] of this.#listeners) subscribe(channel, listener)
    this.#current()
  }

  stop(): void {
    this.#started = false
    for (const [channel, listener] of this.#listeners) unsubscribe(channel, listener)
    this.#drop()
  }

  /** The instruments of the current provider; `undefined` if they cannot be made. */
  #current(): Instruments | undefined {
    const provider = this.#given ?? metrics.getMeterProvider()
    if (provider === this.#provider) return this.#instruments
    this.#drop()
    this.#provider = provider
    this.#failed = false
    this.#guarded(() => {
      this.#instruments = new Instruments(provider.getMeter(this.#scope, this.#version))
    })
    return this.#instruments
  }

  #drop(): void {
    const instruments = this.#instruments
    this.#provider = undefined
    this.#instruments = undefined
    this.#guarded(() => instruments?.close())
  }

  #record<Name extends RecordedMetric>(
    metric: Name,
    value: number,
    attributes: MetricAttributes<Name>,
  ): void {
    this.#guarded(() => this.#current()?.record(metric, value, attributes))
  }

  /** Runs code of OpenTelemetry's SDK. A subscriber of a channel that throws would end the process. */
  #guarded(use: () => void): void {
    try {
      use()
    } catch (error) {
      if (this.#failed) return
      this.#failed = true
      report(error)
    }
  }

  readonly #decided = (event: DecisionEvent): void => {
    const { resource, outcome, reason, nearMiss, cache, duration } = event
    const about = {
      'mcp_resource_server.resource': resource,
      'mcp_resource_server.outcome': outcome,
    }
    this.#record('decisions', 1, {
      ...about,
      'mcp_resource_server.reason': reason,
      'mcp_resource_server.near_miss': nearMiss,
    })
    // A message that is refused inside the MCP server has no time of its own.
    if (duration === 0) return
    this.#record('decisionDuration', duration / 1000, {
      ...about,
      'mcp_resource_server.cache': cache,
    })
  }

  readonly #answered = (trace: OperationTrace): void => {
    const { end } = trace
    if (end === undefined) return
    this.#record('operationDuration', end.duration / 1000, operationAttributes(trace, end))
  }

  readonly #called = (event: OutboundEvent): void => {
    this.#record('outboundDuration', event.duration / 1000, {
      'mcp_resource_server.issuer': event.issuer,
      'mcp_resource_server.purpose': event.purpose,
      'http.response.status_code': event.status,
      'error.type': callErrorType(event),
    })
  }

  readonly #revoked = ({ resource, kind, source }: RevocationEvent): void => {
    this.#record('revocationEvents', 1, {
      'mcp_resource_server.resource': resource,
      'mcp_resource_server.revocation.kind': kind,
      'mcp_resource_server.revocation.source': source,
    })
  }

  readonly #looped = ({ resource, reason, nearMiss, verified }: ClientLoopingEvent): void => {
    this.#record('clientLoops', 1, {
      'mcp_resource_server.resource': resource,
      'mcp_resource_server.reason': reason,
      'mcp_resource_server.near_miss': nearMiss,
      'mcp_resource_server.verified': verified,
    })
  }

  readonly #listed = ({ resource, method, hiddenCount }: ListEvent): void => {
    this.#record('hiddenItems', hiddenCount, {
      'mcp_resource_server.resource': resource,
      'mcp.method.name': method,
    })
  }

  readonly #listeners = [
    [DECISION_CHANNEL, this.#decided as ChannelListener],
    [`tracing:${OPERATION_TRACE}:asyncEnd`, this.#answered as ChannelListener],
    [OUTBOUND_CHANNEL, this.#called as ChannelListener],
    [REVOCATION_CHANNEL, this.#revoked as ChannelListener],
    [CLIENT_LOOPING_CHANNEL, this.#looped as ChannelListener],
    [LIST_CHANNEL, this.#listed as ChannelListener],
  ] as const
}

/** The logger of OpenTelemetry's diagnostics is the user's. It may throw too. */
function report(error: unknown): void {
  try {
    diag.error('mcp-resource-server: metrics are not recorded', error)
  } catch {
    // Nobody is left to tell.
  }
}
