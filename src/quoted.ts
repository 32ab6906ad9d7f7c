/**
 * Quotes an untrusted value for an operator's log: as JSON, on one line, cut to 120 characters.
 *
 * @internal
 */
export function quoted(value: unknown): string {
  if (value === undefined) return 'nothing'
  const oneLine = printable(jsonOf(typeof value === 'string' ? value.slice(0, 200) : value))
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

/**
 * Control characters, line separators, invisible characters and characters that turn the direction of the
 * text: a foreign text could use them to draw on a terminal, or to look like another text.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * A URL without its user and password. A text that is no URL stays as it is, unless it has `//` and a later `@`.
 * Both searches take linear time.
 *
 * @internal
 */
export function withoutCredentials(url: string): string {
  const [begin, end] = [url.indexOf('//'), url.lastIndexOf('@')]
  return begin === -1 || end < begin ? url : `${url.slice(0, begin)}//…${url.slice(end)}`
}

/** A foreign text, safe for a terminal and for a log. Unprintable characters become `?`. @internal */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '?')
}
