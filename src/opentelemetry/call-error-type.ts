import type { OutboundEvent } from '../telemetry/events.ts'

/** The codes of systems and libraries that are repeated. An error of the option `http.fetch` may have any code. */
const CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/**
 * Returns the value of `error.type` for a call to an authorization server: the HTTP status from 400 on,
 * `timeout`, a known error code, otherwise `_OTHER`. `undefined` if the call succeeded. There are few
 * values, whatever the authorization server answers.
 *
 * @internal
 */
export function callErrorType({
  status,
  error,
}: Pick<OutboundEvent, 'status' | 'error'>): string | undefined {
  if (error !== undefined) {
    if (error === 'timed out') return 'timeout'
    return CODES.has(error) ? error : '_OTHER'
  }
  return status !== undefined && status >= 400 ? String(status) : undefined
}
