import { type IncomingHttpHeaders, request as request1 } from 'node:http'
import { connect, type OutgoingHttpHeaders } from 'node:http2'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { RunningServer } from './driver.ts'
import type { Wanted } from './echo.ts'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Asked {
  readonly method?: string
  readonly path?: string
  /** Each `Authorization` field, as it goes over the wire. */
  readonly authorization?: string | readonly string[]
  /** A list is sent as several fields. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  /** JSON, unless `headers` call it something else. */
  readonly body?: string | Uint8Array
  /** With its length, in pieces without one, or announced and kept back; default `whole`. */
  readonly sent?: 'whole' | 'in pieces' | 'kept back'
  readonly answer?: Wanted
  /** Takes the connection down when it resolves, also before an answer has begun. */
  readonly leave?: Promise<void>
}

/** An answer whose body is still coming. */
interface Begun {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
  /** Takes the connection down. */
  close(): void
}

/** One request on a connection of its own, written as it is given: `fetch` would mend some. */
export async function ask(server: RunningServer, asked: Asked): Promise<Reply> {
  const { status, headers, body, close } = await begin(server, asked)
  try {
    return { status, headers, body: await text(body) }
  } finally {
    close()
  }
}

/** An event of the echo's stream. */
export interface CountedEvent {
  readonly count: number
  readonly at: number
}

export interface EventStream extends AsyncDisposable {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The next one; `undefined` at the stream's end, which is a clean one. */
  next(): Promise<CountedEvent | undefined>
}

/** A request for the echo's event stream. */
export async function openStream(server: RunningServer, asked: Asked): Promise<EventStream> {
  const { status, headers, body, close } = await begin(server, asked)
  const events = eventsIn(body)
  return {
    status,
    headers,
    async next() {
      const { value, done } = await events.next()
      return done ? undefined : value
    },
    async [Symbol.asyncDispose]() {
      close()
    },
  }
}

async function* eventsIn(body: Readable): AsyncGenerator<CountedEvent, undefined> {
  let rest = ''
  for await (const chunk of body.setEncoding('utf8')) {
    const parts = `${rest}${chunk}`.split('\n\n')
    rest = parts.pop() ?? ''
    for (const part of parts) yield JSON.parse(part.replace(/^data: /, ''))
  }
}

/** Names and values in turn, so that nothing is merged. */
function fieldsOf({ authorization = [], headers, body, answer }: Asked): string[] {
  const type = body === undefined || hasType(headers) ? {} : { 'content-type': 'application/json' }
  const wanted = answer === undefined ? {} : { 'x-answer': JSON.stringify(answer) }
  return Object.entries({ authorization, ...type, ...wanted, ...headers }).flatMap(
    ([name, values]) => [values ?? []].flat().flatMap((value) => [name, value]),
  )
}

const hasType = (headers: object = {}): boolean => 'content-type' in headers

const PIECE = 16 * 1024

function* pieces(body: Uint8Array): Generator<Uint8Array> {
  // The first ones are small, so that characters are cut through.
  for (let at = 0, size = 1; at < body.length; at += size, size = Math.min(PIECE, size + 1)) {
    yield body.subarray(at, at + size)
  }
}

function begin(server: RunningServer, asked: Asked): Promise<Begun> {
  return server.protocol === 'h2' ? begin2(server, asked) : begin1(server, asked)
}

function begin1({ origin }: RunningServer, asked: Asked): Promise<Begun> {
  const { method = 'POST', path = '/mcp', body, sent = 'whole' } = asked
  const bytes = body === undefined ? undefined : Buffer.from(body)
  const length = bytes !== undefined && sent !== 'in pieces' ? [String(bytes.length)] : []
  const fields = [
    // As clients do: where the server closes, it is the server's own will.
    ...['host', new URL(origin).host, 'connection', 'keep-alive'],
    ...fieldsOf(asked),
    ...length.flatMap((value) => ['content-length', value]),
    ...(sent === 'in pieces' ? ['transfer-encoding', 'chunked'] : []),
  ]
  return new Promise((resolve, reject) => {
    const request = request1(`${origin}${path}`, { method, headers: fields, agent: false })
    request.on('error', reject)
    request.on('response', (response) => {
      const { statusCode: status = 0, headers } = response
      resolve({ status, headers, body: response, close: () => request.destroy() })
    })
    asked.leave?.then(() => request.destroy())
    send(request, bytes, sent)
  })
}

/** Nothing is mended or held back, and large bodies are written in one go. */
const CLIENT2 = { strictSingleValueFields: false, maxSessionMemory: 100 }

function begin2({ origin }: RunningServer, asked: Asked): Promise<Begun> {
  const { method = 'POST', path = '/mcp', body, sent = 'whole' } = asked
  const bytes = body === undefined ? undefined : Buffer.from(body)
  const pseudo = [
    ...[':method', method, ':scheme', 'http', ':path', path],
    ...[':authority', new URL(origin).host],
  ]
  const length = bytes !== undefined && sent !== 'in pieces' ? [String(bytes.length)] : []
  const fields = [
    ...pseudo,
    ...fieldsOf(asked),
    ...length.flatMap((value) => ['content-length', value]),
  ]
  return new Promise((resolve, reject) => {
    const session = connect(origin, CLIENT2)
    session.on('error', reject)
    // @types/node does not know yet that a list is taken, which is not merged.
    const stream = session.request(fields as unknown as OutgoingHttpHeaders, {
      endStream: bytes === undefined,
    })
    stream.on('error', reject)
    stream.on('response', ({ ':status': status = 0, ...headers }) => {
      resolve({ status, headers, body: stream, close: () => session.destroy() })
    })
    asked.leave?.then(() => session.destroy())
    if (bytes !== undefined) send(stream, bytes, sent)
  })
}

function send(
  to: NodeJS.WritableStream & { flushHeaders?(): void },
  bytes: Uint8Array | undefined,
  sent: Asked['sent'],
): void {
  if (bytes === undefined) to.end()
  else if (sent === 'kept back') to.flushHeaders?.()
  else if (sent === 'whole') to.end(bytes)
  else sendPieces(to, pieces(bytes))
}

/** Not faster than they are taken. */
function sendPieces(to: NodeJS.WritableStream, rest: Generator<Uint8Array>): void {
  for (let next = rest.next(); !next.done; next = rest.next()) {
    if (to.write(next.value)) continue
    // Once the answer is there, it may never be drained.
    to.once('drain', () => sendPieces(to, rest))
    return
  }
  to.end()
}
