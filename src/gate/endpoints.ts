import { UnavailableError } from '../errors.ts'
import type { HttpAnswer } from '../http/http-answer.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'

/** An address of the resource server that needs no access token: its metadata, for example. */
export interface Endpoint {
  /** An absolute path on the resource server's origin; with a query where that counts too. */
  readonly path: string
  /** The methods that it takes. Any other is answered with 405. */
  readonly methods: readonly string[]
  answer(request: ResourceRequest): MaybePromise<HttpAnswer>
}

/** Scripts of every origin may read the answers of endpoints: they send no credentials. */
const FOR_EVERY_ORIGIN = { 'Access-Control-Allow-Origin': '*' } as const

/**
 * The endpoints of a resource server, by path. An adapter mounts all of them and need not know what
 * they are for.
 *
 * @internal
 */
export class Endpoints {
  readonly all: readonly Endpoint[]
  readonly #byPath: ReadonlyMap<string, Endpoint>

  constructor(endpoints: readonly Endpoint[]) {
    this.all = endpoints.map(guarded)
    this.#byPath = new Map(this.all.map((endpoint) => [endpoint.path, endpoint]))
  }

  /**
   * Finds the endpoint of a request. A query counts only where the endpoint's path has one.
   *
   * @param url path and query, or an absolute URL
   */
  find(url: string): Endpoint | undefined {
    const target = url.startsWith('/') ? url : url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
    const exact = this.#byPath.get(target)
    if (exact !== undefined) return exact
    const query = target.indexOf('?')
    return query < 0 ? undefined : this.#byPath.get(target.slice(0, query))
  }
}

/** The same endpoint. It refuses other methods, and never rejects: an outage is answered with 503. */
function guarded(endpoint: Endpoint): Endpoint {
  const { path, methods } = endpoint
  return {
    path,
    methods,
    async answer(request) {
      if (!methods.includes(request.method)) {
        const headers = { ...FOR_EVERY_ORIGIN, Allow: methods.join(', ') }
        return { status: 405, headers, body: undefined }
      }
      try {
        return await endpoint.answer(request)
      } catch (error) {
        const retryAfter = error instanceof UnavailableError ? error.retryAfter : 5
        const headers = { ...FOR_EVERY_ORIGIN, 'Retry-After': String(retryAfter) }
        return { status: 503, headers, body: undefined }
      }
    },
  }
}
