/** A URI as the MCP SDKs look it up. @internal */
export function normalized(uri: string): string {
  return URL.parse(uri)?.href ?? uri
}

/** What makes other spellings of a URI likely: escapes, a query or fragment, doubled slashes. */
const SUSPICIOUS = /[%?#\\]|[^:/]\/\/|:\/\/[^/]*\/\//

/** An escape that hides another one is undone so often. */
const MOST_ROUNDS = 4

/**
 * What a handler may make of a normalized URI: escapes undone, query and fragment dropped, slashes
 * joined. None of these is the same resource by RFC 3986; a file system may think otherwise.
 *
 * @internal
 */
export function looseSpellings(href: string): readonly string[] {
  if (!SUSPICIOUS.test(href)) return []
  const [bare = ''] = href.split(/[?#]/, 1)
  let text = bare
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const decoded = unescaped(text)
    if (decoded === text) break
    text = decoded
  }
  const joined = text
    .replaceAll('\\', '/')
    .replace(/^([^:/]+:\/\/[^/]*)\/{2,}/, '$1/')
    .replace(/([^:/])\/{2,}/g, '$1/')
  return [...new Set([bare, text, joined, normalized(joined)])]
}

function unescaped(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run)
    } catch {
      return run
    }
  })
}
