import type { HttpAnswer } from '../http/http-answer.ts'
import { digestOf } from '../storage/digest.ts'

/** The methods that {@link answerMetadata} answers. @internal */
export const METADATA_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

const ALLOWED_METHODS = METADATA_METHODS.join(', ')

/** Seconds for which clients and proxies may cache a document. */
const MAX_AGE = 300

/** The documents are public: scripts of every origin may read them, without credentials. @internal */
export const FOR_EVERY_ORIGIN = { 'Access-Control-Allow-Origin': '*' } as const

/**
 * Answers a request for a public JSON document (RFC 9728 §3.1): GET, conditional GET (RFC 9110
 * §13.1.2), HEAD, and a CORS preflight.
 *
 * @param method one of {@link METADATA_METHODS}
 * @param mediaType `Content-Type` of the document
 * @internal
 */
export function answerMetadata(
  method: string,
  ifNoneMatch: string | undefined,
  document: string,
  mediaType = 'application/json',
): HttpAnswer {
  if (method === 'OPTIONS') {
    return {
      status: 204,
      headers: {
        ...FOR_EVERY_ORIGIN,
        'Access-Control-Allow-Methods': ALLOWED_METHODS,
        // MCP clients send the header MCP-Protocol-Version.
        'Access-Control-Allow-Headers': '*',
        'Access-Control-Max-Age': '86400',
        Allow: ALLOWED_METHODS,
      },
      body: undefined,
    }
  }
  const etag = `"${digestOf(document).slice(0, 27)}"`
  const headers = {
    ...FOR_EVERY_ORIGIN,
    'Access-Control-Expose-Headers': 'ETag',
    'Cache-Control': `public, max-age=${MAX_AGE}`,
    ETag: etag,
  }
  if (matches(ifNoneMatch, etag)) return { status: 304, headers, body: undefined }
  return {
    status: 200,
    headers: {
      ...headers,
      'Content-Type': mediaType,
      'Content-Length': String(Buffer.byteLength(document)),
    },
    body: method === 'HEAD' ? undefined : document,
  }
}

/** Whether `If-None-Match` names the ETag. RFC 9110 §13.1.2 requires the weak comparison. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag)
}
