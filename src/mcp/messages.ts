import { RequestRefusedError } from '../errors/request-refused-error.ts'
import { isObject } from '../json-object.ts'
import { parseStrictJson } from '../jws/strict-json.ts'

/** The members of a JSON-RPC request or notification that the policy reads. @internal */
export interface Call {
  /** `null` for a notification, which has no id. */
  readonly id: string | number | null
  /** `true` for an id that is neither a text nor a number. Such a message is no notification. */
  readonly oddId?: boolean
  readonly method: string
  readonly params: Readonly<Record<string, unknown>> | undefined
}

/** The JSON-RPC messages of one HTTP request. @internal */
export interface Messages {
  /** The requests and notifications. Responses of the client to requests of the server are left out. */
  readonly calls: readonly Call[]
  readonly batch: boolean
}

/**
 * The deepest nesting of a body. Tool arguments may be nested deeply, but the parser is recursive and
 * needs a limit.
 */
const MAX_DEPTH = 500

/**
 * Parses a body as strict JSON: it must be UTF-8, and no object may have the same member twice. JSON
 * parsers disagree about other bodies, so the MCP server could read a different call than the policy
 * has checked.
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
 * Reads one JSON-RPC 2.0 message or a batch of them (JSON-RPC 2.0 §4 to §6).
 *
 * @throws {RequestRefusedError} `body_malformed`
 * @internal
 */
export function readMessages(body: unknown, maxBatchSize: number): Messages {
  if (!Array.isArray(body)) return { calls: readMessage(body), batch: false }
  if (body.length === 0) throw malformed('an empty batch')
  if (body.length > maxBatchSize) {
    throw malformed(`a batch of ${body.length} messages; the limit is ${maxBatchSize}`)
  }
  return { calls: body.flatMap(readMessage), batch: true }
}

/** Reads one message. Returns an empty list for a response. */
function readMessage(message: unknown): Call[] {
  if (!isObject(message) || message.jsonrpc !== '2.0') {
    throw malformed('a value that is not a JSON-RPC 2.0 message')
  }
  const { id = null, method, params } = message
  const readId = typeof id === 'string' || typeof id === 'number' ? id : null
  if (method === undefined) {
    if ('result' in message || 'error' in message) return []
    throw malformed('a message without a method', readId)
  }
  if (typeof method !== 'string') throw malformed('a method that is not a string', readId)
  if (params !== undefined && !isObject(params)) {
    throw malformed('params that are not an object', readId)
  }
  const oddId = 'id' in message && readId === null
  return [{ id: readId, ...(oddId && { oddId }), method, params }]
}

function malformed(what: string, id: string | number | null = null): RequestRefusedError {
  return new RequestRefusedError('body_malformed', `the body contains ${what}`, { id })
}
