interface Cookie {
  readonly origin: string
  readonly path: string
  readonly value: string
}

/** More steps than a sign-in takes. */
const maxRedirects = 10

/**
 * Does what a browser does in an authorization code flow, without a person: it opens a page, keeps
 * cookies, and follows redirects until one leads back to the client.
 */
export class Browser {
  readonly #cookies = new Map<string, Cookie>()
  readonly #fetch: (url: URL, init: RequestInit) => Promise<Response>

  constructor(fetchPage: (url: URL, init: RequestInit) => Promise<Response> = fetch) {
    this.#fetch = fetchPage
  }

  /** Resolves with the final address, which begins with `redirectUrl`. */
  async openUntil(redirectUrl: string, start: URL): Promise<URL> {
    let url = start
    for (let step = 0; step < maxRedirects; step++) {
      const response = await this.#fetch(url, {
        redirect: 'manual',
        headers: { accept: 'text/html', cookie: this.#cookiesFor(url) },
      })
      await response.body?.cancel()
      this.#keep(url, response.headers.getSetCookie())

      const location = response.headers.get('location')
      if (location === null) throw new Error(`The sign-in ended with ${response.status}`)
      url = new URL(location, url)
      if (url.origin + url.pathname === redirectUrl) return url
    }
    throw new Error(`The sign-in did not end within ${maxRedirects} redirects`)
  }

  #cookiesFor(url: URL): string {
    return [...this.#cookies]
      .filter(([, { origin, path }]) => origin === url.origin && isWithin(url.pathname, path))
      .map(([key, { value }]) => `${key.split(' ')[0]}=${value}`)
      .join('; ')
  }

  #keep(url: URL, fields: readonly string[]): void {
    for (const field of fields) {
      const [pair = '', ...attributes] = field.split(';').map((part) => part.trim())
      const separator = pair.indexOf('=')
      const name = pair.slice(0, separator)
      const value = pair.slice(separator + 1)
      const path = attributes.find((text) => /^path=/i.test(text))?.slice('path='.length) ?? '/'
      const key = `${name} ${path} ${url.origin}`
      if (value === '') this.#cookies.delete(key)
      else this.#cookies.set(key, { origin: url.origin, path, value })
    }
  }
}

/** RFC 6265 §5.1.4. */
function isWithin(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}
