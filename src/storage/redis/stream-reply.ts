/** An entry of a stream. */
export interface StreamEntry {
  readonly position: string
  /** The value of each field. */
  readonly fields: ReadonlyMap<string, string>
}

/**
 * Reads the reply of `XREAD` on one stream, or of `XRANGE`. The packages give lists of pairs, flat lists, objects or
 * maps, depending on the version of the protocol and on settings of the client.
 *
 * @internal
 */
export function streamEntries(reply: unknown): StreamEntry[] {
  const [stream] = pairsOf(reply)
  return pairsOf(stream?.[1]).map(([id, fields]) => ({
    position: textOf(id) ?? '',
    fields: new Map(
      pairsOf(fields).map(([name, value]) => [textOf(name) ?? '', textOf(value) ?? '']),
    ),
  }))
}

/** Reads a text, which some clients give as bytes. `undefined` for anything else, such as `null`. @internal */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined
}

/** The entries of a map, in whichever form the client gives it. */
function pairsOf(map: unknown): (readonly [key: unknown, value: unknown])[] {
  if (map instanceof Map) return [...map]
  if (typeof map !== 'object' || map === null) return []
  if (!Array.isArray(map)) return Object.entries(map)
  if (map.every((pair) => Array.isArray(pair))) return map.map(([key, value]) => [key, value])
  if (map.every(isRecord)) return map.map(({ key, value }) => [key, value])
  const pairs: (readonly [unknown, unknown])[] = []
  for (let at = 0; at + 1 < map.length; at += 2) pairs.push([map[at], map[at + 1]])
  return pairs
}

/** valkey-glide gives a map as a list of these. */
function isRecord(value: unknown): value is { readonly key: unknown; readonly value: unknown } {
  return typeof value === 'object' && value !== null && 'key' in value && 'value' in value
}
