import type { Answer } from './transcript.ts'

export interface Exchange extends Answer {
  readonly method: string
  /** The `method` of a JSON-RPC request. */
  readonly rpc: string | undefined
  readonly url: URL
  /** `Location`. */
  readonly location: string | undefined
}

/** A `fetch` that reports each exchange and changes nothing. */
export function observedFetch(observe: (exchange: Exchange) => void) {
  return async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, init)
    const isJson = response.headers.get('content-type')?.includes('application/json') === true
    observe({
      method: init?.method ?? 'GET',
      rpc: rpcMethod(init?.body),
      url: new URL(url),
      status: response.status,
      challenge: response.headers.get('www-authenticate') ?? undefined,
      retryAfter: response.headers.get('retry-after') ?? undefined,
      location: response.headers.get('location') ?? undefined,
      body: isJson ? await response.clone().text() : '',
    })
    return response
  }
}

function rpcMethod(body: unknown): string | undefined {
  if (typeof body !== 'string' || !body.includes('"jsonrpc"')) return undefined
  return (JSON.parse(body) as { method?: string }).method
}

/** A token, and how it is presented. */
export interface Credentials {
  readonly token: string
  readonly scheme: 'Bearer' | 'DPoP'
  /** The DPoP proof, in its own header. */
  readonly proof?: string
}

/** Sends one request to an MCP server, with credentials or without: 2 + 3. A string is a bearer token. */
export async function askToAdd(
  resource: string,
  credentials: Credentials | string | undefined,
): Promise<Answer> {
  const { scheme, token, proof } = credentialsOf(credentials) ?? {}
  const response = await fetch(resource, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token === undefined ? {} : { authorization: `${scheme} ${token}` }),
      ...(proof === undefined ? {} : { dpop: proof }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'add_numbers', arguments: { a: 2, b: 3 } },
    }),
  })
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate') ?? undefined,
    retryAfter: response.headers.get('retry-after') ?? undefined,
    body: await response.text(),
  }
}

/** Credentials of which a string is a bearer token. */
export function credentialsOf(
  credentials: Credentials | string | undefined,
): Credentials | undefined {
  return typeof credentials === 'string' ? { scheme: 'Bearer', token: credentials } : credentials
}
