import type { IncomingMessage } from 'node:http'
import { parse } from 'node:querystring'
import { text } from 'node:stream/consumers'
import type { NodeRequest, NodeResponse } from '../../src/adapters/node-request.ts'
import type { Answer, Echo } from './echo.ts'

/** Hands a request of Node's to the echo; the body is what a parser has left, or the stream's. */
export async function answerNode(
  echo: Echo,
  request: NodeRequest,
  response: NodeResponse,
  more: { readonly body: unknown; readonly auth: unknown; readonly parsedBody?: unknown },
): Promise<void> {
  const header = (name: string) => findHeader(request, name)
  writeAnswer(echo.answer({ method: request.method ?? '', header, ...more }), response)
}

/** The body of a request of Node's, where no framework parses it. */
export async function parsedBodyOf(request: NodeRequest): Promise<unknown> {
  const { body, method = '' } = request
  if (body !== undefined || ['GET', 'HEAD', 'DELETE', 'OPTIONS'].includes(method)) return body
  const sent = await text(request)
  if (request.headers['content-type']?.includes('secevent')) return sent
  if (request.headers['content-type']?.includes('form')) return parse(sent)
  return sent === '' ? undefined : JSON.parse(sent)
}

/** Wherever a handler could find it. */
export function findHeader(request: NodeRequest, name: string): string | undefined {
  const { headers, rawHeaders } = request
  const { headersDistinct } = request as Partial<IncomingMessage>
  const raw = rawHeaders.filter((_value, at) => rawHeaders[at - 1]?.toLowerCase() === name)
  const [value] = [headers[name] ?? headersDistinct?.[name] ?? raw[0]].flat()
  return value
}

function writeAnswer({ status, headers, head, body }: Answer, response: NodeResponse): void {
  const { writeHead } = response as { writeHead(...args: unknown[]): unknown }
  const write = writeHead.bind(response)
  if (head === 'object') write(status, headers)
  else if (head === 'list') write(status, Object.entries(headers).flat())
  else {
    response.statusCode = status
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  }
  if (typeof body === 'string') response.end(body)
  else
    response.once(
      'close',
      body((event) => (response as NodeJS.WritableStream).write(event)),
    )
}
