import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { isObject } from '../json-object.ts'
import { RefusedMessage } from './signed-message.ts'

/** Most bytes of a message that an authorization server sends. */
const MOST_BYTES = 128 * 1024

/** The media type of a request's body, in lower case and without parameters. @internal */
export function mediaTypeOf({ headers }: ResourceRequest): string | undefined {
  const [type, second] = headerValues(headers, 'content-type')
  if (second !== undefined) return undefined
  return type?.split(';', 1)[0]?.trim().toLowerCase()
}

/**
 * Reads the body of a request as text, or as the object that a body parser has made of it.
 *
 * @throws {RefusedMessage} if it is too long or cannot be read
 * @internal
 */
export async function readReceivedBody({
  message,
}: ResourceRequest): Promise<string | Readonly<Record<string, unknown>>> {
  const read = typeof message === 'function' ? await message(MOST_BYTES) : message
  if (read === undefined) {
    throw new RefusedMessage('request', `the body is missing or has more than ${MOST_BYTES} bytes`)
  }
  if (read instanceof Uint8Array) return Buffer.from(read).toString('utf8')
  const parsed: unknown =
    typeof message === 'function' ? (read as { parsed: unknown }).parsed : read
  if (typeof parsed === 'string' || isObject(parsed)) return parsed
  throw new RefusedMessage('request', 'the body cannot be read')
}
