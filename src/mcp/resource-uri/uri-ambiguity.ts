import { MAX_PARAMETERS, parametersOf, withoutQuery } from './uri-parts.ts'

/** The scheme and its slashes. The host is not included: an escaped dot can stand in its place. */
const SCHEME = /^[^:/?#]*:(?:\/\/)?/

/** A path segment `.` or `..`, with or without blanks, which some file systems drop. */
const FOLDER = /(?:^|[/?#&=])(?: *\.){1,2} *(?:[/?#&]|$)/

/** Characters that no plain URI holds: backslashes, control characters, and {@link ESCAPED_SLASH}. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const REFUSED = /[\\\u0000-\u001f\u007f\uffff]/

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
