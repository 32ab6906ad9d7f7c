import { leaveOnAbort } from '../../storage/single-flight.ts'
import { CallFailure } from './failure-words.ts'
import type { HttpCall, HttpReply } from './http-call.ts'

/** @internal */
export interface HttpLimits {
  /** How long the answer's headers may take, in milliseconds. */
  readonly headersTimeout: number
  /** Longest body of an answer, in bytes. */
  readonly maxResponseSize: number
  /** Aborted when the whole call takes too long. */
  readonly signal: AbortSignal
}

/** @internal */
export class BodyTooLarge extends CallFailure {
  constructor() {
    super('the answer is larger than http.maxResponseSize')
  }
}

/** The error of a call that was redirected. Its answer came from another URL, so it is not trusted. @internal */
export class Redirected extends CallFailure {
  constructor(option: 'http.fetch' | 'http.dispatcher') {
    super(
      `${option} followed a redirect, and may have sent tokens and credentials elsewhere; make it pass redirects on as they are`,
    )
  }
}

/** Makes a call through the option `http.fetch`. @internal */
export async function viaFetch(
  fetch: typeof globalThis.fetch,
  call: HttpCall,
  limits: HttpLimits,
): Promise<HttpReply> {
  const reply = await withHeadersTimeout(limits, (signal) =>
    fetch(call.url, {
      method: call.method,
      headers: call.headers,
      body: call.body ?? null,
      // A redirect is not followed. It counts as a failed call.
      redirect: 'manual',
      signal,
    }),
  )
  if (wasRedirected(reply, call.url)) {
    reply.body?.cancel().catch(() => {})
    throw new Redirected('http.fetch')
  }
  if (reply.type === 'opaqueredirect') throw new CallFailure('a redirect, which is not followed')
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = reply.body?.getReader()
  try {
    while (reader !== undefined) {
      const { done, value } = await leaveOnAbort(reader.read(), limits.signal)
      if (done) break
      size += value.length
      if (size > limits.maxResponseSize) throw new BodyTooLarge()
      chunks.push(value)
    }
  } catch (error) {
    reader?.cancel().catch(() => {})
    throw error
  }
  return {
    status: reply.status,
    contentType: reply.headers.get('content-type') ?? undefined,
    retryAfter: wholeSeconds(reply.headers.get('retry-after') ?? undefined),
    date: reply.headers.get('date') ?? undefined,
    body: Buffer.concat(chunks),
  }
}

/** Whether `fetch` followed a redirect, ignoring `redirect: 'manual'`. The `url` of a response is empty if a test made it. */
function wasRedirected({ redirected, url }: Response, asked: string): boolean {
  return redirected || (Boolean(url) && url !== new URL(asked).href)
}

async function withHeadersTimeout<T>(
  limits: HttpLimits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const early = new AbortController()
  const timer = setTimeout(() => early.abort(new CallFailure('timed out')), limits.headersTimeout)
  try {
    const signal = AbortSignal.any([limits.signal, early.signal])
    // The operator's `fetch` may ignore its signal.
    return await leaveOnAbort(work(signal), signal)
  } finally {
    clearTimeout(timer)
  }
}

/** Reads `Retry-After` as a number of seconds. A date is ignored. @internal */
export function wholeSeconds(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,6}$/.test(value) ? Number(value) : undefined
}
