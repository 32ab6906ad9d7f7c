import { INTROSPECTION, ISSUER } from '../../support/tokens.ts'

export const KEYS_URL = `${ISSUER}/keys`

export interface Reply {
  readonly body: string | Uint8Array
  readonly status?: number
  readonly type?: string
  /** Where an answer with a status of 300 to 399 leads. */
  readonly location?: string
  /** Whether the `fetch` that an operator has given followed a redirect to this answer. */
  readonly followed?: boolean
}

/** Statuses whose answers have no body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 304])

/** An authorization server in memory. A target sets its replies. It remembers every URL that was requested. */
export class Upstream {
  readonly asked: string[] = []
  /** The replies, by the whole URL or by its end. Other URLs answer 404. */
  replies: Readonly<Record<string, Reply>> = {}

  readonly fetch: typeof globalThis.fetch = async (input) => {
    const url = String(input instanceof Request ? input.url : input)
    this.asked.push(url)
    const found = Object.entries(this.replies).find(([known]) =>
      known.startsWith('https://') ? url === known : url.endsWith(known),
    )
    const {
      body,
      status = 200,
      type = 'application/json',
      location,
      followed = false,
    } = found?.[1] ?? { body: '', status: 404 }
    const bytes = typeof body === 'string' ? body : Buffer.from(body)
    const response = new Response(WITHOUT_BODY.has(status) ? null : bytes, {
      status,
      headers: { 'content-type': type, ...(location === undefined ? {} : { location }) },
    })
    return followed ? Object.defineProperty(response, 'redirected', { value: true }) : response
  }
}

/** This server's client. Its secret is long enough to be found in a message. */
export const CLIENT = { ...INTROSPECTION, clientSecret: 'secret-of-the-client-0123456789' }
