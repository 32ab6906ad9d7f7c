/**
 * A URL of the schemes `http` and `https` without user information: scheme, host, port and path. Query
 * and fragment are matched, and left out. `URL.parse` is not used, because it accepts and repairs text
 * that is no URI: blanks, tabs, backslashes, `https:/host`.
 */
const HTTP_URL =
  /^(https?):\/\/((?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+|\[[0-9A-Fa-f:.]+\])(?::([0-9]*))?(\/[^?#]*)?(?:[?#]|$)/i

/**
 * A path that starts with a slash: visible ASCII characters, and `%` with two hexadecimal digits. A
 * backslash is refused, because some servers read it as a slash. Other characters that RFC 3986 does not
 * allow are compared as they are.
 */
const PATH = /^\/(?:[!-$&-[\]-~]|%[0-9A-Fa-f]{2})*$/

/** A path that may have another spelling: it has an escape, or a segment that begins with a dot. */
const SPELLED = /%|\/\./

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

/**
 * Returns the normal form of an `http` or `https` URL, without query and fragment (RFC 3986 §6.2.2,
 * §6.2.3). Two URLs have the same normal form only if they are equivalent under these rules.
 *
 * @returns `undefined` for any other text
 * @internal
 */
export function normalUrl(text: string): string | undefined {
  const [, scheme, host, port = '', path = '/'] = HTTP_URL.exec(text) ?? []
  if (scheme === undefined || host === undefined) return undefined
  const normal = normalPath(path)
  if (normal === undefined) return undefined
  const protocol = scheme.toLowerCase()
  const shownPort = port === '' || port === DEFAULT_PORTS[protocol] ? '' : `:${port}`
  return `${protocol}://${withoutNeedlessEscapes(host).toLowerCase()}${shownPort}${normal}`
}

/**
 * Returns the normal form of a path: without escapes of characters that need none, the other escapes in
 * upper case, without dot segments (RFC 3986 §6.2.2).
 *
 * @returns `undefined` if the text is not a path that starts with a slash
 * @internal
 */
export function normalPath(path: string): string | undefined {
  if (!PATH.test(path)) return undefined
  return SPELLED.test(path) ? withoutDotSegments(withoutNeedlessEscapes(path)) : path
}

/** Replaces escapes of unreserved characters by the characters (RFC 3986 §6.2.2.1, §6.2.2.2). */
function withoutNeedlessEscapes(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16))
    return /[A-Za-z0-9\-._~]/.test(character) ? character : octet.toUpperCase()
  })
}

/** Resolves the segments `.` and `..` (RFC 3986 §5.2.4). */
function withoutDotSegments(path: string): string {
  const kept: string[] = []
  const segments = path.slice(1).split('/')
  for (const [at, segment] of segments.entries()) {
    const isDots = segment === '.' || segment === '..'
    if (segment === '..') kept.pop()
    if (!isDots) kept.push(segment)
    else if (at === segments.length - 1) kept.push('')
  }
  return `/${kept.join('/')}`
}
