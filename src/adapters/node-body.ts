import type { Readable } from 'node:stream'
import { UnavailableError } from '../errors/unavailable-error.ts'
import type { BodyReader } from '../http/resource-request.ts'

/** A request of a Node server, as the stream of its body. @internal */
export type NodeBody = Readable & { readonly complete: boolean }

/**
 * Makes a function that reads the body and puts it back into the stream, so that a later parser finds
 * the complete body. If a parser has already run, the function returns the result of the parser,
 * because the handler uses that result.
 *
 * @param parsed returns the result of a body parser; `undefined` if no parser has run
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

/** Whether the body is the `{}` that body parsers of Express 4 set when they have not parsed anything. */
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
      // This must happen in the same turn as the last read, because `unshift` fails after the stream
      // has emitted `end`.
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
    // The body was empty, and a parser has read to its end. This is the caller's fault, so the result
    // is an empty body.
    if (request.readableEnded && !request.readableDidRead) end()
    else if (request.readableEnded) {
      const why =
        'another middleware has read the body, and has not stored the result; mount the gate before it'
      reject(new UnavailableError('policy_failed', why))
    } else if (request.destroyed) leave()
    else request.on('readable', read).on('end', end).on('error', fail).on('close', leave)
  })
}

function callerLeft(): UnavailableError {
  return new UnavailableError('request_aborted', 'the caller left')
}

/**
 * Whether all bytes have arrived. With HTTP/2, `complete` becomes true only after `end`, so this asks
 * the stream.
 */
function hasAllArrived(request: NodeBody): boolean {
  const { _readableState: state } = request as { _readableState?: { ended?: boolean } }
  return state?.ended ?? request.complete
}
