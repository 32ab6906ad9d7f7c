import type { Mutant } from './mutants-list.ts'

/** Checks of privacy in spans, and of tracers that must not change a decision. */
export const TELEMETRY_MUTANTS: readonly Mutant[] = [
  {
    name: 'telemetry: a tracer that throws fails the request',
    file: 'src/telemetry/trace-runner.ts',
    find: '  } catch {\n    warnOnce(',
    replace: '  } catch (error) {\n    throw error\n    warnOnce(',
  },
  {
    name: 'telemetry: a context manager runs the checks twice',
    file: 'src/telemetry/trace-runner.ts',
    find: '    if (settled !== undefined) return\n',
    replace: '',
  },
  {
    name: 'telemetry: a context manager that runs nothing stops the request',
    file: 'src/telemetry/trace-runner.ts',
    find: '  once()\n  const result',
    replace: '  const result',
  },
  {
    name: 'telemetry: a refresh in the background belongs to the request that started it',
    file: 'src/telemetry/current-request.ts',
    find: '() => runOutside(work)',
    replace: '() => (runOutside(() => {}), work())',
  },
  {
    name: 'telemetry: a subject is exported unasked',
    file: 'src/opentelemetry/span-attributes.ts',
    find: 'settings.subject ? decision.subject : undefined',
    replace: 'decision.subject',
  },
  {
    name: 'telemetry: a name that a caller made up gets into the names of spans',
    file: 'src/opentelemetry/span-attributes.ts',
    find: 'return nameKnown && target !== undefined',
    replace: 'return (nameKnown || true) && target !== undefined',
  },
  {
    name: 'telemetry: a method that a caller made up gets into the names of spans',
    file: 'src/opentelemetry/span-attributes.ts',
    find: "  if (!methodKnown) return 'unknown method'\n",
    replace: '  void methodKnown\n',
  },
  {
    name: 'telemetry: a piece of the token in the name of a tool is exported',
    file: 'src/mcp/traced-call.ts',
    find: 'line.length <= HARMLESS ? line : withoutToken(line, shown)',
    replace: 'line.length <= HARMLESS ? line : withoutToken(line, shown && "")',
  },
  {
    name: 'telemetry: a URI is exported with its query',
    file: 'src/mcp/traced-call.ts',
    find: ".replace(/[?#].*$/s, '')",
    replace: '',
  },
  {
    name: 'telemetry: a URI is exported unasked',
    file: 'src/opentelemetry/span-attributes.ts',
    find: 'settings.resourceUris ? call.resourceUri : undefined',
    replace: 'call.resourceUri',
  },
  {
    name: 'telemetry: a caller without a token chooses the trace of an operation',
    file: 'src/adapters/traced-operations.ts',
    find: 'refusal ? undefined : traceCarrierOf(',
    replace: 'refusal === null ? undefined : traceCarrierOf(',
  },
  {
    name: 'telemetry: trace context carries the token to other systems',
    file: 'src/mcp/trace-carrier.ts',
    find: 'return withoutToken(value, shown) === value ? value : undefined',
    replace: 'return withoutToken(value, shown) ? value : undefined',
  },
  {
    name: 'telemetry: open operations pile up',
    file: 'src/adapters/traced-operations.ts',
    find: 'this.#open.size > MOST_OPEN && ',
    replace: 'this.#open.size > 10 * MOST_OPEN && ',
  },
]
