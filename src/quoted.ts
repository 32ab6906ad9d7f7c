/**
 * Quotes an untrusted value for an operator's log: as JSON, on one line, cut to 120 characters.
 *
 * @internal
 */
export function quoted(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = jsonOf(typeof value === 'string' ? value.slice(0, 200) : value)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes
  const oneLine = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?')
  return oneLine.length > 120 ? `${oneLine.slice(0, 120)}…` : oneLine
}

/** The value as JSON; its type if it cannot be written, for example because it is nested too deeply. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value
  } catch {
    return typeof value
  }
}
