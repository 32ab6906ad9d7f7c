// On Bun, `undici` is a built-in replacement without `Agent`. This path imports the real package.
import { Agent } from 'undici/index.js'
import { codeOf } from '../../authorization-server/http/failure-words.ts'
import { quoted } from '../../quoted.ts'
import { type ZoneOf, zoneOf as zoneOfAddress } from './address-zone.ts'
import { type ConnectionFailure, failureOf } from './connection-failure.ts'
import { bare, guardedConnector } from './guarded-connector.ts'

/** @internal */
export interface ProbeRequest {
  readonly method: 'GET' | 'POST' | 'OPTIONS' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** An HTTP answer. It is judged, and never believed. @internal */
export interface ProbeAnswer {
  readonly status: number
  /** The header fields, by their names in lower case. Repeated fields are joined by commas. */
  readonly headers: ReadonlyMap<string, string>
  /** The body; `undefined` if it was not read to its end. */
  readonly body: Uint8Array | undefined
  /** Why there is no body. */
  readonly bodyFault: string | undefined
}

/** The result of a call: an answer, or why there is none. @internal */
export type Probed = ProbeAnswer | ConnectionFailure

/** Makes the doctor's calls. A redirect is an answer, and is never followed. @internal */
export interface Probe {
  /** It never rejects. */
  send(request: ProbeRequest, signal: AbortSignal): Promise<Probed>
  /** The calls without an answer so far, in words. An examination with such a call proves nothing. */
  readonly unanswered: readonly string[]
  /** When the certificate of an origin expires; `undefined` if none was seen. */
  certificateEnd(origin: string): Date | undefined
  close(): Promise<void>
}

/** @internal */
export interface ProbeOptions {
  /** The URL that the doctor was told to examine. */
  readonly url: string
  /** Longest time of one call, in milliseconds. */
  readonly timeout: number
  /** Tells the zone of an address; the real one unless a test says otherwise. */
  readonly zoneOf?: ZoneOf | undefined
}

/** Longest body that is read, in bytes. Metadata and key sets are much smaller. */
const MAX_BODY = 512 * 1024

/** Most connections to one origin. */
const CONNECTIONS = 4

/** Error codes of a connection that the other side closed. */
const DROPPED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** @internal */
export function createProbe({ url, timeout, zoneOf = zoneOfAddress }: ProbeOptions): Probe {
  const ends = new Map<string, Date>()
  const unanswered: string[] = []
  const agent = new Agent({
    connect: guardedConnector({
      ownHost: bare(new URL(url).hostname),
      zoneOf,
      timeout,
      onSecure: (origin, validTo) => ends.set(new URL(origin).origin, validTo),
    }),
    connections: CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const attempt = async (
    { method, url: target, headers = {}, body }: ProbeRequest,
    signal: AbortSignal,
  ): Promise<ProbeAnswer> => {
    const { origin, pathname, search } = new URL(target)
    const reply = await agent.request({
      origin,
      path: `${pathname}${search}`,
      method,
      headers: { 'accept-encoding': 'identity', ...headers },
      body: body ?? null,
      signal,
    })
    const fields = new Map(
      Object.entries(reply.headers).map(([name, value]) => [
        name.toLowerCase(),
        Array.isArray(value) ? value.join(', ') : String(value ?? ''),
      ]),
    )
    return { status: reply.statusCode, headers: fields, ...(await readBody(reply.body, fields)) }
  }
  return {
    async send(request, signal) {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
      for (let tries = 1; ; tries += 1) {
        try {
          return await attempt(request, deadline)
        } catch (error) {
          // Servers often close idle connections while the next request is on its way, and all of them
          // may be closed. Every request of the doctor may be repeated.
          if (tries > CONNECTIONS || deadline.aborted || !DROPPED.has(codeOf(error))) {
            const failure = failureOf(error, deadline)
            unanswered.push(`${request.method} ${quoted(request.url)} ${failure.words}`)
            return failure
          }
        }
      }
    },
    unanswered,
    certificateEnd: (origin) => ends.get(origin),
    close: () => agent.destroy(),
  }
}

/** Reads a body. An event stream is not read, because it has no end. */
async function readBody(
  body: AsyncIterable<Uint8Array> & NodeJS.EventEmitter & { destroy(): void },
  headers: ReadonlyMap<string, string>,
): Promise<Pick<ProbeAnswer, 'body' | 'bodyFault'>> {
  // The error of a stream that is destroyed early.
  body.on('error', () => {})
  if (headers.get('content-type')?.toLowerCase().startsWith('text/event-stream')) {
    body.destroy()
    return { body: undefined, bodyFault: 'an event stream' }
  }
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > MAX_BODY) {
        return { body: undefined, bodyFault: `longer than ${MAX_BODY / 1024} KiB` }
      }
      chunks.push(chunk)
    }
    return { body: Buffer.concat(chunks), bodyFault: undefined }
  } catch {
    return { body: undefined, bodyFault: 'broken off, or not ended in time' }
  }
}
