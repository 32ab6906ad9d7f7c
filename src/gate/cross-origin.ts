import { RequestRefusedError } from '../errors.ts'
import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { quoted } from '../quoted.ts'
import type { AnswerHeaders } from './decision.ts'

/** What scripts may read of an answer (RFC9728-6), beside what every answer shows them. */
const EXPOSED = 'WWW-Authenticate, Retry-After, Mcp-Session-Id, Mcp-Protocol-Version'

/** A field name (RFC 9110 §5.1). */
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/
const MAX_ASKED_HEADERS = 64

/** Seconds for which a browser may remember the answer; browsers cap it at two hours or less. */
const MAX_AGE = '7200'

/** What comes of a request's `Origin`. @internal */
export interface CrossOrigin {
  /** To ride on the answer, whatever it is. */
  readonly headers: AnswerHeaders
  /** A question before the request; to be answered with 204 and these headers. */
  readonly preflight: AnswerHeaders | undefined
}

/**
 * Judges where a request comes from, before anything else is looked at. Browsers name the origin of
 * a page that calls; other clients name none. MCP wants it checked, so that no page can talk to a
 * server that only its visitor can reach (2025-11-25, Security Warning of the transport).
 *
 * @internal
 */
export class Origins {
  readonly #allowed: ReadonlySet<string> | '*'
  /** For requests that name no origin; where others are told something else, a cache must know. */
  readonly #none: CrossOrigin

  /** @param resource its own origin is always allowed */
  constructor(allowed: readonly string[] | '*', resource: string) {
    this.#allowed = allowed === '*' ? '*' : new Set([...allowed, new URL(resource).origin])
    const varies = allowed !== '*' && allowed.length > 0
    this.#none = { headers: varies ? { Vary: 'Origin' } : {}, preflight: undefined }
  }

  /** @throws {RequestRefusedError} `origin_refused` */
  check({ method, headers }: ResourceRequest): CrossOrigin {
    const values = headerValues(headers, 'origin')
    const [origin] = values
    if (origin === undefined) return this.#none
    if (values.length > 1 || (this.#allowed !== '*' && !this.#allowed.has(origin))) {
      const detail = `origin ${quoted(values.join(', '))} is not among \`allowedOrigins\``
      throw new RequestRefusedError('origin_refused', detail)
    }
    const shared = this.#shared(origin)
    const [asked] = headerValues(headers, 'access-control-request-method')
    if (method !== 'OPTIONS' || asked === undefined)
      return { headers: shared, preflight: undefined }
    return { headers: shared, preflight: { ...shared, ...preflightHeaders(asked, headers) } }
  }

  /** Tokens come in a header that a script sets itself, so credentials of the browser stay out. */
  #shared(origin: string): AnswerHeaders {
    return this.#allowed === '*'
      ? { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': EXPOSED }
      : {
          'Access-Control-Allow-Origin': origin,
          'Access-Control-Expose-Headers': EXPOSED,
          Vary: 'Origin',
        }
  }
}

/**
 * Whatever method and field an allowed page wants to send, it may: routes beside MCP have methods of
 * their own, MCP has fields with names of the server's own (`Mcp-Param-…`), and a wildcard would not
 * cover `Authorization`.
 */
function preflightHeaders(method: string, headers: ResourceRequest['headers']): AnswerHeaders {
  const [asked = ''] = headerValues(headers, 'access-control-request-headers')
  const names = asked.split(',', MAX_ASKED_HEADERS).map((name) => name.trim())
  const methods = ['GET', 'POST', 'DELETE', ...(FIELD_NAME.test(method) ? [method] : [])]
  return {
    'Access-Control-Allow-Methods': [...new Set(methods)].join(', '),
    'Access-Control-Allow-Headers': names.filter((name) => FIELD_NAME.test(name)).join(', '),
    'Access-Control-Max-Age': MAX_AGE,
  }
}
