import type { Readable } from 'node:stream'
import { UnavailableError } from '../errors.ts'
import type { BodyReader } from '../http/resource-request.ts'

/** The body of a request of Node's HTTP server. @internal */
export type NodeBody = Readable & { readonly complete: boolean }

/**
 * Reads the body and puts it back, so that a parser that runs later finds it untouched. Where a parser
 * ran before, its result is checked: the handler will see that result.
 *
 * @param parsed gives the result of a body parser
 * @internal
 */
export function bodyReader(request: NodeBody, parsed: () => unknown): BodyReader {
  return async (maxBytes) => {
    const body = parsed()
    if (body === undefined || isPlaceholder(request, body)) return readAndReturn(request, maxBytes)
    if (typeof body === 'string') return Buffer.from(body)
    return body instanceof Uint8Array ? body : { parsed: body }
  }
}

/** Whether the body is the `{}` that parsers of Express 4 set when they have parsed nothing. */
function isPlaceholder(request: NodeBody, body: unknown): boolean {
  if (request.readableDidRead || typeof body !== 'object' || body === null) return false
  return !(body instanceof Uint8Array) && Object.keys(body).length === 0
}

function readAndReturn(request: NodeBody, maxBytes: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const stop = (): void => {
      request.off('readable', read)
      request.off('end', end)
      request.off('error', fail)
      request.off('close', leave)
    }
    const read = (): void => {
      for (let chunk = request.read(); chunk !== null; chunk = request.read()) {
        chunks.push(chunk)
        size += chunk.length
        if (size > maxBytes) {
          stop()
          resolve(undefined)
          return
        }
      }
      if (hasAllArrived(request)) end()
    }
    const end = (): void => {
      stop()
      const bytes = Buffer.concat(chunks)
      // In the same turn as the last read: the stream takes bytes back until it has said "end".
      if (size > 0) request.unshift(bytes)
      resolve(bytes)
    }
    const fail = (error: Error & { code?: unknown }): void => {
      stop()
      reject(error.code === 'ECONNRESET' ? callerLeft() : error)
    }
    const leave = (): void => {
      stop()
      reject(callerLeft())
    }
    // Parsers read an empty body to its end, and leave nothing or `{}`. An empty body is the caller's fault.
    if (request.readableEnded && !request.readableDidRead) end()
    else if (request.readableEnded) {
      const why = 'somebody else has read the body, and left nothing in its place'
      reject(new UnavailableError('policy_failed', why))
    } else if (request.destroyed) leave()
    else request.on('readable', read).on('end', end).on('error', fail).on('close', leave)
  })
}

function callerLeft(): UnavailableError {
  return new UnavailableError('request_aborted', 'the caller left')
}

/** Whether all bytes have arrived. With HTTP/2, `complete` becomes true only after "end". */
function hasAllArrived(request: NodeBody): boolean {
  const { _readableState: state } = request as { _readableState?: { ended?: boolean } }
  return state?.ended ?? request.complete
}
