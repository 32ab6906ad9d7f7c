import type { Random } from '../differential/random-uris.ts'

/**
 * One change, in numbers. A mutator takes each of them modulo what it has to choose from. So every edit fits
 * every input, and an edit with smaller numbers is a simpler one.
 */
export interface Edit {
  /** Which change. */
  readonly kind: number
  /** Where. */
  readonly at: number
  /** What is put there. */
  readonly value: number
}

export const EDIT_LIMIT = 2 ** 24

/** One to `most` edits, which are the same for the same random numbers. */
export function editsFrom(random: Random, most = 3): readonly Edit[] {
  const number = () => Math.floor(random() * EDIT_LIMIT)
  return Array.from({ length: 1 + Math.floor(random() * most) }, () => ({
    kind: number(),
    at: number(),
    value: number(),
  }))
}

/** The element that a number of an edit stands for. */
export const chosen = <Value>(list: readonly Value[], number: number): Value =>
  list[number % list.length] as Value

/** An edit for the part of the input that the numbers have led to. */
export const deeper = ({ kind, at, value }: Edit, choices: number): Edit => ({
  kind: Math.floor(kind / choices),
  at,
  value,
})
