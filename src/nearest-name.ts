/**
 * Finds the name that a misspelt name probably means. That is the name with the fewest slips: at most
 * two, and at most one for every three characters. If there is none, it is a name that contains the
 * given name or is contained in it; of several, the one with the most similar length.
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

/** Whether the longer name contains the shorter one. Names of one or two letters never count: too many names contain them. */
function holds(longer: string, shorter: string): boolean {
  return shorter.length > 2 && longer.includes(shorter)
}

function apart(one: string, other: string): number {
  return Math.abs(one.length - other.length)
}

/** Counts the characters that must be added, left out, changed or swapped. Returns at most `limit`. */
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
