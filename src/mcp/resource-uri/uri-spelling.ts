import { ESCAPED_SLASH, type UriTemplate } from './uri-template.ts'

/** Scheme and slashes. A host behind them may be an escaped dot. */
const SCHEME = /^[^:/?#]*:(?:\/\/)?/

/** A URI with an authority: the scheme, and the authority up to its port. */
const AUTHORITY = /^([^:/?#]*:)(\/\/[^/?#]*?)(?::\d*)?(?=[/?#]|$)/

/** The same in a decoded URI, where an escaped slash may end the authority. */
const DECODED_AUTHORITY = new RegExp(AUTHORITY.source.replaceAll('/?#]', `/?#${ESCAPED_SLASH}]`))

/** The beginning of a template whose host is fixed: a whole authority, or a path without authority. */
const FIXED_AUTHORITY = /^[^:/?#]+:(?:\/\/[^/?#]*[/?#]|\/?[^/])/

/** A URI or the beginning of a template that names no host. */
const HOSTLESS = /^[^:/?#]+:(?:\/\/[/?#]|\/?[^/])/

/** A path segment `.` or `..`, also with the blanks that some file systems drop. */
const FOLDER = /(?:^|[/?#&=])(?: *\.){1,2} *(?:[/?#&]|$)/

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const REFUSED = /[\\\u0000-\u001f\u007f\uffff]/

/** Blanks, and what is beyond ASCII. */
const BARE = /[ \u{80}-\u{10ffff}]+/gu

const MAX_PARAMETERS = 16

/** A URI as the MCP SDKs look it up. @internal */
export function normalized(uri: string): string {
  return URL.parse(uri)?.href ?? uri
}

/**
 * A URI with escapes in place of its blanks and of letters beyond ASCII (RFC 3987 §3.1), where `URL`
 * writes it so too. Many servers list their resources without these escapes.
 *
 * @internal
 */
export function escaped(uri: string): string {
  if (!uri.isWellFormed()) return uri
  const written = uri.replace(BARE, encodeURIComponent)
  return URL.parse(uri)?.href === written ? written : uri
}

/**
 * A template with its fixed texts as {@link normalized} writes them, so that it matches URIs that the
 * SDKs look up.
 *
 * @throws {TypeError} when that cannot be done piece by piece: for dots that lead over an expression
 * @internal
 */
export function normalizedTemplate({ literals, expressions }: UriTemplate): UriTemplate {
  // An expression may stand for a port, which is no letter.
  const value = ['x', '1'].find((sample) => URL.canParse(literals.join(sample)))
  if (value === undefined) return { literals, expressions }
  let before = ''
  const plain = literals.map((literal, at) => {
    const behind = at < expressions.length ? value : ''
    const href = literal === '' ? undefined : URL.parse(before + literal + behind)?.href
    let text = literal
    if (href !== undefined) {
      // Behind a host that nothing follows, URL writes a slash.
      const end = behind !== '' && href.endsWith(`${behind}/`) ? `${behind}/` : behind
      if (!href.startsWith(before) || !href.endsWith(end)) {
        throw new TypeError('no expression stands within dots or within a part that URL rewrites')
      }
      text = href.slice(before.length, href.length - end.length)
    }
    before += text + behind
    return text
  })
  return { literals: plain, expressions }
}

/**
 * Why a URI may be read as another one than it says; `undefined` for a plain URI. The MCP SDKs read
 * `new URL(uri).href`, and handlers undo escapes, resolve dots and join slashes. A URI that leads out of
 * its folder by any of it could reach what no rule names, and no other rule could restrict it.
 *
 * @internal
 */
export function ambiguityOf(uri: string): string | undefined {
  const url = URL.parse(uri)
  // What is no URL has no other spelling for the SDKs, and for a handler may still be a path.
  if (url !== null && url.href !== uri) return 'it is not written as a URL is'
  if (url?.username || url?.password) return 'it names a user'
  if (url?.hostname.endsWith('.')) return 'its host ends in a dot'
  if (/[{}]/.test(uri)) return 'it holds braces'
  if (/%25[0-9A-Fa-f]{2}/.test(uri)) return 'an escape in it hides another'
  let text: string
  try {
    text = decodeURIComponent(uri)
  } catch {
    return 'its escapes are no text'
  }
  if (REFUSED.test(text)) return 'it holds a backslash or a control character'
  const rest = text.replace(SCHEME, '')
  // Unicode has dots of other forms.
  if (FOLDER.test(rest.normalize('NFKC'))) return 'it holds dots for a folder'
  if (parametersOf(uri).length > MAX_PARAMETERS) return 'it has too many parameters'
  // A URL within a URI has its two slashes behind a scheme.
  const doubled = /(?<![A-Za-z][A-Za-z0-9+.-]+:)\/\//.test(bareOf(rest))
  return doubled ? 'it holds a doubled slash' : undefined
}

/**
 * The texts that handlers may make of a plain URI, as far as other rules could name them: without
 * its fragment or query, with one parameter of several, without its port, without the dots, blanks and
 * slashes that file systems drop; all with their escapes undone and in one letter case. To be compared
 * with {@link spellingsOf} a rule.
 *
 * @param authorityStands whether the rule that grants the URI fixes its host and port
 * @internal
 */
export function readingsOf(uri: string, authorityStands: boolean): readonly string[] {
  const texts = [...new Set(cuts(uri).flatMap((text) => cuts(decoded(text))))]
  if (!authorityStands) {
    for (const authority of [AUTHORITY, DECODED_AUTHORITY]) {
      texts.push(...texts.map((text) => text.replace(authority, '$1$2')))
    }
  }
  return [...new Set([...cuts(uri), ...[...new Set(texts)].flatMap(foldings)])]
}

/**
 * The same for handlers that look at the path alone, `new URL(uri).pathname`: for them, an invented
 * host leads to what a rule without a host names.
 *
 * @internal
 */
export function hostlessReadingsOf(uri: string): readonly string[] {
  const texts = cuts(uri).flatMap((text) => [
    ...cuts(decoded(text.replace(AUTHORITY, '$1'))),
    ...cuts(decoded(text).replace(DECODED_AUTHORITY, '$1')),
  ])
  return AUTHORITY.test(uri) ? [...new Set(texts.flatMap(foldings))] : []
}

/** The texts under which a rule's URI is found by {@link readingsOf} another. @internal */
export function spellingsOf(uri: string): readonly string[] {
  return foldings(decoded(uri))
}

/** {@link spellingsOf} for a template. @internal */
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

/** @internal */
export function fixesAuthority({ literals: [head = ''] }: UriTemplate): boolean {
  return FIXED_AUTHORITY.test(head)
}

/** @internal */
export function isHostless(head: string): boolean {
  return HOSTLESS.test(head)
}

/** Without query and fragment. @internal */
export function bareOf(uri: string): string {
  return uri.split(/[?#]/, 1)[0] ?? ''
}

/** Of the query; a URI without one has an empty one. @internal */
export function parametersOf(uri: string): readonly string[] {
  const [whole = ''] = uri.split('#', 1)
  return whole.split('?').slice(1).join('?').split('&')
}

/**
 * The text, and what is left of it without fragment, without query, with one of its parameters, and
 * without a last slash.
 */
function cuts(uri: string): string[] {
  const bare = bareOf(uri)
  const texts = [uri]
  if (bare !== uri) {
    const [whole = ''] = uri.split('#', 1)
    const parameters = parametersOf(uri).slice(0, MAX_PARAMETERS)
    texts.push(whole, bare, ...parameters.map((parameter) => `${bare}?${parameter}`))
  }
  return texts.flatMap((text) => (text.endsWith('/') ? [text, text.slice(0, -1)] : [text]))
}

/** Undoes the escapes. Of a query, most libraries read blanks as forms write them. */
function decoded(uri: string): string {
  const text = uri.replace(/\?.*/, (query) => query.replaceAll('+', ' '))
  try {
    return decodeURIComponent(text.replace(/%2f/gi, ESCAPED_SLASH))
  } catch {
    return text
  }
}

/** What folding drops from a text: nothing, double slashes, or everything that file systems drop. */
const FOLDINGS = ['nothing', 'slashes', 'trimmings'] as const

function foldings(text: string): string[] {
  return FOLDINGS.map((drops) => folded(text, drops, true, true))
}

/**
 * Folds a text to one letter case and Unicode form, with `+` for blanks. `slashes` joins slashes and
 * drops those behind the scheme: in `docs://{+path}` the host is matched as a path segment. `trimmings`
 * also drops dots and blanks at the end of names.
 *
 * @param first whether the scheme is in the text @param last whether the text ends the URI
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
