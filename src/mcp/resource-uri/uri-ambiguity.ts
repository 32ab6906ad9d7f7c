import { MAX_PARAMETERS, parametersOf, withoutQuery } from './uri-parts.ts'

/** The scheme and its slashes. The host is not included, because it could be an escaped dot. */
const SCHEME = /^[^:/?#]*:(?:\/\/)?/

/** A path segment `.` or `..`, also with blanks around it, because some file systems drop blanks. */
const FOLDER = /(?:^|[/?#&=])(?: *\.){1,2} *(?:[/?#&]|$)/

/** Characters that no plain URI contains: backslashes, control characters and {@link ESCAPED_SLASH}. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const REFUSED = /[\\\u0000-\u001f\u007f\uffff]/

/**
 * Returns why a handler could confuse a URI with another one; `undefined` for a plain URI. The MCP SDKs
 * look up `new URL(uri).href`. Handlers decode escapes, resolve dots and merge slashes. In these ways,
 * a URI could leave its folder and reach a resource of another rule. So such a URI must be denied.
 *
 * @internal
 */
export function ambiguityOf(uri: string): string | undefined {
  const url = URL.parse(uri)
  // The SDKs look up a text that is not a URL without changing it. A handler could still use it as a
  // path, so the checks below apply too.
  if (url !== null && url.href !== uri) return 'new URL() would rewrite it'
  if (url?.username || url?.password) return 'it contains a user name or a password'
  if (url?.hostname.endsWith('.')) return 'its host ends in a dot'
  if (/[{}]/.test(uri)) return 'it contains braces'
  if (/%25[0-9A-Fa-f]{2}/.test(uri)) return 'it contains an escape within an escape'
  let text: string
  try {
    text = decodeURIComponent(uri)
  } catch {
    return 'its escapes are not UTF-8'
  }
  if (REFUSED.test(text)) return 'it contains a backslash or a control character'
  const rest = text.replace(SCHEME, '')
  // Unicode has other characters that look like dots. NFKC turns them into dots.
  if (FOLDER.test(rest.normalize('NFKC'))) return 'it contains a path segment of dots'
  if (parametersOf(uri).length > MAX_PARAMETERS)
    return `its query has more than ${MAX_PARAMETERS} parameters`
  // Two slashes after a scheme are allowed: they belong to a URL inside the URI.
  const doubled = /(?<![A-Za-z][A-Za-z0-9+.-]+:)\/\//.test(withoutQuery(rest))
  return doubled ? 'it contains two slashes in a row' : undefined
}
