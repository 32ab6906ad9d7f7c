/** RFC 6570 §1.5: `{name}` is level 1, `{+name}` the reserved expansion of level 2. */
const EXPRESSION = /\{(\+?)[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*\}/

/** A fixed text, or one of the two expressions. */
type Piece = { readonly literal: string } | { readonly reserved: boolean }

/**
 * Which URIs a template stands for. Of RFC 6570 only what can be matched in one way: a simple
 * expression stands for one piece between slashes, a reserved one for anything. Neither stands for
 * nothing.
 *
 * @internal
 */
export interface UriTemplate {
  matches(uri: string): boolean
  /** How many characters are fixed: the more, the more particular. */
  readonly literalLength: number
}

/** @throws {TypeError} when the text has braces that are none of the two expressions @internal */
export function parseUriTemplate(template: string): UriTemplate {
  // split() puts the captured operator between the literal pieces.
  const pieces = template.split(EXPRESSION).map((text, at): Piece => {
    if (at % 2 === 1) return { reserved: text === '+' }
    if (isUriTemplate(text)) {
      throw new TypeError('its expressions are {name} or {+name} of RFC 6570')
    }
    return { literal: text }
  })
  const literals = pieces.flatMap((piece) => ('literal' in piece ? piece.literal : []))
  return {
    matches: (uri) => matches(pieces, uri),
    literalLength: literals.join('').length,
  }
}

/** @internal */
export function isUriTemplate(text: string): boolean {
  return /[{}]/.test(text)
}

/**
 * A template with its fixed parts as a URL would write them, so that it matches what is read.
 *
 * @internal
 */
export function normalizedTemplate(template: string): string {
  const expressions: string[] = []
  const filled = template.replace(new RegExp(EXPRESSION.source, 'g'), (expression) => {
    expressions.push(expression)
    return `x${expressions.length - 1}x`
  })
  // The placeholders have to be found again, each once.
  const { href = template } = URL.parse(filled) ?? {}
  const parts = href.split(/x\d+x/)
  if (parts.length !== expressions.length + 1) return template
  return parts.map((part, at) => part + (expressions[at] ?? '')).join('')
}

/**
 * All ends that the pieces so far can reach, piece by piece. A caller chooses the URI, and a regular
 * expression with several open ends could be made to try for ever.
 */
function matches(pieces: readonly Piece[], uri: string): boolean {
  let ends = new Set([0])
  for (const piece of pieces) {
    const next = new Set<number>()
    for (const end of ends) {
      if ('literal' in piece) {
        if (uri.startsWith(piece.literal, end)) next.add(end + piece.literal.length)
        continue
      }
      for (let at = end; at < uri.length; at += 1) {
        if (!piece.reserved && '/?#'.includes(uri.charAt(at))) break
        // Whoever came this way before has gone on from here.
        if (next.has(at + 1)) break
        next.add(at + 1)
      }
    }
    if (next.size === 0) return false
    ends = next
  }
  return ends.has(uri.length)
}
