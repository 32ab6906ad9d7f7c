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
 * Reads one character or one escape of a text as part of the value of an expression. Returns the next
 * position, or 0 when the value cannot contain that character.
 */
type Step = (text: string, at: number, reserved: boolean) => number

/**
 * Parses a template with the expressions `{name}` and `{+name}`.
 *
 * @throws {TypeError} when the text has other expressions or single braces
 * @internal
 */
export function parseUriTemplate(template: string): UriTemplate {
  // split() returns fixed texts and captured operators alternately.
  const parts = template.split(EXPRESSION)
  const literals = parts.filter((_part, at) => at % 2 === 0)
  if (literals.some(hasBraces)) {
    throw new TypeError(
      'its expressions must be {name} or {+name} (RFC 6570); write /{+path} instead of {/path*}, and leave out {?query}',
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
 * Turns a template of any RFC 6570 level into a text that can be matched with the templates of rules.
 * `{}` replaces an expression whose value contains no reserved character. `{/}` replaces any other
 * expression.
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

/** Writes a template as text. The original names of the variables are lost. @internal */
export function textOf({ literals, expressions }: UriTemplate): string {
  const values = expressions.map((expression) => (expression === 'simple' ? '{x}' : '{+x}'))
  return literals.map((literal, at) => literal + (values[at] ?? '')).join('')
}

/** Returns a sample URI of a template, with `x` as the value of each expression. @internal */
export function sampleOf(template: string): string {
  return template.replace(/\{[^{}]*\}/g, 'x')
}

/**
 * Whether RFC 6570 can expand the template to this URI. A value of `{name}` consists of unreserved
 * characters and escapes. A value of `{+name}` may also contain reserved characters. There are two
 * differences from RFC 6570. First, `{name}` also matches the characters `!'()*`, because
 * `encodeURIComponent()` and the MCP SDKs do not escape them. Second, `{+name}` does not match `?` and
 * `#`: a rule for URIs with a query or fragment must write it in the template.
 *
 * @internal
 */
export function expandsTo(template: UriTemplate, uri: string): boolean {
  return matches(template, uri, strictStep)
}

/**
 * Whether a URI matches the template loosely: `{name}` matches any characters except a slash, `{+name}`
 * matches any characters. This accepts every URI that the MCP SDKs match with the template.
 *
 * @param uri a URI, or a decoded URI with {@link ESCAPED_SLASH} in it
 * @internal
 */
export function fits(template: UriTemplate, uri: string): boolean {
  return matches(template, uri, looseStep)
}

/**
 * The character that replaces `%2F` in a decoded URI. A handler may read `%2F` as a slash or as a part
 * of a name. So this character matches a slash of a fixed text, and it may also be part of the value of
 * `{name}`. Unicode never assigns a character to U+FFFF. A URI that contains it is denied, so it cannot
 * come from a caller.
 *
 * @internal
 */
export const ESCAPED_SLASH = '\uffff'

/**
 * The ASCII characters that a value may contain: first for `{name}`, then for `{+name}`. The braces are
 * there for reduced templates. A URI with braces is denied before it is matched.
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
 * Matches a text with a template, expression by expression. For each expression, it marks all positions
 * at which the value can end. Each expression visits each position once, so the time is linear in the
 * length of the URI. A regular expression with several open ends could take exponential time, and a
 * caller could exploit that with a chosen URI.
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

/** Whether the text contains the fixed texts in their order. This cheap check rejects most URIs. */
function holdsAll(text: string, literals: readonly string[]): boolean {
  let end = 0
  return literals.every((literal) => {
    const at = text.indexOf(literal, end)
    end = at + literal.length
    return at !== -1
  })
}
