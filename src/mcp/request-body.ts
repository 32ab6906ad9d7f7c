import { RequestRefusedError } from '../errors/request-refused-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { headerValues } from '../http/header-fields.ts'
import type { BodyReader, ResourceRequest } from '../http/resource-request.ts'
import { quoted } from '../quoted.ts'
import { parseBody } from './messages.ts'

/**
 * The HTTP methods whose body has no meaning (RFC 9110 §9.3). In MCP, GET opens a stream and DELETE
 * ends a session.
 */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

/** @internal */
export function isWithoutBody(method: string): boolean {
  return WITHOUT_BODY.has(method)
}

/**
 * Checks that a request has no body, for the methods without a body. Otherwise a handler that accepts
 * any method would read a message that the policy has not checked.
 *
 * @throws {RequestRefusedError} `body_malformed`
 * @internal
 */
export function checkNoBody({ method, headers, hasBody }: ResourceRequest): void {
  const lengths = headerValues(headers, 'content-length')
  const chunked = headerValues(headers, 'transfer-encoding').length > 0
  if (!chunked && hasBody !== true && lengths.every((length) => Number(length) === 0)) return
  const detail = `a ${quoted(method).slice(1, -1)} request has a body; MCP messages are sent by POST`
  throw new RequestRefusedError('body_malformed', detail)
}

/**
 * Reads and parses the body of a request. If the framework has parsed the body already, the parsed
 * value is returned unchanged.
 *
 * @throws {RequestRefusedError} `body_too_large`, `body_unreadable`, `body_malformed` or
 * `media_type_unsupported`
 * @throws {UnavailableError} `policy_failed` when the request has no `message`; also any
 * UnavailableError of the body reader
 * @internal
 */
export async function readBody(request: ResourceRequest, maxBytes: number): Promise<unknown> {
  const { message } = request
  if (message === undefined) {
    throw new UnavailableError(
      'policy_failed',
      'the request has no `message`; pass the body to authenticate(), because there is a policy',
    )
  }
  if (message instanceof Uint8Array) return parseBody(message)
  if (typeof message !== 'function') return message
  if (Number(headerValues(request.headers, 'content-length')[0] ?? 0) > maxBytes) {
    throw tooLarge(maxBytes)
  }
  let read: Awaited<ReturnType<BodyReader>>
  try {
    read = await (message as BodyReader)(maxBytes)
  } catch (error) {
    if (error instanceof UnavailableError) throw error
    const why = error instanceof Error ? error.message : typeof error
    throw new RequestRefusedError('body_unreadable', `the body could not be read: ${why}`)
  }
  if (read === undefined) throw tooLarge(maxBytes)
  if (!(read instanceof Uint8Array)) return read.parsed
  if (read.length === 0) {
    const detail = 'the body is empty; MCP messages are sent by POST, as application/json'
    throw new RequestRefusedError('body_malformed', detail, { code: -32700 })
  }
  checkMediaType(request.headers)
  return parseBody(read)
}

/**
 * Checks by the header fields that the body is JSON in UTF-8 and not compressed. A handler could decode
 * any other body to a different message than the policy has checked.
 */
function checkMediaType(headers: ResourceRequest['headers']): void {
  const types = headerValues(headers, 'content-type')
  if (types.length !== 1 || !JSON_TYPE.test(types[0] ?? '')) {
    throw unsupported(`content-type ${quoted(types.join(', '))}`)
  }
  const encodings = headerValues(headers, 'content-encoding')
  if (encodings.some((encoding) => encoding.toLowerCase() !== 'identity')) {
    throw unsupported(`content-encoding ${quoted(encodings.join(', '))}`)
  }
}

// No two neighbouring parts of this pattern match the same blanks. So no header value can cause slow
// backtracking.
const JSON_TYPE = /^application\/json\s*(?:;\s*(?:charset\s*=\s*(?:utf-8|"utf-8")\s*(?:;\s*)?)?)?$/i

function unsupported(what: string): RequestRefusedError {
  const detail = `the body has ${what}; it must be application/json in UTF-8, not compressed`
  return new RequestRefusedError('media_type_unsupported', detail)
}

function tooLarge(maxBytes: number): RequestRefusedError {
  return new RequestRefusedError('body_too_large', `the body has more than ${maxBytes} bytes`)
}
