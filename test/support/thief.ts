/** Somebody who reads a client's requests, and sends the stolen token and proof with `curl`. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { DecisionEvent } from '../../src/telemetry/events.ts'
import type { TestDpopKey } from '../../src/testing/dpop-key.ts'
import { makeDpopKey, signProof } from './dpop.ts'

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/** A request that a client sent, with its token and its proof. */
export interface StolenRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string | undefined
  /** The status of the answer. */
  readonly status: number
  readonly answerHeaders: Headers
}

/** A `fetch` that keeps what goes through it. */
export function wiretap(): { readonly fetch: Fetch; readonly seen: readonly StolenRequest[] } {
  const seen: StolenRequest[] = []
  return {
    seen,
    async fetch(url, init) {
      const response = await fetch(url, init)
      seen.push({
        method: init?.method ?? 'GET',
        url: String(url),
        headers: new Headers(init?.headers),
        body: typeof init?.body === 'string' ? init.body : undefined,
        status: response.status,
        answerHeaders: response.headers,
      })
      return response
    },
  }
}

/** The access token of a request. */
export const tokenOf = ({ headers }: StolenRequest): string =>
  headers.get('authorization')?.split(' ')[1] ?? ''

/** The claims of the DPoP proof of a request. */
export function proofOf({ headers }: StolenRequest): Record<string, unknown> {
  const [, claims = ''] = (headers.get('dpop') ?? '').split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString())
}

export interface CurlAnswer {
  readonly status: number
  /** `WWW-Authenticate`. */
  readonly challenge: string | undefined
  /** Leads to the event with the reason. */
  readonly correlationId: string | undefined
}

/** Sends a stolen request again, with other credentials. */
export async function curl(
  { method, url, headers, body }: StolenRequest,
  credentials: Readonly<Record<string, string>>,
): Promise<CurlAnswer> {
  const sent = new Headers(headers)
  sent.delete('authorization')
  sent.delete('dpop')
  for (const [name, value] of Object.entries(credentials)) sent.set(name, value)
  const { stdout } = await promisify(execFile)('curl', [
    ...['--silent', '--show-error', '--include', '--max-time', '10', '--request', method],
    ...[...sent].flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    ...(body === undefined ? [] : ['--data-raw', body]),
    url,
  ])
  const [head = '', answer = ''] = stdout.split('\r\n\r\n')
  const [, challenge] = /^www-authenticate: (.*)$/im.exec(head) ?? []
  const [, correlationId] = /"correlation_id":"([^"]+)"/.exec(answer) ?? []
  return { status: Number(head.split(' ')[1]), challenge: challenge?.trim(), correlationId }
}

let ownKey: TestDpopKey | undefined

/** What a thief can try with a DPoP-bound token, each with the reason of the refusal. */
export async function attempts(stolen: StolenRequest, now = Date.now()) {
  const token = tokenOf(stolen)
  ownKey ??= await makeDpopKey()
  const { nonce } = proofOf(stolen)
  const claims = { iat: Math.floor(now / 1000), jti: crypto.randomUUID(), nonce }
  const about = { token, method: stolen.method, url: stolen.url, claims }
  const authorization = `DPoP ${token}`
  return {
    'as Bearer': { authorization: `Bearer ${token}` },
    'without a proof': { authorization },
    'with the stolen proof': { authorization, dpop: stolen.headers.get('dpop') ?? '' },
    'with a proof of another key': { authorization, dpop: await signProof(ownKey, about) },
  } as const satisfies Record<string, Readonly<Record<string, string>>>
}

/** Makes every attempt with a stolen request. Returns the status and the reason of each answer. */
export async function tryStolenRequest(
  events: readonly DecisionEvent[],
  stolen: StolenRequest,
  now?: number,
) {
  const results: Record<string, string> = {}
  for (const [how, credentials] of Object.entries(await attempts(stolen, now))) {
    const { status, challenge, correlationId } = await curl(stolen, credentials)
    expect(challenge).toContain('DPoP ')
    // Streams of other clients may come and go meanwhile.
    const event = events.find((one) => one.correlationId === correlationId)
    results[how] = `${status} ${event?.reason}`
  }
  return results
}
