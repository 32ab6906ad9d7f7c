import { isObject, ownMember } from '../../json-object.ts'

/** The answer to a poll (RFC 8936 §2.3). @internal */
export interface PollAnswer {
  /** The security events by their `jti`, as the transmitter names them; at most as many as were asked for. */
  readonly sets: readonly (readonly [tokenId: string, set: unknown])[]
  readonly moreAvailable: boolean
}

/** Longest accepted `jti`, in characters. It is sent back, so that a longer one would make long requests. */
const LONGEST_ID = 512

/**
 * Reads the answer to a poll. Events beyond those that were asked for are passed over: they are not
 * acknowledged, so the transmitter sends them again.
 *
 * @returns a description of the fault if it is no such answer
 * @internal
 */
export function readPollAnswer(value: unknown, maxEvents: number): PollAnswer | string {
  // A transmitter without events may answer with an empty body, or leave `sets` out.
  if (value === undefined) return { sets: [], moreAvailable: false }
  if (!isObject(value)) return 'the answer is not a JSON object'
  const sets = ownMember(value, 'sets') ?? {}
  if (!isObject(sets)) return '"sets" is not an object'
  const entries = Object.entries(sets).slice(0, maxEvents)
  if (entries.some(([tokenId]) => tokenId === '' || tokenId.length > LONGEST_ID)) {
    return `"sets" has a name that is empty or longer than ${LONGEST_ID} characters`
  }
  return { sets: entries, moreAvailable: ownMember(value, 'moreAvailable') === true }
}
