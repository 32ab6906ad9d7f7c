/**
 * The mutants made by hand, in `by-hand/`, a file for each room. They are changes that Stryker does not make: checks
 * or spreads in another order, a whole check replaced by another one. Or they are in rooms that Stryker does not try.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** A source file with one text replaced, so that a check is gone or wrong. */
export interface HandMadeMutant {
  /** What goes wrong without the check. */
  readonly name: string
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
}

const FOLDER = `${import.meta.dirname}/by-hand`

export const HAND_MADE: readonly HandMadeMutant[] = readdirSync(FOLDER)
  .sort()
  .flatMap((room) => JSON.parse(readFileSync(`${FOLDER}/${room}`, 'utf8')))
