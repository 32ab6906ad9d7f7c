import { ADAPTER_DIFFERENCES } from '../support/raw-http/adapter-differences.ts'
import { CLASSES, LOOSER } from './classes.ts'
import type { RequestCounts } from './requests.ts'
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

/**
 * Adds the counts of an earlier run, as they are written in the report. So a million can be counted in several
 * runs, each with a seed of its own.
 *
 * @param part what the report says between its marks
 */
export function addEarlier(part: string, counts: TokenCounts): TokenCounts & { seeds: string } {
  const numbers = /^([\d,]+) compared: all accept ([\d,]+), all refuse ([\d,]+)/m.exec(part)
  if (numbers === null || !part.includes('Not explained: 0.')) {
    throw new Error('the report has no earlier run that can be continued')
  }
  const [compared = 0, accepted = 0, refused = 0] = numbers.slice(1).map(fromNumber)
  const classes = new Map(counts.classes)
  for (const [, name = '', count = '', example = ''] of part.matchAll(
    /^\| ([^|]+) \| ([\d,]+) \|[^|]+\|[^|]+\| `(.*)` \|$/gm,
  )) {
    const added = classes.get(name)?.count ?? 0
    classes.set(name, { count: added + fromNumber(count), example })
  }
  return {
    ...counts,
    compared: compared + counts.compared,
    accepted: accepted + counts.accepted,
    refused: refused + counts.refused,
    classes,
    seeds: /\bSeeds? ([\d, ]+), Node/.exec(part)?.[1] ?? '',
  }
}

const fromNumber = (text: string): number => Number(text.replaceAll(',', ''))

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

export function requestSummary({ compared, allowed, failures }: RequestCounts): string {
  return `${number(compared)} requests compared, ${number(allowed)} of them allowed. Not explained: ${failures.length}.`
}

/** One line for each difference that occurred, with the adapters that differ most often first. */
export function requestTable({ differences }: RequestCounts): string {
  const rows = ADAPTER_DIFFERENCES.flatMap(({ name, why }) => {
    const found = [...(differences.get(name) ?? [])].sort(([, one], [, other]) => other - one)
    const counts = found.map(([, count]) => number(count))
    return found.length === 0
      ? []
      : [[name, found.map(([adapter]) => adapter).join(', '), counts.join(', '), why]]
  })
  return table(['difference', 'adapters', 'count', 'why'], rows)
}

/** The decoded beginning of a token, or of a key set. */
function shortened(example: string): string {
  // An example of an earlier run, which the report has already.
  if (example.includes('...')) return example
  const [header = '', payload = ''] = example.split('.')
  const text = example.startsWith('{')
    ? example
    : [header, payload].map((part) => Buffer.from(part, 'base64url').toString()).join(' ')
  const printable = text.replace(/[^\x20-\x7e]/g, '?').replace(/[|`]/g, '?')
  return printable.length > 160 ? `${printable.slice(0, 157)}...` : printable
}
