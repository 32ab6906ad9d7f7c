/** A flood: what somebody sends too much of, and what it costs. */
export interface Flood {
  /** The bound, as the table in docs/security.md calls it. */
  readonly bound: string
  /** @param size 1 for the table; less for a test */
  run(size: number): Promise<Measured>
}

export interface Measured {
  /** What was sent. */
  readonly sent: string
  /** What it took: entries, calls, bytes. */
  readonly took: string
  /** Whether the bound held. It counts entries, calls and bytes, and no time. */
  readonly held: boolean
}

export const number = (value: number): string => value.toLocaleString('en').replaceAll(',', ' ')
