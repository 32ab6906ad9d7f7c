import { chosen, deeper, type Edit } from './edit.ts'

/** Characters and sequences that some parser treats in its own way. */
export const MARKS = [
  ...' \t\r\n\0\u007f\u0085\u00a0\u200b\u2028\ufeff\ud800\u00e9\uff0e'.split(''),
  ...'.,;:=+-_/\\"\'{}[]()<>%&?#@!~*$|^`'.split(''),
  '..',
  '\r\n',
  '%00',
  '%2e%2e%2f',
  '😀',
  'a',
  'A',
  '0',
] as const

type Change = (text: string, edit: Edit) => string

const place = (text: string, at: number): number => at % (text.length + 1)

const CHANGES: readonly Change[] = [
  // Replace one character.
  (text, { at, value }) =>
    text.slice(0, place(text, at)) + chosen(MARKS, value) + text.slice(place(text, at) + 1),
  // Insert one character.
  (text, { at, value }) =>
    text.slice(0, place(text, at)) + chosen(MARKS, value) + text.slice(place(text, at)),
  // Leave out a piece.
  (text, { at, value }) =>
    text.slice(0, place(text, at)) + text.slice(place(text, at) + 1 + (value % 8)),
  // The end is cut off.
  (text, { at }) => text.slice(0, place(text, at)),
  // Repeat a piece.
  (text, { at, value }) =>
    text.slice(0, place(text, at)) + text.slice(place(text, at) - 1 - (value % 32)),
  // Swap two neighbouring characters.
  (text, { at }) => {
    const from = place(text, at)
    return (
      text.slice(0, from) +
      text.slice(from + 1, from + 2) +
      text.charAt(from) +
      text.slice(from + 2)
    )
  },
  // A letter changes its case.
  (text, { at }) => {
    const from = place(text, at)
    const letter = text.charAt(from)
    const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()
    return text.slice(0, from) + other + text.slice(from + 1)
  },
  (text, { value }) =>
    chosen([` ${text}`, `${text} `, `\t${text}`, `${text}\n`, `"${text}"`], value),
  (text, { value }) => chosen([text.toUpperCase(), text.toLowerCase(), ''], value),
  (text, { value }) => chosen([text + text, `${text},${text}`, `${text} ${text}`], value),
]

/** Changes a text in one place, as damage on the way or an attacker would. */
export const mutateText = (text: string, edit: Edit): string =>
  chosen(CHANGES, edit.kind)(text, deeper(edit, CHANGES.length))

/** Turns one bit around, or cuts, repeats or adds bytes. */
export function mutateBytes(bytes: Uint8Array, { kind, at, value }: Edit): Uint8Array {
  const changed = Buffer.from(bytes)
  const from = changed.length === 0 ? 0 : at % changed.length
  if (kind % 4 === 0 && changed.length > 0) {
    changed[from] = (changed[from] ?? 0) ^ (1 << (value % 8))
    return changed
  }
  if (kind % 4 === 1) return changed.subarray(0, from)
  if (kind % 4 === 2) return Buffer.concat([changed.subarray(0, from), changed])
  return Buffer.concat([changed.subarray(0, from), Buffer.of(value % 256), changed.subarray(from)])
}
