/** What the page has sent and received, without tokens, codes and proofs. */
import { store, stored } from '../client/tab-storage.ts'

export interface Exchange {
  readonly at: number
  /** Who sends: the client of the page, or an attacker. */
  readonly sender: string
  readonly method: string
  readonly url: string
  /** The MCP method, and the tool that it names. */
  readonly operation: string | undefined
  /** How the request identifies itself, in words. */
  readonly credentials: string
  /** `undefined`: no answer yet, or none that the browser lets the page read. */
  readonly status: number | undefined
  /** What a refused caller is told. */
  readonly told: string | undefined
  readonly correlationId: string | undefined
  readonly duration: number | undefined
}

const NAME = 'exchanges'
const MAX = 60
let changed = () => {}

export function exchanges(): readonly Exchange[] {
  return stored<Exchange[]>(NAME) ?? []
}

export function onExchange(listener: () => void): void {
  changed = listener
}

export function forgetExchanges(): void {
  store(NAME, undefined)
  changed()
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/** `fetch` that records each exchange. */
export function recordedBy(sender: string): Fetch {
  return async (url, init = {}) => {
    const at = Date.now()
    const begun = performance.now()
    const asked: Exchange = {
      ...{ at, sender, method: init.method ?? 'GET', url: withoutQuery(url) },
      ...{ operation: operationOf(init.body), credentials: credentialsOf(init) },
      ...{ status: undefined, told: undefined, correlationId: undefined, duration: undefined },
    }
    const index = add(asked)
    try {
      const response = await fetch(url, init)
      replace(index, asked, {
        ...{ status: response.status, duration: performance.now() - begun },
        ...(response.ok ? {} : await refusalIn(response.clone())),
      })
      return response
    } catch (error) {
      const told = `No answer that the page may read: ${(error as Error).message}`
      replace(index, asked, { told, duration: performance.now() - begun })
      throw error
    }
  }
}

function withoutQuery(url: string | URL): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

function operationOf(body: unknown): string | undefined {
  if (typeof body !== 'string' || !body.includes('"jsonrpc"')) return undefined
  const { method, params } = JSON.parse(body) as { method?: string; params?: { name?: string } }
  return params?.name === undefined ? method : `${method} ${params.name}`
}

function credentialsOf({ headers, body }: RequestInit): string {
  const fields = new Headers(headers)
  const scheme = fields.get('authorization')?.split(' ')[0]
  const grant = body instanceof URLSearchParams ? body.get('grant_type') : undefined
  if (grant) return grant.replaceAll('_', ' ')
  if (scheme === undefined) return 'no token'
  return fields.has('dpop') ? `${scheme} token and proof` : `${scheme} token`
}

/** The refusal in an answer: of the gate, or of an authorization server (RFC 6749 §5.2). */
async function refusalIn(response: Response): Promise<Partial<Exchange>> {
  try {
    const { error, error_description, correlation_id } = (await response.json()) as {
      readonly [name: string]: unknown
    }
    const code = typeof error === 'string' ? error : undefined
    return {
      told: [code, error_description].filter((text) => typeof text === 'string').join(': '),
      correlationId: typeof correlation_id === 'string' ? correlation_id : undefined,
    }
  } catch {
    return {}
  }
}

function add(exchange: Exchange): number {
  store(NAME, [...exchanges(), exchange].slice(-MAX))
  changed()
  return exchange.at
}

function replace(at: number, asked: Exchange, answer: Partial<Exchange>): void {
  const all = exchanges().map((one) =>
    one.at === at && one.url === asked.url && one.status === undefined
      ? { ...asked, ...answer }
      : one,
  )
  store(NAME, all)
  changed()
}
