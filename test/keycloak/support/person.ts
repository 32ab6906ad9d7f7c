/** A page that a person sees: what there is to fill in, and where it goes. */
interface Form {
  readonly action: URL
  readonly fields: ReadonlyMap<string, string>
}

interface Cookie {
  readonly path: string
  readonly value: string
}

/** As many pages and redirects as a sign-in takes, and a few more. */
const MAX_STEPS = 20

/**
 * A person with a browser, at Keycloak's own pages: signs in where a form asks for a password,
 * agrees where one asks for consent, and keeps cookies, so that a second sign-in asks for less.
 */
export class Person {
  /** The pages that were shown, in their order: `sign in` or `consent`. */
  readonly pages: string[] = []
  readonly #username: string
  readonly #password: string
  readonly #cookies = new Map<string, Cookie>()

  constructor(username: string, password: string) {
    this.#username = username
    this.#password = password
  }

  /** Resolves with the address under `redirectUrl` that the browser was sent to in the end. */
  async openUntil(redirectUrl: string, start: URL): Promise<URL> {
    let url = start
    let body: URLSearchParams | undefined
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const response = await this.#load(url, body)
      const location = response.headers.get('location')
      if (location !== null) {
        await response.body?.cancel()
        url = new URL(location, url)
        body = undefined
        if (url.origin + url.pathname === redirectUrl) return url
      } else {
        const page = await response.text()
        const form = formOf(page, url)
        if (form === undefined) throw new Error(`HTTP ${response.status}, no form: ${textOf(page)}`)
        body = this.#fillIn(form, page)
        url = form.action
      }
    }
    throw new Error(`The sign-in did not end within ${MAX_STEPS} steps`)
  }

  #fillIn({ fields }: Form, page: string): URLSearchParams {
    const filled = new URLSearchParams([...fields])
    if (fields.has('password')) {
      // The same form comes back where the password was wrong.
      if (this.pages.at(-1) === 'sign in' && page.includes('kc-feedback-text')) {
        throw new Error(`Keycloak does not sign in: ${textOf(page)}`)
      }
      this.pages.push('sign in')
      filled.set('username', this.#username)
      filled.set('password', this.#password)
      return filled
    }
    if (!fields.has('accept')) throw new Error(`A form of another kind: ${textOf(page)}`)
    this.pages.push('consent')
    // One of two buttons is pressed.
    filled.delete('cancel')
    return filled
  }

  async #load(url: URL, body: URLSearchParams | undefined): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept: 'text/html', cookie: this.#cookiesFor(url) },
      ...(body === undefined ? {} : { body }),
    })
    for (const field of response.headers.getSetCookie()) this.#keep(field)
    return response
  }

  #cookiesFor({ pathname }: URL): string {
    return [...this.#cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
  }

  /** All of them are Keycloak's: no other host is ever opened. */
  #keep(field: string): void {
    const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(field) ?? []
    const [, path = '/'] = /; *path=([^;]*)/i.exec(field) ?? []
    if (value === '' || /; *max-age=0/i.test(field)) this.#cookies.delete(name)
    else this.#cookies.set(name, { path, value })
  }
}

/** The form that a page posts, read like a browser reads it. */
function formOf(page: string, base: URL): Form | undefined {
  const [, attributes, inner = ''] = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(page) ?? []
  if (attributes === undefined) return undefined
  const fields = new Map<string, string>()
  for (const [tag] of inner.matchAll(/<(?:input|button)\b[^>]*>/gi)) {
    const name = attribute(tag, 'name')
    if (name !== undefined && attribute(tag, 'type') !== 'checkbox') {
      fields.set(name, attribute(tag, 'value') ?? '')
    }
  }
  return { action: new URL(attribute(attributes, 'action') ?? '', base), fields }
}

function attribute(tag: string, name: string): string | undefined {
  const [, value] = new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag) ?? []
  return value?.replaceAll('&amp;', '&')
}

/** What a page says, in short, for the message of an error. */
const textOf = (page: string): string =>
  page
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1>/gi, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300)
