import { UnavailableError } from '../errors/unavailable-error.ts'
import type { Endpoint } from '../http/endpoint.ts'

/**
 * Finds the endpoint for a URL. An adapter mounts all endpoints, and need not know their purpose.
 *
 * @internal
 */
export class Endpoints {
  readonly all: readonly Endpoint[]
  readonly #byPath: ReadonlyMap<string, Endpoint>
  #last = { url: '', target: '' }

  constructor(endpoints: readonly Endpoint[]) {
    this.all = endpoints.map(guarded)
    this.#byPath = new Map(this.all.map((endpoint) => [endpoint.path, endpoint]))
  }

  /**
   * Finds the endpoint for a request. The query of the URL is ignored, unless the path of an endpoint
   * has that query.
   *
   * @param url the path and query, or an absolute URL
   */
  find(url: string): Endpoint | undefined {
    const target = url.startsWith('/') ? url : this.#targetIn(url)
    const exact = this.#byPath.get(target)
    if (exact !== undefined) return exact
    const query = target.indexOf('?')
    return query < 0 ? undefined : this.#byPath.get(target.slice(0, query))
  }

  /** The path and query of an absolute URL. The last result is kept, because most requests have the same URL. */
  #targetIn(url: string): string {
    if (url === this.#last.url) return this.#last.target
    const target = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
    this.#last = { url, target }
    return target
  }
}

/**
 * Wraps an endpoint: methods that are not allowed get 405, and an error becomes 503. The result never
 * rejects.
 */
function guarded(endpoint: Endpoint): Endpoint {
  const { path, methods, headers } = endpoint
  return {
    path,
    methods,
    headers,
    async answer(request) {
      if (!methods.includes(request.method)) {
        const allow = { ...headers, Allow: methods.join(', ') }
        return { status: 405, headers: allow, body: undefined }
      }
      try {
        return await endpoint.answer(request)
      } catch (error) {
        const retryAfter = error instanceof UnavailableError ? error.retryAfter : 5
        const later = { ...headers, 'Retry-After': String(retryAfter) }
        return { status: 503, headers: later, body: undefined }
      }
    },
  }
}
