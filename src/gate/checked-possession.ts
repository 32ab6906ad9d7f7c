import type { Possession, Presentation } from '../sender-constraint/possession.ts'

/** A possession that was checked for a request, and what it was checked for. @internal */
export interface CheckedPossession {
  readonly shown: Presentation
  readonly possession: Possession
}
