/** What an authorization server may cost: bytes, depth, and time, on each of its answers. docs/security.md has the table. */
import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { viaFetch } from '../../src/authorization-server/http/fetch-transport.ts'
import type { HttpOptions } from '../../src/index.ts'
import { ask, unavailable } from '../support/decisions.ts'
import { json, raw } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { type LocalIssuer, startIssuer } from '../support/issuers/local-issuer.ts'
import type { Answer } from '../support/issuers/loopback-server.ts'

const LIMIT = 64 * 1024
/** 256 times the limit. Compressed it is smaller than the limit. */
const BOMB = Buffer.from(`{"active":true,"padding":"${'x'.repeat(256 * LIMIT)}"}`)
const TRANSPORTS: [string, HttpOptions][] = [
  ['the built-in pools', {}],
  ['a given fetch', { fetch: globalThis.fetch }],
]
const ENDPOINTS = ['discovery', 'keys', 'introspection'] as const

/** Asks with a new token, so that the endpoint is needed. */
async function askThrough(
  issuer: LocalIssuer,
  endpoint: (typeof ENDPOINTS)[number],
  http: HttpOptions,
) {
  const options = { http: { maxResponseSize: LIMIT, ...http } }
  return endpoint === 'introspection'
    ? ask(issuer.introspectingGate(options), 'opaque')
    : ask(issuer.gate({}, options), await issuer.token())
}

const encoded = (encoding: string, body: Uint8Array): Answer => {
  return () => ({
    status: 200,
    headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    body,
  })
}

function nested(times: number): Uint8Array {
  let body: Buffer = Buffer.from('{"active":true}')
  for (let at = 0; at < times; at += 1) body = gzipSync(body)
  return body
}

const BOMBS: [string, Answer][] = [
  ['gzip', encoded('gzip', gzipSync(BOMB))],
  ['deflate', encoded('deflate', deflateSync(BOMB))],
  ['br', encoded('br', brotliCompressSync(BOMB))],
  ['zstd', encoded('zstd', zstdCompressSync(BOMB))],
  ['CVE-2026-22036: 100 times gzip', encoded(Array(100).fill('gzip').join(', '), nested(100))],
]

const DEEP: [string, string][] = [
  ['objects', `${'{"active":'.repeat(5000)}1${'}'.repeat(5000)}`],
  ['lists', `{"keys":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
]

describe.each(TRANSPORTS)('through %s', (_name, http) => {
  describe.each(ENDPOINTS)('an answer of %s', (endpoint) => {
    it.each(BOMBS)('RFC7662-3: compressed to burst by %s is 503', async (_what, answer) => {
      await using issuer = await startIssuer()
      issuer[endpoint].answers(answer)
      expect(await askThrough(issuer, endpoint, http)).toMatchObject({ status: 503 })
    })

    it.each(DEEP)('RFC7662-3: of deep %s is 503', async (_what, body) => {
      await using issuer = await startIssuer()
      issuer[endpoint].answers(raw(body))
      expect(await askThrough(issuer, endpoint, http)).toMatchObject({ status: 503 })
    })
  })

  it('CVE-2026-2581: endless answers to many calls at once each end at maxResponseSize', async ({
    issuer,
  }) => {
    const sent: number[] = []
    issuer.introspection.answers(async (_received, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      let written = 0
      const closed = once(response, 'close')
      while (!response.destroyed && written < 100 * LIMIT) {
        written += LIMIT / 4
        if (!response.write('x'.repeat(LIMIT / 4))) {
          await Promise.race([once(response, 'drain'), closed])
        }
      }
      sent.push(written)
      response.destroy()
    })
    const gate = issuer.introspectingGate({ http: { maxResponseSize: LIMIT, ...http } })
    // Equal calls at the same time, and different ones: no answer is kept for another call.
    const tokens = ['same', 'same', ...Array.from({ length: 10 }, (_, at) => `token-${at}`)]
    for (const decision of await Promise.all(tokens.map((token) => ask(gate, token)))) {
      expect(decision).toEqual(unavailable('introspection_unavailable'))
    }
    // The rest is in buffers of the sockets.
    expect(sent.length).toBeGreaterThan(0)
    expect(Math.max(...sent)).toBeLessThan(100 * LIMIT)
  })
})

describe('a million keys', () => {
  it('S5: of one key set are refused by size, and a thousand by number', async ({ issuer }) => {
    const { publicKey } = issuer.signer
    const keys = Array.from({ length: 1000 }, (_, at) => ({ ...publicKey, kid: `k${at}` }))
    issuer.keys.answers(json({ keys: [...keys, publicKey] }))
    expect(await ask(issuer.gate(), await issuer.token())).toMatchObject({ status: 503 })
    const million = `{"keys":[${'{"kty":"EC"},'.repeat(999_999)}{"kty":"EC"}]}`
    issuer.keys.answers(raw(million))
    expect(await ask(issuer.gate(), await issuer.token())).toMatchObject({ status: 503 })
  })
})

describe('memory', () => {
  it('S1.4: a token that was introspected is not left in the memory that all buffers share', async ({
    issuer,
  }) => {
    const gate = issuer.introspectingGate()
    const tokens = Array.from({ length: 10 }, () => crypto.randomUUID())
    for (const token of tokens) {
      await ask(gate, token)
      const shared = Buffer.from(Buffer.from('-').buffer)
      expect(shared.length).toBeGreaterThan(1)
      expect(shared.includes(token)).toBe(false)
    }
    expect(issuer.introspection.count()).toBe(10)
  })

  it('S5: a call through a given fetch leaves no abort signal behind', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const forever = new AbortController()
    const fetch = async () => Response.json({})
    const call = {
      purpose: 'key_set',
      issuer: 'https://sso.example.com',
      lane: 'documents',
      failure: 'key_set_unavailable',
      method: 'GET',
      url: 'https://sso.example.com/keys',
      headers: {},
    } as const
    const limits = { headersTimeout: 10_000, maxResponseSize: LIMIT, signal: forever.signal }
    const heapAfter = async (calls: number) => {
      for (let at = 0; at < calls; at += 1) await viaFetch(fetch, call, limits)
      // Weak references are dropped in a later turn.
      for (let turn = 0; turn < 3; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve))
        collect()
      }
      return process.memoryUsage().heapUsed
    }
    // One signal for all calls is worse than what the client does: one for each call.
    let heap = await heapAfter(1000)
    const grown: number[] = []
    for (let round = 0; round < 5; round += 1) {
      const now = await heapAfter(1000)
      grown.push(now - heap)
      heap = now
    }
    // Other tests of this process make the heap grow too, but not in every round.
    expect(Math.min(...grown)).toBeLessThan(1000 * 100)
  })
})
