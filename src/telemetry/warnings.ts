/**
 * The codes of the process warnings about mistakes in the set-up of the gate.
 * `node --disable-warning=CODE` turns one off.
 */
export type SetUpWarningCode =
  | 'MCP_GATE_MISSING'
  | 'MCP_GATE_BELOW_A_PATH'
  | 'MCP_SESSION_WHERE_NONE_ARE'
  | 'MCP_NOTHING_BY_THIS_NAME'
  | 'MCP_WITHOUT_A_RULE'
  | 'MCP_RULE_NOT_COLLECTED'
  | 'MCP_CACHE_STORE_FAILED'
  | 'MCP_REPLAY_STORE_FAILED'
  | 'MCP_REVOCATION_LIST_FULL'
  | 'MCP_SHARED_STORE_FAILED'
  | 'MCP_REQUEST_AT_ANOTHER_PATH'
  | 'MCP_TELEMETRY_FAILED'
  | 'MCP_INSTRUMENTATION_REPLACED'

/** The codes of the process warnings that may be emitted again. Their caller limits them. */
export type RepeatedWarningCode = 'MCP_CLIENT_LOOPING'

/** How many warnings about one object are emitted at most. An MCP server may register any number of names. */
const MAX_WARNINGS = 50

const emitted = new WeakMap<object, Set<string>>()

/**
 * Emits a process warning about a mistake in the set-up. The same warning about the same object is
 * emitted once.
 *
 * @param about the object with the mistake, such as an MCP server
 * @param what distinguishes several mistakes with the same code
 * @internal
 */
export function warnOnce(
  about: object,
  code: SetUpWarningCode,
  message: string | (() => string),
  what = '',
): void {
  const known = emitted.get(about) ?? new Set()
  const key = `${code} ${what}`
  if (known.has(key) || known.size >= MAX_WARNINGS) return
  emitted.set(about, known.add(key))
  const text = typeof message === 'string' ? message : message()
  emit(code, text)
}

/** Emits a process warning. The caller limits how often. @internal */
export function warnAgain(code: RepeatedWarningCode, message: string): void {
  emit(code, message)
}

function emit(code: SetUpWarningCode | RepeatedWarningCode, message: string): void {
  process.emitWarning(message, { type: 'McpResourceServerWarning', code })
}
