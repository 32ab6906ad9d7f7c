import type { HttpAnswer } from '../http/http-answer.ts'
import { digestOf } from '../storage/digest.ts'

/** The methods that {@link answerMetadata} answers. @internal */
export const METADATA_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

const ALLOWED_METHODS = METADATA_METHODS.join(', ')

/** Seconds for which clients and proxies may keep a document. */
const MAX_AGE = 300

/** The documents are public. Scripts of every origin may read them, and send no credentials. */
const FOR_EVERY_ORIGIN = { 'Access-Control-Allow-Origin': '*' } as const

/**
 * Answers a request for a public JSON document: GET, HEAD, conditional GET and preflight (RFC 9728
 * §3.1, RFC 9110 §13.1.2).
 *
 * @param method one of {@link METADATA_METHODS}
 * @internal
 */
export function answerMetadata(
  method: string,
  ifNoneMatch: string | undefined,
  document: string,
): HttpAnswer {
  if (method === 'OPTIONS') {
    return {
      status: 204,
      headers: {
        ...FOR_EVERY_ORIGIN,
        'Access-Control-Allow-Methods': ALLOWED_METHODS,
        // MCP clients send MCP-Protocol-Version.
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
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(document)),
    },
    body: method === 'HEAD' ? undefined : document,
  }
}

/** Compares weakly: RFC 9110 §13.1.2 demands it for If-None-Match. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag)
}
