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
    find: 'mayQuoteToken(start) ? withoutToken(start, shown) : start',
    replace: 'mayQuoteToken(start) ? withoutToken(start, "") : start',
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
    name: 'telemetry: a refused caller chooses the trace of an operation, and ends those of others',
    file: 'src/adapters/traced-operations.ts',
    find: 'if (refusal !== undefined) return { id, trace, carrier: undefined }',
    replace: 'if (refusal === null) return { id, trace, carrier: undefined }',
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
  {
    name: 'telemetry: a message that cannot be read for its trace is not delivered',
    file: 'src/adapters/traced-operations.ts',
    find: '    return read()\n  } catch {',
    replace: '    return read()\n  } catch (error) {\n    throw error',
  },
  {
    name: 'telemetry: messages that nobody answers stay open',
    file: 'src/adapters/traced-operations.ts',
    find: 'else if (!isAnswered(id)) this',
    replace: 'else if (id === undefined) this',
  },
  {
    name: 'telemetry: a method that a server answers is known, however many there are',
    file: 'src/adapters/traced-operations.ts',
    find: 'trace.methodKnown = this.#names.hasMethod(trace.method)',
    replace: 'trace.methodKnown = true',
  },
  {
    name: 'telemetry: any number of tools that callers have made up are known',
    file: 'src/adapters/known-names.ts',
    find: 'const MOST_ANSWERED = 250',
    replace: 'const MOST_ANSWERED = 10_000',
  },
  {
    name: 'telemetry: a subscriber that freezes a trace fails the request',
    file: 'src/telemetry/traces.ts',
    find: '  } catch {\n    // The',
    replace: '  } catch (error) {\n    throw error\n    // The',
  },
  {
    name: 'telemetry: the baggage of callers is sent to the authorization server',
    file: 'src/opentelemetry/span-runner.ts',
    find: 'propagation.deleteBaggage(context.active())',
    replace: 'context.active()',
  },
  {
    name: 'telemetry: half a character is exported',
    file: 'src/opentelemetry/span-attributes.ts',
    find: 'return printable(text.slice(0, LONGEST))',
    replace: 'return text.slice(0, LONGEST)',
  },
  {
    name: 'metrics: the keys of a closed resource server get older',
    file: 'src/authorization-server/key-set.ts',
    find: 'return http.closed ? undefined : keys.age',
    replace: 'return keys.age',
  },
]
