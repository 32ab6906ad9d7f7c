import type { Mutant } from './mutants-list.ts'

const RECORDER = 'src/opentelemetry/metric-recorder.ts'
const INSTRUMENTS = 'src/opentelemetry/instruments.ts'
const OPERATIONS = 'src/opentelemetry/operation-attributes.ts'
const STATES = 'src/telemetry/states.ts'

/** Metrics: few series, nothing about a person, and no effect on a decision. */
export const METRIC_MUTANTS: readonly Mutant[] = [
  {
    name: 'metrics: decisions by correlation id',
    file: RECORDER,
    find: "'mcp_resource_server.near_miss': nearMiss,\n    })\n    // A message",
    replace:
      "'mcp_resource_server.near_miss': (event.correlationId as string),\n    })\n    // A message",
  },
  {
    name: 'metrics: decisions by subject',
    file: RECORDER,
    find: "'mcp_resource_server.reason': reason,\n      'mcp_resource_server.near_miss': nearMiss,\n    })\n    // A",
    replace:
      "'mcp_resource_server.reason': reason ?? event.subject,\n      'mcp_resource_server.near_miss': nearMiss,\n    })\n    // A",
  },
  {
    name: 'metrics: durations by HTTP method',
    file: RECORDER,
    find: "'mcp_resource_server.cache': cache,",
    replace: "'mcp_resource_server.cache': event.method,",
  },
  {
    name: 'metrics: any error code of a call',
    file: 'src/opentelemetry/call-error-type.ts',
    find: "CODES.has(error) ? error : '_OTHER'",
    replace: 'error',
  },
  {
    name: 'metrics: operations by a method that the caller made up',
    file: OPERATIONS,
    find: 'methodKnown ? method : OTHER',
    replace: 'methodKnown || true ? method : OTHER',
  },
  {
    name: 'metrics: operations by a tool that the caller made up',
    file: OPERATIONS,
    find: 'nameKnown ? tool : undefined',
    replace: 'nameKnown || true ? tool : undefined',
  },
  {
    name: 'metrics: operations by a prompt that the caller made up',
    file: OPERATIONS,
    find: 'nameKnown ? prompt : undefined',
    replace: 'nameKnown || true ? prompt : undefined',
  },
  {
    name: 'metrics: any number as the error code of an operation',
    file: OPERATIONS,
    find: 'code <= -32_000) ||',
    replace: 'code <= 32_000) ||',
  },
  {
    name: 'telemetry: an answer whose connection closes is no answer',
    file: 'src/adapters/traced-operations.ts',
    find: 'operation.answer ?? endedAs(',
    replace: 'endedAs(',
  },
  {
    name: 'metrics: the loops of clients by client',
    file: RECORDER,
    find: "  readonly #looped = ({ resource, reason, nearMiss, verified }: ClientLoopingEvent): void => {\n    this.#record('clientLoops', 1, {\n      'mcp_resource_server.resource': resource,",
    replace:
      "  readonly #looped = ({ clientId, resource, reason, nearMiss, verified }: ClientLoopingEvent): void => {\n    this.#record('clientLoops', 1, {\n      'mcp_resource_server.resource': clientId ?? resource,",
  },
  {
    name: 'metrics: an error of a meter ends the process',
    file: RECORDER,
    find: '      if (this.#failed) return\n',
    replace: '      throw error\n',
  },
  {
    name: 'metrics: an error of a meter at every request',
    file: RECORDER,
    find: '      this.#failed = true\n',
    replace: '',
  },
  {
    name: 'metrics: gauges outlive disable()',
    file: INSTRUMENTS,
    find: 'gauge.removeCallback(callback)',
    replace: '{}',
  },
  {
    name: 'metrics: events after disable()',
    file: RECORDER,
    find: 'for (const [channel, listener] of this.#listeners) unsubscribe(channel, listener)',
    replace: '',
  },
  {
    name: 'metrics: a global provider that comes late is not seen',
    file: RECORDER,
    find: 'if (provider === this.#provider) return this.#instruments',
    replace: 'if (this.#provider !== undefined) return this.#instruments',
  },
  {
    name: 'metrics: the gauge of keys by the oldest fetch',
    file: STATES,
    find: 'Math.min(age, ages.get(issuer) ?? age)',
    replace: 'Math.max(age, ages.get(issuer) ?? age)',
  },
  {
    name: 'metrics: a store that is away counts as up',
    file: STATES,
    find: 'storeAnswers && answers.get(resource) !== false',
    replace: 'storeAnswers || answers.get(resource) !== false',
  },
]
