import { ESCAPED_SLASH, type UriTemplate } from './uri-template.ts'

/** The scheme and its slashes. The host is not included: an escaped dot can stand in its place. */
const SCHEME = /^[^:/?#]*:(?:\/\/)?/

/** A URI with an authority (RFC 3986 §3.2). The groups are the scheme, and the authority up to its port. */
const AUTHORITY = /^([^:/?#]*:)(\/\/[^/?#]*?)(?::\d*)?(?=[/?#]|$)/

/** {@link AUTHORITY} for a decoded URI, in which an escaped slash can end the authority. */
const DECODED_AUTHORITY = new RegExp(AUTHORITY.source.replaceAll('/?#]', `/?#${ESCAPED_SLASH}]`))

/** The beginning of a template that fixes the host: a whole authority, or a path without an authority. */
const FIXED_AUTHORITY = /^[^:/?#]+:(?:\/\/[^/?#]*[/?#]|\/?[^/])/

/** A URI without a host, or the beginning of a template without one. */
const HOSTLESS = /^[^:/?#]+:(?:\/\/[/?#]|\/?[^/])/

/** A path segment `.` or `..`, with or without blanks, which some file systems drop. */
const FOLDER = /(?:^|[/?#&=])(?: *\.){1,2} *(?:[/?#&]|$)/

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const REFUSED = /[\\\u0000-\u001f\u007f\uffff]/

/** Blanks and characters beyond ASCII, which need an escape. */
const UNESCAPED = /[ \u{80}-\u{10ffff}]+/gu

const MAX_PARAMETERS = 16

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

/**
 * Why a handler could take a URI for another one; `undefined` for a plain URI. The MCP SDKs look up
 * `new URL(uri).href`, and handlers decode escapes, resolve dots and join slashes. A URI that leads out of
 * its folder in one of these ways could reach a resource that no rule names, so it must be denied.
 *
 * @internal
 */
export function ambiguityOf(uri: string): string | undefined {
  const url = URL.parse(uri)
  // A text that is not a URL is looked up as it is. A handler can still take it for a path.
  if (url !== null && url.href !== uri) return 'new URL() would rewrite it'
  if (url?.username || url?.password) return 'it holds a user name or a password'
  if (url?.hostname.endsWith('.')) return 'its host ends in a dot'
  if (/[{}]/.test(uri)) return 'it holds braces'
  if (/%25[0-9A-Fa-f]{2}/.test(uri)) return 'it holds an escape within an escape'
  let text: string
  try {
    text = decodeURIComponent(uri)
  } catch {
    return 'its escapes are not UTF-8'
  }
  if (REFUSED.test(text)) return 'it holds a backslash or a control character'
  const rest = text.replace(SCHEME, '')
  // Unicode has other characters for dots; NFKC turns them into dots.
  if (FOLDER.test(rest.normalize('NFKC'))) return 'it holds a path segment of dots'
  if (parametersOf(uri).length > MAX_PARAMETERS)
    return `its query has more than ${MAX_PARAMETERS} parameters`
  // The two slashes of a URL within the URI follow a scheme; they are allowed.
  const doubled = /(?<![A-Za-z][A-Za-z0-9+.-]+:)\/\//.test(withoutQuery(rest))
  return doubled ? 'it holds two slashes in a row' : undefined
}

/**
 * All texts that a handler could make of a plain URI and that a rule could name: without the fragment
 * or query, with one of several parameters, without the port, without the dots, blanks and slashes that
 * file systems drop; all of them decoded and in upper case. They are compared with the
 * {@link spellingsOf} a rule.
 *
 * @param authorityFixed whether the rule that grants the URI fixes its host and port
 * @internal
 */
export function readingsOf(uri: string, authorityFixed: boolean): readonly string[] {
  const texts = [...new Set(shortened(uri).flatMap((text) => shortened(decoded(text))))]
  if (!authorityFixed) {
    for (const authority of [AUTHORITY, DECODED_AUTHORITY]) {
      texts.push(...texts.map((text) => text.replace(authority, '$1$2')))
    }
  }
  return [...new Set([...shortened(uri), ...[...new Set(texts)].flatMap(foldedForms)])]
}

/**
 * {@link readingsOf} for handlers that use only the path, `new URL(uri).pathname`: to them a URI with an
 * invented host is the resource that a rule without a host names.
 *
 * @internal
 */
export function hostlessReadingsOf(uri: string): readonly string[] {
  const texts = shortened(uri).flatMap((text) => [
    ...shortened(decoded(text.replace(AUTHORITY, '$1'))),
    ...shortened(decoded(text).replace(DECODED_AUTHORITY, '$1')),
  ])
  return AUTHORITY.test(uri) ? [...new Set(texts.flatMap(foldedForms))] : []
}

/** The texts of a rule's URI that are compared with the {@link readingsOf} a caller's URI. @internal */
export function spellingsOf(uri: string): readonly string[] {
  return foldedForms(decoded(uri))
}

/** {@link spellingsOf} for the template of a rule. @internal */
export function templateSpellingsOf({ literals, expressions }: UriTemplate): UriTemplate[] {
  const all = FOLDINGS.map((drops) =>
    literals.map((literal, at) => {
      const first = at === 0 || (at === 1 && literals[0] === '' && literal.startsWith(':'))
      return folded(decoded(literal), drops, first, at === expressions.length)
    }),
  )
  return [literals, ...all].map((texts) => ({
    literals: texts.map((text) => text.replaceAll(ESCAPED_SLASH, '/')),
    expressions,
  }))
}

/** Whether every URI of a template has the same host and port, or none. @internal */
export function fixesAuthority({ literals: [head = ''] }: UriTemplate): boolean {
  return FIXED_AUTHORITY.test(head)
}

/** Whether a URI, or the beginning of a template, names no host. @internal */
export function isHostless(head: string): boolean {
  return HOSTLESS.test(head)
}

/** The URI without its query and fragment. @internal */
export function withoutQuery(uri: string): string {
  return uri.split(/[?#]/, 1)[0] ?? ''
}

/** The parameters of the query, such as `a=1`. A URI without a query has one empty parameter. @internal */
export function parametersOf(uri: string): readonly string[] {
  const [whole = ''] = uri.split('#', 1)
  return whole.split('?').slice(1).join('?').split('&')
}

/**
 * The URI, and its shorter forms: without the fragment, without the query, with one parameter of the
 * query; each with and without a slash at the end.
 */
function shortened(uri: string): string[] {
  const bare = withoutQuery(uri)
  const texts = [uri]
  if (bare !== uri) {
    const [whole = ''] = uri.split('#', 1)
    const parameters = parametersOf(uri).slice(0, MAX_PARAMETERS)
    texts.push(whole, bare, ...parameters.map((parameter) => `${bare}?${parameter}`))
  }
  return texts.flatMap((text) => (text.endsWith('/') ? [text, text.slice(0, -1)] : [text]))
}

/** Decodes the escapes. In a query `+` is a blank too, because most libraries read queries like forms. */
function decoded(uri: string): string {
  const text = uri.replace(/\?.*/, (query) => query.replaceAll('+', ' '))
  try {
    return decodeURIComponent(text.replace(/%2f/gi, ESCAPED_SLASH))
  } catch {
    return text
  }
}

/** What is dropped when a text is folded: nothing, doubled slashes, or all that file systems drop. */
const FOLDINGS = ['nothing', 'slashes', 'trimmings'] as const

function foldedForms(text: string): string[] {
  return FOLDINGS.map((drops) => folded(text, drops, true, true))
}

/**
 * Folds a text, so that two spellings which a handler may take for the same become equal: upper case,
 * one Unicode form, a blank for each `+`. With `slashes`, slashes in a row become one and those after the
 * scheme are dropped, because `docs://{+path}` matches the host as a path segment. With `trimmings`, dots
 * and blanks at the end of names are dropped as well.
 *
 * @param first whether the text begins the URI, with its scheme
 * @param last whether the text ends the URI
 */
function folded(
  text: string,
  drops: (typeof FOLDINGS)[number],
  first: boolean,
  last: boolean,
): string {
  let result = text
  if (drops === 'trimmings') {
    result = result.replace(/=[/\uffff]+/g, '=').replace(/(?<![. ])[. ]+(?=[/\uffff?#])/g, '')
    result = result.replace(/(?<![/\uffff])[/\uffff]+(?=[?#])/g, '')
    if (last) result = result.replace(/(?<![. /\uffff])[. /\uffff]+$/, '')
  }
  if (drops !== 'nothing') {
    result = result.replace(/[/\uffff]{2,}/g, '/')
    if (first) result = result.replace(/^([^:/?#]*:)?[/\uffff]+/, '$1')
  }
  return result.replaceAll('+', ' ').normalize('NFD').toUpperCase()
}
