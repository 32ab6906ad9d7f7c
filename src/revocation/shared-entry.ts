import { isObject } from '../json-object.ts'
import type { RevocationEntry } from './revocation.ts'

/**
 * How far a revocation may reach into the future, in seconds. An instance whose clock is ahead by more
 * still revokes every token that exists.
 *
 * @internal
 */
export const MOST_AHEAD = 300

/** Longest accepted text of an entry, in characters. An entry of this package has about 200. */
const LONGEST = 1024

/** The digests of {@link revocationKey}. */
const DIGEST = /^[\w-]{43}$/

/**
 * Limits the times of a revocation to a few minutes from now. Otherwise an entry with a time far in the
 * future would stay in the list for ever, and would revoke tokens that are not issued yet.
 *
 * @param now in seconds since the epoch
 * @internal
 */
export function bounded(entry: RevocationEntry, now: number): RevocationEntry {
  const { at, issuedUntil } = entry
  const latest = now + MOST_AHEAD
  return {
    ...entry,
    at: Math.min(at, latest),
    issuedUntil: issuedUntil === undefined ? undefined : Math.min(issuedUntil, Math.floor(latest)),
  }
}

/** Writes an entry for the log that instances share. @internal */
export function writeSharedEntry({ key, everything, issuedUntil, at }: RevocationEntry): string {
  return JSON.stringify({ key, everything, issuedUntil, at })
}

/**
 * Reads an entry of the log that instances share. Whoever can write into the store can revoke tokens.
 * Such an entry ends like every other one, and cannot do more.
 *
 * @param now in seconds since the epoch
 * @returns `undefined` if the text is not an entry
 * @internal
 */
export function readSharedEntry(text: unknown, now: number): RevocationEntry | undefined {
  if (typeof text !== 'string' || text.length > LONGEST) return undefined
  let entry: unknown
  try {
    entry = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(entry)) return undefined
  const { key, everything, issuedUntil, at } = entry
  if (!isDigest(key) || !isDigest(everything) || !isTime(at)) return undefined
  if (issuedUntil !== undefined && !isTime(issuedUntil)) return undefined
  return bounded({ key, everything, issuedUntil, at }, now)
}

function isDigest(value: unknown): value is string {
  return typeof value === 'string' && DIGEST.test(value)
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
