/**
 * Whether `htu` of a proof names the URL of the request. Query and fragment of `htu` do not count (RFC
 * 9449 §4.3). Spellings that mean the same are equal (RFC 3986 §6.2.2, §6.2.3).
 *
 * @param url the URL of the request, without query and fragment
 * @internal
 */
export function sameUrl(htu: string, url: string): boolean {
  return htu === url || normalUrl(htu) === normalUrl(url)
}

function normalUrl(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return undefined
  const path = url.pathname.replace(/%[0-9a-f]{2}/gi, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16))
    return /[A-Za-z0-9\-._~]/.test(character) ? character : octet.toUpperCase()
  })
  return url.origin + path
}
