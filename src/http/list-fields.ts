import type { AnswerHeaders } from './http-answer.ts'

/** Splits a list whose members hold neither commas nor quotes. */
const splitTokens = (list: string): string[] => list.split(',')

/** Header fields that are lists. Several parties may add members to them. */
const LISTS: ReadonlyMap<string, (list: string) => string[]> = new Map([
  ['access-control-expose-headers', splitTokens],
  ['vary', splitTokens],
  ['www-authenticate', splitChallenges],
])

/** Whether a header field is a list to which several parties may add. @internal */
export function isListField(name: string): boolean {
  return LISTS.has(name.toLowerCase())
}

/**
 * The value of a header field after a new value is added. A list keeps its existing members and gets
 * the new ones, each once: a request may pass two guards. Any other field takes the new value.
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
    // Field names are the same in upper and lower case; the parameters of a challenge are not.
    const key = split === splitTokens ? trimmed.toLowerCase() : trimmed
    if (key !== '' && !members.has(key)) members.set(key, trimmed)
  }
  return [...members.values()].join(', ')
}

/**
 * Puts the header fields of several sources together. Lists are merged. Of any other field the last
 * value counts.
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

/** The spelling in which a record has a field name: names are the same in upper and lower case. */
function nameIn(headers: AnswerHeaders, name: string): string | undefined {
  const lower = name.toLowerCase()
  return Object.keys(headers).find((known) => known.toLowerCase() === lower)
}

/** The parts of a list between commas that no quoted string holds. */
const PARTS = /(?:"(?:[^"\\]|\\.)*"?|[^",])+/g

/** A parameter `name=value`, and not the scheme that begins a challenge (RFC 9110 §11.2). */
const PARAMETER = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+[ \t]*=[ \t]*[^= \t]/

/** Splits a list of challenges. Commas also stand between the parameters of one challenge. */
function splitChallenges(list: string): string[] {
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
