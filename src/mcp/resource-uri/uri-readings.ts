import { MAX_PARAMETERS, parametersOf, withoutQuery } from './uri-parts.ts'
import { ESCAPED_SLASH, type UriTemplate } from './uri-template.ts'

/**
 * Matches a URI with an authority (RFC 3986 §3.2). The groups are the scheme, and the authority without
 * its port.
 */
const AUTHORITY = /^([^:/?#]*:)(\/\/[^/?#]*?)(?::\d*)?(?=[/?#]|$)/

/** {@link AUTHORITY} for decoded URIs, in which an escaped slash can also end the authority. */
const DECODED_AUTHORITY = new RegExp(AUTHORITY.source.replaceAll('/?#]', `/?#${ESCAPED_SLASH}]`))

/**
 * Returns all forms in which a handler could use a plain URI: without the fragment, the query or the
 * port; with only one of several parameters; without the dots, blanks and slashes that file systems
 * drop. These forms are decoded and in upper case. They are compared with the {@link spellingsOf} of a
 * rule.
 *
 * @param authorityFixed whether the rule that grants the URI fixes the host and port
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
 * Like {@link readingsOf}, but without the host of the URI. Handlers that use only `new
 * URL(uri).pathname` ignore the host. For them, a URI with an invented host is the same resource as a
 * URI without a host.
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

/**
 * Returns the texts of a rule's URI that are compared with the {@link readingsOf} of a caller's URI.
 *
 * @internal
 */
export function spellingsOf(uri: string): readonly string[] {
  return foldedForms(decoded(uri))
}

/** Like {@link spellingsOf}, for the template of a rule. @internal */
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

/**
 * Returns a URI and its shorter forms: without the fragment, without the query, and with only one
 * parameter of the query. Each form that ends in a slash is also there without that slash.
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

/**
 * Decodes the escapes of a URI. A `+` in the query becomes a blank, because most libraries read queries
 * as form data.
 */
function decoded(uri: string): string {
  const text = uri.replace(/\?.*/, (query) => query.replaceAll('+', ' '))
  try {
    return decodeURIComponent(text.replace(/%2f/gi, ESCAPED_SLASH))
  } catch {
    return text
  }
}

/**
 * What {@link folded} drops: nothing; repeated slashes; repeated slashes, and the dots and blanks that file
 * systems drop; or also the slashes at the start of a parameter's value.
 */
const FOLDINGS = ['nothing', 'slashes', 'trimmings', 'values'] as const

function foldedForms(text: string): string[] {
  return FOLDINGS.map((drops) => folded(text, drops, true, true))
}

/**
 * Folds a text. Two spellings become equal if some handler takes them for the same resource. All
 * letters become upper case, Unicode characters get one form (NFD), and each `+` becomes a blank. With
 * `slashes`, several slashes become one, and the slashes after the scheme are dropped, because
 * `docs://{+path}` matches the host as a path segment. With `trimmings`, dots and blanks at the end of
 * names are dropped as well. With `values`, slashes after a `=` are dropped too.
 *
 * @param first whether the text is at the start of the URI, where the scheme is
 * @param last whether the text is at the end of the URI
 */
function folded(
  text: string,
  drops: (typeof FOLDINGS)[number],
  first: boolean,
  last: boolean,
): string {
  let result = text
  if (drops === 'values') result = result.replace(/=[/\uffff]+/g, '=')
  if (drops === 'trimmings' || drops === 'values') {
    result = result.replace(/(?<![. ])[. ]+(?=[/\uffff?#])/g, '')
    result = result.replace(/(?<![/\uffff])[/\uffff]+(?=[?#])/g, '')
    if (last) result = result.replace(/(?<![. /\uffff])[. /\uffff]+$/, '')
  }
  if (drops !== 'nothing') {
    result = result.replace(/[/\uffff]{2,}/g, '/')
    if (first) result = result.replace(/^([^:/?#]*:)?[/\uffff]+/, '$1')
  }
  return result.replaceAll('+', ' ').normalize('NFD').toUpperCase()
}
