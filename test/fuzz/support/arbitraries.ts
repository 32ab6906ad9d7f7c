import fc from 'fast-check'
import { EDIT_LIMIT, type Edit } from '../../support/mutators/edit.ts'

// Without a bias towards small numbers: an edit takes its numbers modulo small numbers, so zeros would always choose
// the same change.
const number = fc.noBias(fc.nat(EDIT_LIMIT - 1))

const edit: fc.Arbitrary<Edit> = fc.record({ kind: number, at: number, value: number })

/** One to `most` edits. */
export const edits = (most = 4, least = 1): fc.Arbitrary<Edit[]> =>
  fc.array(edit, { minLength: least, maxLength: most })

/** A number that chooses an element of a list. */
export const choice = number
