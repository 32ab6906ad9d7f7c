import type { AnswerHeaders } from './http-answer.ts'

/** Splits a list whose members contain no commas and no quotes. */
const splitTokens = (list: string): string[] => list.split(',')

/** Header fields that are lists, and how each is split. The gate, CORS and other software add members to them. */
const LISTS: ReadonlyMap<string, (list: string) => string[]> = new Map([
  ['access-control-expose-headers', splitTokens],
  ['vary', splitTokens],
  ['www-authenticate', splitChallenges],
])

/** Whether a header field is a list whose members are merged. @internal */
export function isListField(name: string): boolean {
  return LISTS.has(name.toLowerCase())
}

/**
 * Merges a new value into a header field. A list keeps its members and gets the new ones. Each member
 * is in the result once, because a request may pass two guards. Any other field gets the new value.
 *
 * @param existing the value or values that the field has already
 * @internal
 */
export function mergeField(name: string, value: string, existing: unknown): string {
  const split = LISTS.get(name.toLowerCase())
  if (split === undefined || existing === undefined || existing === null) return value
  const members = new Map<string, string>()
  for (const member of [existing, value].flat().flatMap((list) => split(String(list)))) {
    const trimmed = member.trim()
    // The case of a field name does not matter. The case of a challenge's parameters does.
    const key = split === splitTokens ? trimmed.toLowerCase() : trimmed
    if (key !== '' && !members.has(key)) members.set(key, trimmed)
  }
  return [...members.values()].join(', ')
}

/**
 * Merges the header fields of several sources. Lists are joined. For any other field, the last value
 * counts.
 *
 * @internal
 */
export function mergeHeaders(first: AnswerHeaders, ...others: AnswerHeaders[]): AnswerHeaders {
  const merged: Record<string, string> = { ...first }
  for (const headers of others) {
    for (const [name, value] of Object.entries(headers)) {
      const known = Object.hasOwn(merged, name) ? name : nameIn(merged, name)
      if (known === undefined) merged[name] = value
      else merged[known] = mergeField(name, value, merged[known])
    }
  }
  return merged
}

/** Finds a field name in a record without regard to case, and returns the record's spelling. */
function nameIn(headers: AnswerHeaders, name: string): string | undefined {
  const lower = name.toLowerCase()
  return Object.keys(headers).find((known) => known.toLowerCase() === lower)
}

/** Matches the parts of a list between its commas. A comma in a quoted string does not count. */
const PARTS = /(?:"(?:[^"\\]|\\.)*"?|[^",])+/g

/** Matches a parameter `name=value`. It does not match the scheme at the beginning of a challenge (RFC 9110 §11.2). */
const PARAMETER = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+[ \t]*=[ \t]*[^= \t]/

/**
 * Splits a list of challenges. The parameters of one challenge are separated by commas too.
 *
 * @internal
 */
export function splitChallenges(list: string): string[] {
  const challenges: string[] = []
  for (const part of list.match(PARTS) ?? []) {
    const trimmed = part.trim()
    const last = challenges.at(-1)
    if (trimmed === '') continue
    if (last !== undefined && PARAMETER.test(trimmed)) {
      challenges[challenges.length - 1] = `${last}, ${trimmed}`
    } else challenges.push(trimmed)
  }
  return challenges
}
