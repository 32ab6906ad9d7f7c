import { UnavailableError } from '../errors/unavailable-error.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { quoted } from '../quoted.ts'
import { nameOf } from '../redaction.ts'
import { normalPath, normalUrl } from './proof-url.ts'
import { refusedProof } from './refused-proof.ts'

/** Returns the URL of a request as clients see it, in its normal form, without query. @internal */
export type RequestUrl = (request: ResourceRequest) => string

/** A request target in absolute form (RFC 9112 §3.2.2). */
const ABSOLUTE = /^https?:\/\/[^/?#]*([^?#]*)/i

/**
 * Makes the function that returns the URL of a request. The URL has the origin of the configured
 * resource. The host of the request target and of the headers `Host` and `X-Forwarded-Host` does not
 * count, because the caller chooses it (RFC9449-5).
 *
 * @param resource the URL of the configured resource
 * @param externalPath option `dpop.externalPath`
 * @internal
 */
export function createRequestUrl(
  resource: string,
  externalPath: ((path: string) => string) | undefined,
): RequestUrl {
  const origin = normalUrl(new URL(resource).origin)?.slice(0, -1)
  if (origin === undefined) throw new TypeError('the resource has no origin')
  return ({ url }) => {
    const received = pathOf(url)
    const path = received === undefined ? undefined : normalPath(received)
    if (received === undefined || path === undefined) {
      const found = `the request target ${quoted(url)} has no path, so no "htu" can match it`
      throw refusedProof('dpop_proof_url_mismatch', found)
    }
    return origin + (externalPath === undefined ? path : readExternalPath(externalPath, received))
  }
}

/** The path of a request target, as received. `undefined` if it has none, like `*`. */
function pathOf(target: string): string | undefined {
  if (target.startsWith('/')) return target.split(/[?#]/, 1)[0]
  const path = ABSOLUTE.exec(target)?.[1]
  return path === '' ? '/' : path
}

/** @throws {UnavailableError} `external_path_failed` */
function readExternalPath(externalPath: (path: string) => unknown, received: string): string {
  let external: unknown
  try {
    external = externalPath(received)
  } catch (cause) {
    const detail = `the option dpop.externalPath threw ${nameOf(cause)}`
    throw new UnavailableError('external_path_failed', detail, { cause })
  }
  const path = typeof external === 'string' && !/[?#]/.test(external) && normalPath(external)
  if (typeof path === 'string') return path
  // A rejection of a function that is asynchronous by mistake must not end the process.
  if (external instanceof Promise) external.catch(() => undefined)
  throw new UnavailableError(
    'external_path_failed',
    `the option dpop.externalPath returned ${quoted(external)}; expected a path that starts with "/", without query`,
  )
}
