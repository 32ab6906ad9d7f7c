/** The characters of a URI (RFC 3986 §2). None of them can end a quoted string or a header. */
const URL_CHARACTERS = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/

/**
 * Says why a URL may not be used to reach an authorization server.
 *
 * Plain http is allowed on loopback only, unless the option `allowInsecureHttp` is set: others on the
 * network could read tokens and replace keys (S1.5, RFC 8725 §3.10).
 *
 * @returns the fault, or `undefined` if the URL may be used
 * @internal
 */
export function urlFault(url: string, allowInsecureHttp: boolean): string | undefined {
  if (!URL.canParse(url)) return 'is not an absolute URL'
  // `URL` repairs blanks, quotes and letters of other scripts. This package uses the string as it is.
  if (!URL_CHARACTERS.test(url))
    return 'contains characters that are not allowed in a URL; percent-encode them'
  const { protocol, hostname, username, password, hash } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') return 'is not an https URL'
  // `URL` also accepts `https:host`. Well-known paths are inserted after `//host`, which it lacks.
  if (!/^https?:\/\/[^/]/i.test(url)) return 'has no // and host after the scheme'
  if (username !== '' || password !== '') return 'contains credentials; set them as options'
  if (hash !== '' || url.includes('#')) return 'has a fragment'
  if (protocol === 'http:' && !isLoopback(hostname) && !allowInsecureHttp) {
    return 'is plain http and not on loopback; use https, or set allowInsecureHttp for a test set-up'
  }
  return undefined
}

/** Whether a host of a `URL` is the own machine (RFC 6761 §6.3, RFC 8252 §7.3). @internal */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    // `URL` writes every spelling of an IPv4 address in the dotted form, so the first number is enough.
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  )
}
