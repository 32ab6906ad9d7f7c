/**
 * Finds the name that a misspelt one probably means: the one with the fewest slips, two at most and
 * one in three characters; else the nearest in length that holds the given name, or is held by it.
 *
 * @internal
 */
export function nearestName(name: string, others: Iterable<string>): string | undefined {
  const given = name.toLowerCase()
  let nearest: string | undefined
  let best = Math.min(2, Math.floor(name.length / 3)) + 1
  let holding: string | undefined
  for (const other of others) {
    if (other === name) continue
    const candidate = other.toLowerCase()
    const slips = slipsBetween(given, candidate, best)
    if (slips < best) [nearest, best] = [other, slips]
    if (!holds(candidate, given) && !holds(given, candidate)) continue
    const isNearer = holding === undefined || apart(other, name) < apart(holding, name)
    if (isNearer) holding = other
  }
  return nearest ?? holding
}

/** Whether the shorter name stands in the longer one. Two letters stand in too many. */
function holds(longer: string, shorter: string): boolean {
  return shorter.length > 2 && longer.includes(shorter)
}

function apart(one: string, other: string): number {
  return Math.abs(one.length - other.length)
}

/** How many characters have to be added, left out, changed or swapped; `limit` where too many. */
function slipsBetween(one: string, other: string, limit: number): number {
  if (apart(one, other) >= limit || one.length > 128) return limit
  let before: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same)
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1)
      next.push(least)
    }
    ;[before, row] = [row, next]
  }
  return row[other.length] ?? limit
}
