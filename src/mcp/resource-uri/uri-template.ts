/** The expressions that rules may use (RFC 6570 §1.2): `{name}` of level 1, `{+name}` of level 2. */
const EXPRESSION = /\{(\+?)[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*\}/

/** An expression of any level of RFC 6570. The groups are the operator and the variables. */
const ANY_EXPRESSION = /\{([+#./;?&]?)([A-Za-z0-9_.,:*]+)\}/g

const SLASH = 47
const PERCENT = 37

/**
 * A parsed URI template. The expression at index `n` is between the fixed texts (literals) at the
 * indexes `n` and `n + 1`. A fixed text may be empty.
 *
 * @internal
 */
export interface UriTemplate {
  readonly literals: readonly string[]
  readonly expressions: readonly ('simple' | 'reserved')[]
}

/**
 * Takes one character, or one escape, of a text into the value of an expression. Gives the next position,
 * or 0 when the value cannot hold that character.
 */
type Step = (text: string, at: number, reserved: boolean) => number

/**
 * Parses a template with the expressions `{name}` and `{+name}`.
 *
 * @throws {TypeError} when the text has other expressions or single braces
 * @internal
 */
export function parseUriTemplate(template: string): UriTemplate {
  // split() gives fixed texts and captured operators in turn.
  const parts = template.split(EXPRESSION)
  const literals = parts.filter((_part, at) => at % 2 === 0)
  if (literals.some(hasBraces)) {
    throw new TypeError(
      'its expressions must be {name} or {+name} of RFC 6570; write /{+path} for {/path*}, and leave out {?query}',
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
 * Reduces a template of any form to a text that can be matched against the templates of rules: `{}`
 * replaces an expression whose value holds no reserved character, `{/}` any other expression.
 *
 * @returns `undefined` when the braces of the text are not expressions
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

/** Writes a template as a text; the names of its variables are lost. @internal */
export function textOf({ literals, expressions }: UriTemplate): string {
  const values = expressions.map((expression) => (expression === 'simple' ? '{x}' : '{+x}'))
  return literals.map((literal, at) => literal + (values[at] ?? '')).join('')
}

/** A sample of the URIs of a template: `x` replaces each expression. @internal */
export function sampleOf(template: string): string {
  return template.replace(/\{[^{}]*\}/g, 'x')
}

/**
 * Whether RFC 6570 can expand the template to this URI. A value of `{name}` consists of unreserved
 * characters and escapes; a value of `{+name}` may hold reserved characters too. There are two deviations.
 * `{name}` also matches the marks `!'()*`, because `encodeURIComponent()`, and so the MCP SDKs, do not
 * escape them. `{+name}` ends before a query or fragment: a rule for those must name them.
 *
 * @internal
 */
export function expandsTo(template: UriTemplate, uri: string): boolean {
  return matches(template, uri, strictStep)
}

/**
 * Whether a URI matches the template at least as loosely as the MCP SDKs match: `{name}` matches any
 * characters but a slash, `{+name}` any characters.
 *
 * @param uri a URI, or a decoded one with {@link ESCAPED_SLASH} in it
 * @internal
 */
export function fits(template: UriTemplate, uri: string): boolean {
  return matches(template, uri, looseStep)
}

/**
 * Replaces `%2F` in a decoded URI. A handler may take it for a slash or for a part of a name. So it
 * matches a slash of a fixed text, and the value of `{name}` may hold it. Unicode assigns no meaning to
 * this character, and a URI that holds it is denied, so it cannot come from a caller.
 *
 * @internal
 */
export const ESCAPED_SLASH = '\uffff'

/**
 * The ASCII characters that a value may hold: of `{name}`, and of `{+name}`. The braces are for reduced
 * templates; no URI that is matched holds them.
 */
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
 * Matches piece by piece: for each piece, it marks all positions at which the piece can end. Each piece
 * visits each position once, so the time is linear in the length of the URI. A regular expression with
 * several open ends could take exponential time, and the caller chooses the URI.
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

/** Whether the fixed texts occur in their order. This cheap check rejects most URIs. */
function holdsAll(text: string, literals: readonly string[]): boolean {
  let end = 0
  return literals.every((literal) => {
    const at = text.indexOf(literal, end)
    end = at + literal.length
    return at !== -1
  })
}
