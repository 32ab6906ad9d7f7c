import type { UriTemplate } from './uri-template.ts'

/** Blanks and non-ASCII characters, which must be escaped in a URI. */
const UNESCAPED = /[ \u{80}-\u{10ffff}]+/gu

/** Writes a URI as `new URL()` does. The MCP SDKs look up resources in this form. @internal */
export function normalized(uri: string): string {
  return URL.parse(uri)?.href ?? uri
}

/**
 * Escapes the blanks and non-ASCII characters of a URI (RFC 3987 §3.1). Many servers list resources
 * without these escapes. If `new URL()` would change the URI in any other way, the URI is returned
 * unchanged.
 *
 * @internal
 */
export function escaped(uri: string): string {
  if (!uri.isWellFormed()) return uri
  const written = uri.replace(UNESCAPED, encodeURIComponent)
  return URL.parse(uri)?.href === written ? written : uri
}

/**
 * Normalizes the fixed texts of a template as {@link normalized} does for a URI. Then the template
 * matches the URIs that the SDKs look up.
 *
 * @throws {TypeError} when `new URL()` would change more than one fixed text, as in `a/{x}/../b`
 * @internal
 */
export function normalizedTemplate({ literals, expressions }: UriTemplate): UriTemplate {
  // A sample value replaces each expression: a letter, or a digit if an expression is a port.
  const value = ['x', '1'].find((sample) => URL.canParse(literals.join(sample)))
  if (value === undefined) return { literals, expressions }
  let before = ''
  const plain = literals.map((literal, at) => {
    const behind = at < expressions.length ? value : ''
    const href = literal === '' ? undefined : URL.parse(before + literal + behind)?.href
    let text = literal
    if (href !== undefined) {
      // URL adds a slash to a host without a path.
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
