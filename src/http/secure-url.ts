/** Those of RFC 3986 §2, and so none that could end a quoted string or a header. */
const URL_CHARACTERS = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/

/**
 * Says why a URL may not be used to reach an authorization server, or nothing when it may.
 *
 * Plain http shows tokens and lets keys be replaced on the way (S1.5, RFC 8725 §3.10), so it is
 * for loopback alone, unless the operator insists.
 *
 * @internal
 */
export function urlFault(url: string, allowInsecureHttp: boolean): string | undefined {
  if (!URL.canParse(url)) return 'is not an absolute URL'
  // `URL` mends blanks, quotes and letters of other scripts; these strings are used as they are.
  if (!URL_CHARACTERS.test(url)) return 'holds characters that a URL has not; percent-encode them'
  const { protocol, hostname, username, password, hash } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') return 'is not an https URL'
  // `URL` reads `https:host` as well, but then there is no host to insert a path after.
  if (!/^https?:\/\/[^/]/i.test(url)) return 'has no // and host after the scheme'
  if (username !== '' || password !== '') return 'holds credentials; give them as options'
  if (hash !== '' || url.includes('#')) return 'has a fragment'
  if (protocol === 'http:' && !isLoopback(hostname) && !allowInsecureHttp) {
    return 'is plain http and not on loopback; use https, or set allowInsecureHttp for a test set-up'
  }
  return undefined
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    // `URL` has made a real address of every spelling of one, so the prefix is enough.
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  )
}
