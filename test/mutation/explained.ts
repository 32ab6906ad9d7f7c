/** The mutants that no test needs to kill, each with its reason. No entry depends on a line number. */
import { readFileSync } from 'node:fs'

/** A mutant that no test kills. */
export interface Survivor {
  readonly file: string
  readonly mutator: string
  /** The line of the source where the mutant begins, without the space around it. */
  readonly line: string
  /** What Stryker writes there. */
  readonly becomes: string
}

/** A reason, and which survivors it explains. `file` may end in `*`. A member that is missing fits every survivor. */
interface Explained {
  readonly reason: string
  readonly file: string
  readonly mutator?: string
  readonly line?: string
  /** A regular expression for the line, for a class of mutants. */
  readonly lines?: string
  readonly becomes?: string
}

export const EXPLAINED: readonly Explained[] = JSON.parse(
  readFileSync(`${import.meta.dirname}/explained.json`, 'utf8'),
)

/** The reason why no test needs to kill a mutant; `undefined` if there is none. */
export function reasonFor(survivor: Survivor): string | undefined {
  return EXPLAINED.find(
    ({ file, mutator, line, lines, becomes }) =>
      (file.endsWith('*') ? survivor.file.startsWith(file.slice(0, -1)) : survivor.file === file) &&
      (mutator === undefined || survivor.mutator === mutator) &&
      (line === undefined || survivor.line === line) &&
      (lines === undefined || new RegExp(lines).test(survivor.line)) &&
      (becomes === undefined || survivor.becomes === becomes),
  )?.reason
}
