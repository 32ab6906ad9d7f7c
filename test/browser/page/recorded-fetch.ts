import { store, stored } from '../../../examples/demo/page/client/tab-storage.ts'
import type { PageExchange } from './messages.ts'

const NAME = 'exchanges'

/** The exchanges of this tab, also those before the authorization. */
export function exchanges(): readonly PageExchange[] {
  return stored<PageExchange[]>(NAME) ?? []
}

/** `fetch` that records each exchange: what was sent, and what the page can read of the answer. */
export async function recordedFetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const at = exchanges().length
  const asked: PageExchange = {
    method: init.method ?? 'GET',
    url: String(url),
    sent: Object.fromEntries(new Headers(init.headers)),
    ...(typeof init.body === 'string' ? { body: init.body } : {}),
  }
  save(at, asked)
  const response = await fetch(url, init)
  const { status, headers } = response
  save(at, { ...asked, answer: { status, headers: Object.fromEntries(headers) } })
  return response
}

function save(at: number, exchange: PageExchange): void {
  const all = [...exchanges()]
  all[at] = exchange
  store(NAME, all)
}
