import { fetch as undiciFetch } from 'undici'
import { describe, expect, it } from 'vitest'
import {
  createTestIssuer,
  startTestIssuer,
  type TestIssuer,
  type TestIssuerOptions,
} from '../../../src/testing/index.ts'

type Ask = (path: string, init?: RequestInit) => Promise<Response>

interface Transport {
  start(options?: TestIssuerOptions): Promise<TestIssuer>
  ask(issuer: TestIssuer): Ask
}

const TRANSPORTS: Readonly<Record<string, Transport>> = {
  fetch: {
    start: async (options) => createTestIssuer(options),
    ask: (issuer) => (path, init) => issuer.fetch(`${issuer.issuer}${path}`, init),
  },
  'a dispatcher of undici': {
    start: async (options) => createTestIssuer(options),
    ask: (issuer) => (path, init) =>
      undiciFetch(`${issuer.issuer}${path}`, {
        ...(init as object),
        dispatcher: issuer.dispatcher,
      }) as unknown as Promise<Response>,
  },
  'a dispatcher in the fetch of Node': {
    start: async (options) => createTestIssuer(options),
    ask: (issuer) => (path, init) =>
      fetch(`${issuer.issuer}${path}`, {
        ...init,
        dispatcher: issuer.dispatcher,
      } as unknown as RequestInit),
  },
  'a port': {
    start: (options) => startTestIssuer(options),
    ask: (issuer) => (path, init) => fetch(`${issuer.issuer}${path}`, init),
  },
}

const METADATA = '/.well-known/openid-configuration'

const basic = ({ client: { clientId, clientSecret } }: TestIssuer) =>
  `Basic ${Buffer.from([clientId, clientSecret].map(encodeURIComponent).join(':')).toString('base64')}`

const form = (members: Record<string, string>, authorization?: string): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(members),
  headers: authorization === undefined ? {} : { authorization },
})

const json = async (response: Response): Promise<unknown> => {
  expect(response.headers.get('content-type')).toBe('application/json')
  return response.json()
}

/** The error code of a call that fails. */
async function failureOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'none'
  } catch (error) {
    const { cause, name } = error as Error & { cause?: { code?: string } }
    return cause?.code ?? name
  }
}

describe.each(Object.entries(TRANSPORTS))('a test issuer as %s', (_name, { start, ask }) => {
  it('publishes its metadata, its keys and answers about tokens', async () => {
    await using issuer = await start()
    const call = ask(issuer)
    expect(await json(await call(METADATA))).toEqual(issuer.metadata)
    expect(await json(await call('/jwks'))).toEqual({ keys: issuer.keys })
    const token = issuer.opaqueToken({ scopes: ['mcp:tools'] })
    const active = await call('/introspect', form({ token }, basic(issuer)))
    expect(await json(active)).toMatchObject({ active: true, scope: 'mcp:tools' })
    expect((await call('/introspect', form({ token }, 'Basic d3Jvbmc='))).status).toBe(401)
    expect((await call('/nothing')).status).toBe(404)
    expect(issuer.requestsTo('introspection')).toHaveLength(2)
    expect(issuer.requestsTo('introspection')[0]).toMatchObject({ method: 'POST' })
    expect(new URLSearchParams(issuer.requestsTo('introspection')[0]?.body).get('token')).toBe(
      token,
    )
  })

  it('gives the answers that replace its own: status, header fields and bytes', async () => {
    await using issuer = await start()
    const change = issuer.replaceAnswer('keys', {
      status: 503,
      headers: { 'retry-after': '7', 'content-type': 'text/plain' },
      body: Uint8Array.of(0, 255, 10),
    })
    const response = await ask(issuer)('/jwks')
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.of(0, 255, 10))
    await change.end()
    expect((await ask(issuer)('/jwks')).status).toBe(200)
  })

  it('refuses connections, and accepts them again when the outage ends', async () => {
    await using issuer = await start()
    {
      await using _outage = issuer.outage()
      expect(await failureOf(ask(issuer)('/jwks'))).toBe('ECONNREFUSED')
    }
    expect((await ask(issuer)('/jwks')).status).toBe(200)
    // The request did not arrive.
    expect(issuer.requests).toHaveLength(1)
  })

  it('resets a connection after the request has arrived', async () => {
    await using issuer = await start()
    using _outage = issuer.outage({ of: 'keys', how: 'reset' })
    expect(await failureOf(ask(issuer)('/jwks'))).toMatch(/^(ECONNRESET|UND_ERR_SOCKET)$/)
    expect(issuer.requestsTo('keys')).toHaveLength(1)
    expect((await ask(issuer)(METADATA)).status).toBe(200)
  })

  it('breaks an answer off in its middle', async () => {
    await using issuer = await start()
    using _outage = issuer.outage({ of: 'keys', how: 'cut' })
    const response = await ask(issuer)('/jwks')
    expect(response.status).toBe(200)
    expect(await failureOf(response.text())).not.toBe('none')
  })

  it('stays silent until the caller gives up', async () => {
    await using issuer = await start()
    using _outage = issuer.outage({ of: 'keys', how: 'silent' })
    const signal = AbortSignal.timeout(20)
    expect(await failureOf(ask(issuer)('/jwks', { signal }))).toBe('TimeoutError')
  })

  it('begins an answer that never ends', async () => {
    await using issuer = await start()
    using _outage = issuer.outage({ of: 'keys', how: 'slow' })
    const controller = new AbortController()
    const response = await ask(issuer)('/jwks', { signal: controller.signal })
    const body = failureOf(response.text())
    setTimeout(() => controller.abort(), 20)
    expect(await body).toBe('AbortError')
  })

  it('answers with garbage', async () => {
    await using issuer = await start()
    using _outage = issuer.outage({ of: 'keys', how: 'garbage' })
    const response = await ask(issuer)('/jwks')
    expect(response.status).toBe(200)
    expect(await response.text()).toMatch(/^<!doctype html>/)
  })

  it('waits for the function that answers', async () => {
    await using issuer = await start()
    const { promise, resolve } = Promise.withResolvers<void>()
    using _change = issuer.replaceAnswer('metadata', async (request, usual) => {
      expect(request.method).toBe('GET')
      await promise
      return { ...(await usual()), status: 299 }
    })
    const answered = ask(issuer)(METADATA)
    resolve()
    expect((await answered).status).toBe(299)
  })
})
