/**
 * The secrets that the tests of a process have made, and a search for them in any text.
 *
 * A secret is kept as the hashes of some of its windows of 12 characters. A text is searched by the rolling
 * hash of its windows (Rabin and Karp), so a search takes a few nanoseconds a character, however many
 * secrets there are. Two hashes of 32 bits are compared, so no window is found by chance.
 */

/** Length of a window in characters. It is the length of the shortest piece that redaction removes. */
const WINDOW = 12
/** A window with fewer different characters is no secret: `aaaaaaaaaaaa`. */
const LEAST_VARIETY = 7
const [BASE, OTHER_BASE] = [0x01000193, 0x5bd1e995]
const [OUT, OTHER_OUT] = [power(BASE), power(OTHER_BASE)]

/** What a process has registered, searched and found. */
export interface SecretCounts {
  secrets: number
  texts: number
  characters: number
  found: number
  /** Ids of MCP sessions. They are searched for only in stores, events and calls. */
  sessions?: number
  /** Texts with secrets that setup.ts gives a reason for. */
  explained?: number
}

export class SecretRegistry {
  readonly counts: SecretCounts = { secrets: 0, texts: 0, characters: 0, found: 0 }
  readonly #seen = new Set<string>()
  readonly #kinds: string[] = ['']
  #hashes = new Int32Array(2 * 65_536)
  #marks = new Uint16Array(65_536)
  #filled = 0

  /**
   * @param stride the distance in characters between the beginnings of two windows. A piece of `WINDOW + stride - 1` characters is
   * always found.
   */
  add(kind: string, secret: string, stride = 1): void {
    if (secret.length < WINDOW || this.#seen.has(secret)) return
    this.#seen.add(secret)
    this.counts.secrets += 1
    let mark = this.#kinds.indexOf(kind)
    if (mark === -1) mark = this.#kinds.push(kind) - 1
    for (let at = 0; at + WINDOW <= secret.length; at += stride) {
      const piece = secret.slice(at, at + WINDOW)
      if (new Set(piece).size < LEAST_VARIETY) continue
      this.#insert(hashOf(piece, BASE), hashOf(piece, OTHER_BASE), mark)
    }
  }

  /** Finds the first piece of a secret in a text: its kind, and where it is. */
  find(text: string): { readonly kind: string; readonly at: number } | undefined {
    this.counts.texts += 1
    this.counts.characters += text.length
    const { length } = text
    if (length < WINDOW) return undefined
    let [one, other] = [0, 0]
    for (let at = 0; at < length; at += 1) {
      const entering = text.charCodeAt(at)
      one = (Math.imul(one, BASE) + entering) | 0
      other = (Math.imul(other, OTHER_BASE) + entering) | 0
      if (at >= WINDOW) {
        const leaving = text.charCodeAt(at - WINDOW)
        one = (one - Math.imul(leaving, OUT)) | 0
        other = (other - Math.imul(leaving, OTHER_OUT)) | 0
      }
      if (at < WINDOW - 1) continue
      const mark = this.#lookUp(one, other)
      if (mark !== 0) return { kind: this.#kinds[mark] ?? '', at: at - WINDOW + 1 }
    }
    return undefined
  }

  #lookUp(one: number, other: number): number {
    const mask = this.#marks.length - 1
    for (let slot = (one ^ (one >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const mark = this.#marks[slot] ?? 0
      if (mark === 0) return 0
      if (this.#hashes[2 * slot] === one && this.#hashes[2 * slot + 1] === other) return mark
    }
  }

  #insert(one: number, other: number, mark: number): void {
    if (this.#lookUp(one, other) !== 0) return
    if (this.#filled * 2 >= this.#marks.length) this.#grow()
    const mask = this.#marks.length - 1
    let slot = (one ^ (one >>> 15)) & mask
    while (this.#marks[slot] !== 0) slot = (slot + 1) & mask
    this.#hashes[2 * slot] = one
    this.#hashes[2 * slot + 1] = other
    this.#marks[slot] = mark
    this.#filled += 1
  }

  #grow(): void {
    const [hashes, marks] = [this.#hashes, this.#marks]
    this.#hashes = new Int32Array(hashes.length * 2)
    this.#marks = new Uint16Array(marks.length * 2)
    this.#filled = 0
    marks.forEach((mark, slot) => {
      if (mark !== 0) this.#insert(hashes[2 * slot] ?? 0, hashes[2 * slot + 1] ?? 0, mark)
    })
  }
}

function hashOf(piece: string, base: number): number {
  let hash = 0
  for (let at = 0; at < piece.length; at += 1)
    hash = (Math.imul(hash, base) + piece.charCodeAt(at)) | 0
  return hash
}

/** The factor of the character that leaves the window. */
function power(base: number): number {
  let result = 1
  for (let at = 0; at < WINDOW; at += 1) result = Math.imul(result, base)
  return result
}
