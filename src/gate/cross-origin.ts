import { RequestRefusedError } from '../errors.ts'
import { headerValues } from '../http/header-fields.ts'
import type { AnswerHeaders } from '../http/http-answer.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { quoted } from '../quoted.ts'

/** The fields of an answer that scripts may read (RFC9728-6), beside those that CORS always lets them read. */
const EXPOSED = 'WWW-Authenticate, Retry-After, Mcp-Session-Id, Mcp-Protocol-Version'

/** A field name (RFC 9110 §5.1). */
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/
const MAX_ASKED_HEADERS = 64

/** Seconds for which a browser may remember the answer. Browsers allow two hours at most. */
const MAX_AGE = '7200'

/** The result of checking a request's `Origin`. @internal */
export interface CrossOrigin {
  /** Fields that the answer must have, whatever the decision. */
  readonly headers: AnswerHeaders
  /** Set where the request is a preflight: the answer is 204 with these fields. */
  readonly preflight: AnswerHeaders | undefined
}

/**
 * Checks the origin of a request before anything else. Browsers name the origin of the page that
 * calls; other clients name none. MCP demands the check, so that no page can talk to a server that
 * only the visitor of the page can reach (2025-11-25, Security Warning of the transport).
 *
 * @internal
 */
export class Origins {
  readonly #allowed: ReadonlySet<string> | '*'
  /** For requests that name no origin. `Vary` tells caches where requests with an origin get another answer. */
  readonly #none: CrossOrigin

  /** @param resource the origin of this URL is always allowed */
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

  /** A script sets the token itself, so the browser's own credentials are not allowed. */
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
 * Allows whatever method and fields the page asks for. Routes beside MCP may need any method, and MCP
 * has fields that the server names (`Mcp-Param-…`). A wildcard would not cover `Authorization`.
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
