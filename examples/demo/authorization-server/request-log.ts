/** The endpoints of the authorization server, by purpose. */
export const routes = {
  authorization: '/authorize',
  introspection: '/introspect',
  jwks: '/jwks',
  registration: '/register',
  revocation: '/revoke',
  token: '/token',
} as const

export type Endpoint = keyof typeof routes | 'discovery' | 'other'

/** The endpoint of a path. `path` does not have the issuer's own path. */
export function endpointOf(path: string): Endpoint {
  if (path.startsWith('/.well-known/')) return 'discovery'
  for (const [name, route] of Object.entries(routes)) {
    if (path === route || path.startsWith(`${route}/`)) return name as keyof typeof routes
  }
  return 'other'
}

/** Records every request to the authorization server, so that a test can count upstream calls. */
export class RequestLog {
  #entries: { readonly method: string; readonly path: string; readonly endpoint: Endpoint }[] = []

  get entries(): readonly { method: string; path: string; endpoint: Endpoint }[] {
    return this.#entries
  }

  add(method: string, path: string): void {
    this.#entries.push({ method, path, endpoint: endpointOf(path) })
    if (this.#entries.length > 10_000) this.#entries.shift()
  }

  /** The number of requests to one endpoint since the start or the last `clear()`. */
  count(endpoint: Endpoint): number {
    return this.#entries.filter((entry) => entry.endpoint === endpoint).length
  }

  clear(): void {
    this.#entries = []
  }
}
