import type { StolenRequest } from '../../support/thief.ts'
import type { PageExchange } from '../page/messages.ts'

/** The `method` of a JSON-RPC request. */
export function rpcOf({ body }: PageExchange): string | undefined {
  if (!body?.includes('"jsonrpc"')) return undefined
  return (JSON.parse(body) as { method?: string }).method
}

/** Exchanges as `POST /mcp initialize 401`, without the stream, which a client may open at any time. */
export function wireOf(exchanges: readonly PageExchange[]): string[] {
  return exchanges
    .filter(({ method, url }) => method !== 'GET' || new URL(url).pathname !== '/mcp')
    .map((exchange) =>
      [
        exchange.method,
        new URL(exchange.url).pathname,
        rpcOf(exchange) ?? '',
        exchange.answer?.status ?? 'unreadable',
      ]
        .filter((word) => word !== '')
        .join(' '),
    )
}

/** The calls of tools. */
export function callsIn(exchanges: readonly PageExchange[]): readonly PageExchange[] {
  return exchanges.filter((exchange) => rpcOf(exchange) === 'tools/call')
}

/** A request of the page, as a hostile script in the page would take it away. */
export function stolenFrom({ method, url, sent, body, answer }: PageExchange): StolenRequest {
  return {
    method,
    url,
    headers: new Headers(sent),
    body,
    status: answer?.status ?? 0,
    answerHeaders: new Headers(answer?.headers),
  }
}
