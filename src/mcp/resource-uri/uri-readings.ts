import { MAX_PARAMETERS, parametersOf, withoutQuery } from './uri-parts.ts'
import { ESCAPED_SLASH, type UriTemplate } from './uri-template.ts'

/** A URI with an authority (RFC 3986 §3.2). The groups are the scheme, and the authority up to its port. */
const AUTHORITY = /^([^:/?#]*:)(\/\/[^/?#]*?)(?::\d*)?(?=[/?#]|$)/

/** {@link AUTHORITY} for a decoded URI, in which an escaped slash can end the authority. */
const DECODED_AUTHORITY = new RegExp(AUTHORITY.source.replaceAll('/?#]', `/?#${ESCAPED_SLASH}]`))

/**
 * All texts that a handler could make of a plain URI and that a rule could name: without the fragment
 * or query, with one of several parameters, without the port, without the dots, blanks and slashes that
 * file systems drop; decoded and in upper case. They are compared with the {@link spellingsOf} a rule.
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
