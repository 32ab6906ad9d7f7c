import { parseStrictJsonObject } from '../../jws/strict-json.ts'
import { type ConnectionFailure, isFailure } from './connection-failure.ts'
import type { Probe, ProbeAnswer } from './probe.ts'

/** The members of a JSON document of a foreign server. @internal */
export type JsonDocument = Readonly<Record<string, unknown>>

/** The result of fetching a document. @internal */
export type ReadDocument =
  | {
      readonly state: 'read'
      readonly url: string
      readonly members: JsonDocument
      readonly answer: ProbeAnswer
    }
  | { readonly state: 'missing'; readonly url: string; readonly seen: string }
  | { readonly state: 'unreadable'; readonly url: string; readonly seen: string }
  | {
      readonly state: 'failed'
      readonly url: string
      readonly seen: string
      readonly failure: ConnectionFailure
    }

/**
 * Fetches a JSON object, as a client does, and reads it strictly. It never rejects.
 *
 * @internal
 */
export async function fetchDocument(
  probe: Probe,
  url: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<ReadDocument> {
  const answer = await probe.send(
    { method: 'GET', url, headers: { accept: 'application/json', ...headers } },
    signal,
  )
  if (isFailure(answer)) return { state: 'failed', url, seen: answer.words, failure: answer }
  const { status, body, bodyFault } = answer
  if (status >= 300 && status < 400)
    return { state: 'unreadable', url, seen: `a redirect (HTTP ${status})` }
  if (status !== 200) return { state: 'missing', url, seen: `HTTP ${status}` }
  if (body === undefined) return { state: 'unreadable', url, seen: `a body that is ${bodyFault}` }
  try {
    return { state: 'read', url, members: parseStrictJsonObject(body), answer }
  } catch (error) {
    return { state: 'unreadable', url, seen: (error as Error).message }
  }
}

/** The strings of a list; `undefined` if the value is no list of strings. @internal */
export function stringsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined
}
