/** RFC 6570 §1.5: `{name}` is level 1, `{+name}` the reserved expansion of level 2. */
const EXPRESSION = /\{(\+?)[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*\}/

/** All forms of RFC 6570; between the braces nothing that could lead anywhere. */
const ANY_EXPRESSION = /\{([+#./;?&]?)[A-Za-z0-9_.,:*]+\}/g

/** A fixed text, or one of the two expressions. */
type Piece = { readonly literal: string } | { readonly reserved: boolean }

/**
 * Which URIs a template stands for. Of RFC 6570 only what can be matched in one way: a simple
 * expression stands for one piece between slashes, a reserved one for anything up to a query or
 * fragment, which handlers often drop. Neither stands for nothing.
 *
 * @internal
 */
export interface UriTemplate {
  matches(uri: string): boolean
  /** How many characters are fixed: the more, the more particular. */
  readonly literalLength: number
}

/**
 * @param stops what ends an expression; none where escapes are undone, for they may come of one
 * @throws {TypeError} when the text has braces that are none of the two expressions
 * @internal
 */
export function parseUriTemplate(template: string, stops = '?#'): UriTemplate {
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
    matches: (uri) => matches(pieces, uri, stops),
    literalLength: literals.join('').length,
  }
}

/** @internal */
export function isUriTemplate(text: string): boolean {
  return /[{}]/.test(text)
}

/** One of the URIs that a template of any form gives; `undefined` of what is none. @internal */
export function oneOf(template: string): string | undefined {
  if (!isUriTemplate(template)) return undefined
  const uri = template.replace(ANY_EXPRESSION, (_expression, operator: string) => {
    return `${operator.replace('+', '')}x0x`
  })
  return isUriTemplate(uri) ? undefined : uri
}

/**
 * A template with its fixed parts in another spelling, so that it matches URIs in that.
 *
 * @internal
 */
export function respelled(template: string, respell: (uri: string) => string): string {
  const expressions: string[] = []
  const filled = template.replace(new RegExp(EXPRESSION.source, 'g'), (expression) => {
    expressions.push(expression)
    return `x${expressions.length - 1}x`
  })
  // The placeholders have to be found again, each once.
  const parts = respell(filled).split(/x\d+x/)
  if (parts.length !== expressions.length + 1) return template
  return parts.map((part, at) => part + (expressions[at] ?? '')).join('')
}

/**
 * All ends that the pieces so far can reach, piece by piece. A caller chooses the URI, and a regular
 * expression with several open ends could be made to try for ever.
 */
function matches(pieces: readonly Piece[], uri: string, stops: string): boolean {
  let ends = new Set([0])
  for (const piece of pieces) {
    const next = new Set<number>()
    const stopsHere = 'reserved' in piece && piece.reserved ? stops : '/'.concat(stops)
    for (const end of ends) {
      if ('literal' in piece) {
        if (uri.startsWith(piece.literal, end)) next.add(end + piece.literal.length)
        continue
      }
      for (let at = end; at < uri.length; at += 1) {
        if (stopsHere.includes(uri.charAt(at))) break
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
