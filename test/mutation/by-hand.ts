/**
 * Mutants that no operator of Stryker makes: checks in another order, spreads in another order, a whole check
 * replaced by another one; and those of rooms that Stryker does not try. By room, in `by-hand/`.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** One check taken out. */
export interface HandMadeMutant {
  /** What the attacker gets for it. */
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
