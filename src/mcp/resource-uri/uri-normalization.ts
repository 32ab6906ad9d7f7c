import type { UriTemplate } from './uri-template.ts'

/** Blanks and characters beyond ASCII, which need an escape. */
const UNESCAPED = /[ \u{80}-\u{10ffff}]+/gu

/** Writes a URI as `new URL()` does. The MCP SDKs look resources up by this form. @internal */
export function normalized(uri: string): string {
  return URL.parse(uri)?.href ?? uri
}

/**
 * Escapes the blanks of a URI and its letters beyond ASCII (RFC 3987 §3.1). Many servers list their
 * resources without these escapes. A URI that `new URL()` would change in any other way stays as it is.
 *
 * @internal
 */
export function escaped(uri: string): string {
  if (!uri.isWellFormed()) return uri
  const written = uri.replace(UNESCAPED, encodeURIComponent)
  return URL.parse(uri)?.href === written ? written : uri
}

/**
 * Writes the fixed texts of a template as {@link normalized} writes a URI, so that the template matches
 * the URIs that the SDKs look up.
 *
 * @throws {TypeError} when a fixed text cannot be rewritten without its neighbours, as in `a/{x}/../b`
 * @internal
 */
export function normalizedTemplate({ literals, expressions }: UriTemplate): UriTemplate {
  // Each expression is replaced by a sample value: a letter, or a digit where it stands for a port.
  const value = ['x', '1'].find((sample) => URL.canParse(literals.join(sample)))
  if (value === undefined) return { literals, expressions }
  let before = ''
  const plain = literals.map((literal, at) => {
    const behind = at < expressions.length ? value : ''
    const href = literal === '' ? undefined : URL.parse(before + literal + behind)?.href
    let text = literal
    if (href !== undefined) {
      // URL adds a slash after a host when nothing follows it.
      const end = behind !== '' && href.endsWith(`${behind}/`) ? `${behind}/` : behind
      if (!href.startsWith(before) || !href.endsWith(end)) {
        throw new TypeError('new URL() rewrites the text around an expression, as in a/{x}/../b')
      }
      text = href.slice(before.length, href.length - end.length)
    }
    before += text + behind
    return text
  })
  return { literals: plain, expressions }
}
