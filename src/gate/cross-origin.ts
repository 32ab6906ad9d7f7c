import { RequestRefusedError } from '../errors/request-refused-error.ts'
import { headerValues } from '../http/header-fields.ts'
import { type AnswerHeaders, NO_HEADERS } from '../http/http-answer.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { quoted } from '../quoted.ts'

/**
 * The header fields of an answer that scripts in browsers may read (RFC9728-6). CORS allows some more
 * fields by default.
 */
const EXPOSED = 'WWW-Authenticate, DPoP-Nonce, Retry-After, Mcp-Session-Id, Mcp-Protocol-Version'

/** A field name (RFC 9110 §5.1). */
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/
const MAX_ASKED_HEADERS = 64

/**
 * How long a browser may cache the answer to a preflight, in seconds. Browsers accept two hours at
 * most.
 */
const MAX_AGE = '7200'

/** The result of checking a request's `Origin`. @internal */
export interface CrossOrigin {
  /** Header fields that every answer to the request must have. */
  readonly headers: AnswerHeaders
  /** The header fields of the answer 204, if the request is a preflight; otherwise `undefined`. */
  readonly preflight: AnswerHeaders | undefined
}

/**
 * Checks the `Origin` header of a request. Browsers send the origin of the page that makes the request.
 * Other clients send no `Origin`. MCP requires this check (2025-11-25, Transports, Security Warning).
 * Without it, a web page could use the visitor's browser to reach a server in the visitor's own
 * network.
 *
 * @internal
 */
export class Origins {
  readonly #allowed: ReadonlySet<string> | '*'
  /**
   * The result for a request without `Origin`. `Vary` tells caches that the answer depends on the
   * origin.
   */
  readonly #none: CrossOrigin

  /** @param resource a URL whose origin is always allowed */
  constructor(allowed: readonly string[] | '*', resource: string) {
    this.#allowed = allowed === '*' ? '*' : new Set([...allowed, new URL(resource).origin])
    const varies = allowed !== '*' && allowed.length > 0
    this.#none = { headers: varies ? { Vary: 'Origin' } : NO_HEADERS, preflight: undefined }
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

  /**
   * The CORS fields of every answer. They do not allow the browser's own credentials, such as cookies:
   * a script sets the `Authorization` header itself.
   */
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
 * Answers a preflight, and allows the method and the header fields that the page asks for. Routes other
 * than MCP may need any method. An MCP server may define header fields of its own (`Mcp-Param-…`). A
 * wildcard (`*`) would not allow `Authorization`.
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
