/**
 * The codes of the process warnings that tell a mistake in how the gate is set up, for
 * `node --disable-warning=CODE`.
 */
export type SetUpWarningCode =
  | 'MCP_GATE_MISSING'
  | 'MCP_GATE_BELOW_A_PATH'
  | 'MCP_SESSION_WHERE_NONE_ARE'
  | 'MCP_NOTHING_BY_THIS_NAME'
  | 'MCP_WITHOUT_A_RULE'
  | 'MCP_CACHE_STORE_FAILED'

/** Most warnings about one object: an MCP server may register any number of names. */
const MOST_TOLD = 50

const told = new WeakMap<object, Set<string>>()

/**
 * Tells a mistake in the set-up as a warning of the process, once.
 *
 * @param about the object with the mistake; each object has warnings of its own
 * @param what tells several mistakes of one kind apart
 * @internal
 */
export function warnOnce(
  about: object,
  code: SetUpWarningCode,
  message: string | (() => string),
  what = '',
): void {
  const known = told.get(about) ?? new Set()
  const key = `${code} ${what}`
  if (known.has(key) || known.size >= MOST_TOLD) return
  told.set(about, known.add(key))
  const text = typeof message === 'string' ? message : message()
  process.emitWarning(text, { type: 'McpResourceServerWarning', code })
}
