import { RequestRefusedError } from '../errors.ts'
import { isObject } from '../json-object.ts'
import { parseStrictJson } from '../token/strict-json.ts'

/** A JSON-RPC request or notification, as far as a policy looks at it. @internal */
export interface Call {
  readonly id: string | number | null
  readonly method: string
  readonly params: Readonly<Record<string, unknown>> | undefined
}

/** The messages of one HTTP request. Answers to what the server asked are no calls. @internal */
export interface Messages {
  readonly calls: readonly Call[]
  readonly batch: boolean
}

/** Arguments of tools may be deep; recursion still has to end. */
const MAX_DEPTH = 500

/**
 * Parses a body in the one way that leaves no doubt: UTF-8 and no member twice, so that what is
 * judged here is what any handler will read.
 *
 * @throws {RequestRefusedError} `body_malformed`
 * @internal
 */
export function parseBody(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes, MAX_DEPTH)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'not JSON'
    throw new RequestRefusedError('body_malformed', `the body: ${why}`, { code: -32700 })
  }
}

/**
 * Reads JSON-RPC 2.0 messages (§4 to §6), one or a batch.
 *
 * @throws {RequestRefusedError} `body_malformed`
 * @internal
 */
export function readMessages(body: unknown, maxBatchSize: number): Messages {
  if (!Array.isArray(body)) return { calls: readMessage(body), batch: false }
  if (body.length === 0) throw malformed('an empty batch')
  if (body.length > maxBatchSize) throw malformed(`a batch of ${body.length} messages`)
  return { calls: body.flatMap(readMessage), batch: true }
}

function readMessage(message: unknown): Call[] {
  if (!isObject(message) || message.jsonrpc !== '2.0') throw malformed('no JSON-RPC 2.0 message')
  const { id = null, method, params } = message
  const known = typeof id === 'string' || typeof id === 'number' ? id : null
  if (method === undefined) {
    if ('result' in message || 'error' in message) return []
    throw malformed('a message without a method', known)
  }
  if (typeof method !== 'string') throw malformed('a method that is no string', known)
  if (params !== undefined && !isObject(params)) throw malformed('params that are none', known)
  return [{ id: known, method, params }]
}

function malformed(what: string, id: string | number | null = null): RequestRefusedError {
  return new RequestRefusedError('body_malformed', `the body holds ${what}`, { id })
}
