import { digestOf } from '../storage/digest.ts'

/** An answer in full, as plain data. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** Seconds for which clients and proxies may keep a document. */
const MAX_AGE = 300

/** Public documents: readable by scripts of every origin, which send no credentials. */
const CORS = { 'Access-Control-Allow-Origin': '*' } as const

/**
 * Answers a request for a JSON document that everybody may read: GET, HEAD, conditional GET,
 * preflight, and 405 for the rest (RFC 9728 §3.1, RFC 9110 §13.1.2).
 *
 * @internal
 */
export function answerDocument(
  method: string,
  ifNoneMatch: string | undefined,
  document: string,
): HttpAnswer {
  if (method === 'OPTIONS') {
    return {
      status: 204,
      headers: {
        ...CORS,
        'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
        // MCP clients send MCP-Protocol-Version.
        'Access-Control-Allow-Headers': '*',
        'Access-Control-Max-Age': '86400',
        Allow: 'GET, HEAD, OPTIONS',
      },
      body: undefined,
    }
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, headers: { ...CORS, Allow: 'GET, HEAD, OPTIONS' }, body: undefined }
  }
  const etag = `"${digestOf(document).slice(0, 27)}"`
  const headers = {
    ...CORS,
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

/** Weak comparison, as RFC 9110 §13.1.2 wants it for If-None-Match. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag)
}
