import { CLASSES, LOOSER } from './classes.ts'
import type { SignatureCounts } from './signatures.ts'
import type { TokenCounts } from './tokens.ts'

const number = (value: number) => value.toLocaleString('en-GB')

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** One line for each class that occurred. */
export function classTable({ classes }: TokenCounts): string {
  const rows = [...CLASSES, ...LOOSER].flatMap(({ name, rule, why }) => {
    const found = classes.get(name)
    return found === undefined
      ? []
      : [[name, number(found.count), rule, why, `\`${shortened(found.example)}\``]]
  })
  return table(['class', 'count', 'rule', 'why ours decides so', 'example'], rows)
}

export function tokenSummary({ compared, accepted, refused, failures }: TokenCounts): string {
  const differ = compared - accepted - refused
  return `${number(compared)} compared: all accept ${number(accepted)}, all refuse ${number(refused)}, they disagree about ${number(differ)}. Not explained: ${failures.length}.`
}

/** One line for each damage: how many signatures, and how many of them stay valid. */
export function signatureTable({ compared }: SignatureCounts): string {
  const sums = new Map<string, { total: number; valid: number }>()
  for (const [place, { total, valid }] of compared) {
    const damage = place.slice(place.indexOf(': ') + 2)
    const sum = sums.get(damage) ?? { total: 0, valid: 0 }
    sums.set(damage, { total: sum.total + total, valid: sum.valid + valid })
  }
  const rows = [...sums]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([damage, { total, valid }]) => [damage, number(total), number(valid)])
  return table(['damage', 'compared', 'valid for all three'], rows)
}

/** The decoded beginning of a token, or of a key set. */
function shortened(example: string): string {
  const [header = '', payload = ''] = example.split('.')
  const text = example.startsWith('{')
    ? example
    : [header, payload].map((part) => Buffer.from(part, 'base64url').toString()).join(' ')
  const printable = text.replace(/[^\x20-\x7e]/g, '?').replace(/[|`]/g, '?')
  return printable.length > 160 ? `${printable.slice(0, 157)}...` : printable
}
