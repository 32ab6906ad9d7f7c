/** Scheme and slashes. A host behind them may be an escaped dot. */
const SCHEME = /^[^:/?#]*:(?:\/\/)?/

/** Of a {@link loosened} URI scheme and host, and the port behind them. */
const PORT = /^([^:/?#]*:[^/?#]*):\d*(?=[/?#]|$)/

/** A URI as the MCP SDKs look it up. @internal */
export function normalized(uri: string): string {
  return URL.parse(uri)?.href ?? uri
}

/**
 * Why a URI may be read as another one than it says; `undefined` where it is plain. The MCP SDKs
 * read `new URL(uri).href`, and handlers undo escapes, resolve dots and join slashes. A URI that means
 * something else after any of it would be judged as one resource and read as another.
 *
 * @internal
 */
export function ambiguityOf(uri: string): string | undefined {
  const url = URL.parse(uri)
  // What is no URL has no other spelling for the SDKs, and for a handler may still be a path.
  if (url !== null && url.href !== uri) return 'it is not written as a URL is'
  if (url?.username || url?.password) return 'it names a user'
  if (url?.hostname.endsWith('.')) return 'its host ends in a dot'
  if (/%25[0-9A-Fa-f]{2}/.test(uri)) return 'an escape in it hides another'
  let text: string
  try {
    text = decodeURIComponent(uri)
  } catch {
    return 'its escapes are no text'
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  if (/[\\\u0000-\u001f\u007f]/.test(text)) return 'it holds a backslash or a control character'
  const rest = text.replace(SCHEME, '')
  if (/(?:^|[/?#&=])\.{1,2}(?:[/?#&]|$)/.test(rest)) return 'it holds dots for a folder'
  // A URL within a URI has its two slashes behind a scheme.
  const doubled = /(?<![A-Za-z][A-Za-z0-9+.-]+:)\/\//.test(bareOf(rest))
  return doubled ? 'it holds a doubled slash' : undefined
}

/**
 * A plain URI with its escapes undone, doubled slashes joined, and without slashes around its path or
 * in front of a parameter's: what many handlers make of it. To `docs://{+path}` a host is a folder.
 *
 * @internal
 */
export function loosened(uri: string): string {
  let text = uri
  try {
    // Of queries, most libraries read them as forms.
    text = decodeURIComponent(uri.replace(/\?.*/, (query) => query.replaceAll('+', ' ')))
  } catch {}
  const path = text.indexOf(':') + 1
  const rest = text.slice(path).replace(/\/+/g, '/')
  return text.slice(0, path) + rest.replace(/(^|=)\//g, '$1').replace(/\/$/, '')
}

/** Of a {@link loosened} URI scheme, host and port; `undefined` without a port. @internal */
export function portOf(uri: string): string | undefined {
  return PORT.exec(uri)?.[0]
}

/** @internal */
export function portless(uri: string): string {
  return uri.replace(PORT, '$1')
}

/** Without query and fragment. @internal */
export function bareOf(uri: string): string {
  return uri.split(/[?#]/, 1)[0] ?? ''
}
