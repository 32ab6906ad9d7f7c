/** RFC 6570 §1.5: `{name}` is level 1, `{+name}` the reserved expansion of level 2. */
const EXPRESSION = /\{(\+?)[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*\}/

/** An expression of any level of RFC 6570. Its two parts are the operator and the variables. */
const ANY_EXPRESSION = /\{([+#./;?&]?)([A-Za-z0-9_.,:*]+)\}/g

const SLASH = 47
const PERCENT = 37

/**
 * A URI template in pieces. The expression at position `n` stands between the fixed texts at
 * positions `n` and `n + 1`; a fixed text may be empty.
 *
 * @internal
 */
export interface UriTemplate {
  readonly literals: readonly string[]
  readonly expressions: readonly ('simple' | 'reserved')[]
}

/**
 * Where the value of an expression can go on from a position of a text: the next position, or 0 when
 * the value ends here.
 */
type Step = (text: string, at: number, reserved: boolean) => number

/**
 * Parses a template whose expressions are `{name}` or `{+name}`.
 *
 * @throws {TypeError} when the text has braces that are neither of the two
 * @internal
 */
export function parseUriTemplate(template: string): UriTemplate {
  // split() puts the captured operator between the fixed texts.
  const parts = template.split(EXPRESSION)
  const literals = parts.filter((_part, at) => at % 2 === 0)
  if (literals.some(hasBraces)) {
    throw new TypeError(
      'its expressions are {name} or {+name} of RFC 6570; write /{+path} for {/path*}, and no {?query}',
    )
  }
  const operators = parts.filter((_part, at) => at % 2 === 1)
  return { literals, expressions: operators.map((text) => (text === '+' ? 'reserved' : 'simple')) }
}

/** @internal */
export function hasBraces(text: string): boolean {
  return /[{}]/.test(text)
}

/**
 * Reduces a template of any form to what other templates can be matched against: `{}` stands for an
 * expression whose value has no reserved character, `{/}` for any other. `undefined` for a text whose
 * braces are no expressions.
 *
 * @internal
 */
export function reducedTemplate(template: string): string | undefined {
  if (hasBraces(template.replace(ANY_EXPRESSION, ''))) return undefined
  return template.replace(ANY_EXPRESSION, (_expression, operator: string, variables: string) => {
    const simple = /^[./]?$/.test(operator) && !/[,*]/.test(variables)
    return `${operator.replace('+', '')}${simple ? '{}' : '{/}'}`
  })
}

/** The template as a text, with expressions of any name. @internal */
export function textOf({ literals, expressions }: UriTemplate): string {
  const values = expressions.map((expression) => (expression === 'simple' ? '{x}' : '{+x}'))
  return literals.map((literal, at) => literal + (values[at] ?? '')).join('')
}

/** A template, or a reduced one, with a letter in place of each expression. @internal */
export function sampleOf(template: string): string {
  return template.replace(/\{[^{}]*\}/g, 'x')
}

/**
 * Whether RFC 6570 can expand the template to this URI. A value of `{name}` is made of unreserved
 * characters and escapes, a value of `{+name}` of reserved ones as well. Two deviations: `{name}` also
 * takes the marks `!'()*`, which `encodeURIComponent()` and so the MCP SDKs leave as they are; and
 * `{+name}` ends at a query or fragment, which a rule has to name.
 *
 * @internal
 */
export function expandsTo(template: UriTemplate, uri: string): boolean {
  return matches(template, uri, strictStep)
}

/**
 * Whether any of the readings of a URI fits the template in the way of the MCP SDKs, or looser:
 * `{name}` takes anything but a slash, `{+name}` takes anything.
 *
 * @param uri may hold {@link ESCAPED_SLASH}
 * @internal
 */
export function fits(template: UriTemplate, uri: string): boolean {
  return matches(template, uri, looseStep)
}

/**
 * Stands for `%2F` in a decoded URI. To a handler it may be a slash, and may be part of a name; so
 * a fixed slash matches it, and the value of `{name}` may hold it. No URI that is judged holds this
 * character, which Unicode gives no meaning.
 *
 * @internal
 */
export const ESCAPED_SLASH = '\uffff'

/** `{` and `}` occur only in reduced templates. The members: may stand in `{name}`; in `{+name}`. */
const STRICT = [/[A-Za-z0-9._~!'()*{}-]/, /[A-Za-z0-9._~!'()*{}:/[\]@$&+,;=-]/].map((allowed) =>
  Array.from({ length: 128 }, (_none, code) => allowed.test(String.fromCharCode(code))),
)

function strictStep(text: string, at: number, reserved: boolean): number {
  const code = text.charCodeAt(at)
  if (code === PERCENT) return /^[0-9A-Fa-f]{2}$/.test(text.slice(at + 1, at + 3)) ? at + 3 : 0
  return STRICT[reserved ? 1 : 0]?.[code] === true ? at + 1 : 0
}

function looseStep(text: string, at: number, reserved: boolean): number {
  return reserved || text.charCodeAt(at) !== SLASH ? at + 1 : 0
}

/**
 * Works out, piece by piece, all the positions that the pieces so far can reach. Each piece looks at
 * each position once. A caller chooses the URI, and a regular expression with several open ends could
 * be made to try for ever.
 */
function matches({ literals, expressions }: UriTemplate, uri: string, step: Step): boolean {
  const text = uri.replaceAll(ESCAPED_SLASH, '/')
  const head = literals[0] ?? ''
  const tail = literals[expressions.length] ?? ''
  if (expressions.length === 0) return text === head
  if (!text.startsWith(head) || !text.endsWith(tail) || !holdsAll(text, literals)) return false
  let first = head.length
  let reached = new Uint8Array(uri.length + 1)
  reached[first] = 1
  for (const [index, expression] of expressions.entries()) {
    const ends = new Uint8Array(uri.length + 1)
    for (let at = first; at < uri.length; at += 1) {
      if (reached[at] === 0 && ends[at] === 0) continue
      const next = step(uri, at, expression === 'reserved')
      if (next !== 0) ends[next] = 1
    }
    if (index === expressions.length - 1) return ends[uri.length - tail.length] === 1
    const literal = literals[index + 1] ?? ''
    reached = new Uint8Array(uri.length + 1)
    let found = text.indexOf(literal, first)
    first = uri.length
    while (found !== -1 && found < uri.length) {
      if (ends[found] === 1) {
        reached[found + literal.length] = 1
        first = Math.min(first, found + literal.length)
      }
      found = text.indexOf(literal, found + 1)
    }
  }
  return false
}

/** Whether the fixed texts occur one behind the other. Most texts fail here, which costs little. */
function holdsAll(text: string, literals: readonly string[]): boolean {
  let end = 0
  return literals.every((literal) => {
    const at = text.indexOf(literal, end)
    end = at + literal.length
    return at !== -1
  })
}
