/** Header lines of a random request, in the forms in which frameworks give them. */
export type Lines = readonly (readonly [string, string])[]

export function asRecord(lines: Lines): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = {}
  for (const [name, value] of lines) {
    const before = record[name]
    record[name] = before === undefined ? value : [before, value].flat()
  }
  return record
}

/** As `fetch` has them; `undefined` if such a value cannot be sent. */
export function asWebHeaders(lines: Lines): Headers | undefined {
  try {
    return new Headers(lines.map(([name, value]): [string, string] => [name, value]))
  } catch {
    return undefined
  }
}
