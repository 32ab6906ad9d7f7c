/** Header fields that are lists, to which others may have added their own. */
const LISTS: ReadonlySet<string> = new Set(['access-control-expose-headers', 'vary'])

/** @internal */
export function isList(name: string): boolean {
  return LISTS.has(name.toLowerCase())
}

/**
 * What a header field is to hold where there is something in it already: lists hold both, each item
 * once (a request may pass two guards), and other fields the new value.
 *
 * @internal
 */
export function withExisting(name: string, value: string, existing: unknown): string {
  if (!isList(name)) return value
  const items = new Map<string, string>()
  for (const item of [existing ?? [], value].flat().join(',').split(',')) {
    const trimmed = item.trim()
    const key = trimmed.toLowerCase()
    if (key !== '' && !items.has(key)) items.set(key, trimmed)
  }
  return [...items.values()].join(', ')
}
