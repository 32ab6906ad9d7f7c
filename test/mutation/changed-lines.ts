/** Which lines of which sources changed since a revision. */
import { execFileSync } from 'node:child_process'

/** Line ranges as Stryker reads them, by file; `undefined` where git does not know the revision. */
export function changedLines(revision: string): ReadonlyMap<string, string[]> | undefined {
  let difference: string
  try {
    difference = execFileSync(
      'git',
      ['diff', '--unified=0', '--no-color', '--no-ext-diff', revision, '--', 'src'],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 * 1024 * 1024 },
    )
  } catch {
    return undefined
  }
  return rangesOf(difference)
}

/** Reads what `git diff --unified=0` prints. */
export function rangesOf(difference: string): ReadonlyMap<string, string[]> {
  const ranges = new Map<string, string[]>()
  let file: string | undefined
  for (const line of difference.split('\n')) {
    if (line.startsWith('+++ ')) file = /^\+\+\+ b\/(.+)$/.exec(line)?.[1]
    const [, start, count = '1'] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? []
    if (file === undefined || start === undefined || count === '0') continue
    const range = `${file}:${start}-${Number(start) + Number(count) - 1}`
    ranges.set(file, [...(ranges.get(file) ?? []), range])
  }
  return ranges
}
