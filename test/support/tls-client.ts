import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { TestCertificate } from './certificates.ts'

/** How a client calls: with which certificate, from which address (`localAddress`), with which headers. */
export interface TlsCall extends RequestOptions {
  readonly certificate?: TestCertificate
}

export interface TlsAnswer {
  readonly status: number | undefined
  readonly challenge: string | undefined
  /** The body as JSON; as text if it is none. */
  readonly body: unknown
  /** Whether the TLS session was resumed. */
  readonly resumed: boolean
}

/** Sends a request with a token to a TLS server on 127.0.0.1. Every call makes a new connection. */
export function askOverTls(port: number, token: string, call: TlsCall = {}): Promise<TlsAnswer> {
  const { certificate, headers, ...more } = call
  return new Promise((resolve, reject) => {
    // Without `protocol`, Node takes that of the agent.
    const send = more.protocol === 'http:' ? httpRequest : httpsRequest
    const sent = send({
      host: '127.0.0.1',
      port,
      path: '/mcp',
      method: 'POST',
      cert: certificate?.cert,
      key: certificate?.key,
      agent: false,
      ...more,
      headers: { authorization: `Bearer ${token}`, ...headers },
    })
    sent.on('error', reject)
    sent.on('response', (response) => answerOf(response).then(resolve, reject))
    sent.end()
  })
}

async function answerOf(response: IncomingMessage): Promise<TlsAnswer> {
  const resumed = (response.socket as Partial<TLSSocket>).isSessionReused?.() ?? false
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  const challenge = response.headers['www-authenticate']
  return { status: response.statusCode, challenge, body: json(text), resumed }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
