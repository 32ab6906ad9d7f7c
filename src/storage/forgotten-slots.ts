/** Most ranges that are kept. A new range begins when the clock jumps, or after a time without requests. */
const MAX_RANGES = 8

/**
 * Knows which time slots were forgotten. A clock that is set back reaches these slots again. Nobody can
 * then tell whether an id of such a slot is new.
 *
 * It keeps a few ranges of slots. When there are too many, the two closest ranges become one, which then
 * also contains the slots between them. So every forgotten slot is known, and possibly a few others too.
 *
 * @internal
 */
export class ForgottenSlots {
  readonly #ranges: [first: number, last: number][] = []

  add(slot: number): void {
    if (this.has(slot)) return
    const after = this.#ranges.findIndex(([first]) => first > slot)
    this.#ranges.splice(after === -1 ? this.#ranges.length : after, 0, [slot, slot])
    if (this.#ranges.length > MAX_RANGES) this.#joinClosest()
  }

  has(slot: number): boolean {
    return this.#ranges.some(([first, last]) => slot >= first && slot <= last)
  }

  #joinClosest(): void {
    const gaps = this.#ranges.slice(1).map(([first], at) => first - (this.#ranges[at]?.[1] ?? 0))
    const at = gaps.indexOf(Math.min(...gaps))
    const [lower, upper] = this.#ranges.slice(at, at + 2)
    if (lower && upper) this.#ranges.splice(at, 2, [lower[0], upper[1]])
  }
}
