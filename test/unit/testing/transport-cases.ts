import { expect, it, onTestFinished, vi } from 'vitest'
import type { TestIssuer, TestIssuerOptions } from '../../../src/testing/index.ts'
import { eventually } from '../../support/decisions.ts'

export type Ask = (path: string, init?: RequestInit) => Promise<Response>

/** A way to reach a test issuer. */
export interface Transport {
  start(options?: TestIssuerOptions): Promise<TestIssuer>
  ask(issuer: TestIssuer): Ask
  /** The error codes of a connection that is refused, and of one that is reset. */
  readonly failures: { readonly refused: RegExp; readonly reset: RegExp }
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

/** What every way to reach a test issuer must do alike. */
export function transportCases({ start, ask, failures }: Transport): void {
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
      expect(await failureOf(ask(issuer)('/jwks'))).toMatch(failures.refused)
    }
    expect((await ask(issuer)('/jwks')).status).toBe(200)
    // The request did not arrive.
    expect(issuer.requests).toHaveLength(1)
  })

  it('resets a connection after the request has arrived', async () => {
    await using issuer = await start()
    using _outage = issuer.outage({ of: 'keys', how: 'reset' })
    expect(await failureOf(ask(issuer)('/jwks'))).toMatch(failures.reset)
    expect(issuer.requestsTo('keys')).toHaveLength(1)
    expect((await ask(issuer)(METADATA)).status).toBe(200)
  })

  it('breaks an answer off in its middle', async () => {
    await using issuer = await start()
    using _outage = issuer.outage({ of: 'keys', how: 'cut' })
    const body = ask(issuer)('/jwks').then((response) => response.text())
    expect(await failureOf(body)).not.toBe('none')
  })

  it('stays silent until the caller gives up', async () => {
    await using issuer = await start()
    using _outage = issuer.outage({ of: 'keys', how: 'silent' })
    const signal = AbortSignal.timeout(20)
    expect(await failureOf(ask(issuer)('/jwks', { signal }))).toBe('TimeoutError')
  })

  it.each(['silent', 'slow', 'cut', 'reset'] as const)(
    'leaves nothing behind of a call that was given up before it failed (%s)',
    async (how) => {
      const started = await start()
      await using issuer = started
      const [begun, cleared] = [
        vi.spyOn(globalThis, 'setInterval'),
        vi.spyOn(globalThis, 'clearInterval'),
      ]
      onTestFinished(() => void vi.restoreAllMocks())
      {
        using _outage = issuer.outage({ of: 'keys', how })
        const controller = new AbortController()
        const call = ask(issuer)('/jwks', { signal: controller.signal }).then((it) => it.text())
        controller.abort()
        expect(await failureOf(call)).toBe('AbortError')
      }
      const arrived = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      const closed = Promise.withResolvers<void>()
      using _change = issuer.replaceAnswer('keys', async () => {
        arrived.resolve()
        await released.promise
        setImmediate(closed.resolve)
        return how
      })
      const controller = new AbortController()
      const call = ask(issuer)('/jwks', { signal: controller.signal })
      await arrived.promise
      controller.abort()
      expect(await failureOf(call)).toBe('AbortError')
      // Time for the other side to notice that the connection is closed. On a busy machine it notices later.
      await new Promise((resolve) => setTimeout(resolve, 20))
      released.resolve()
      await closed.promise
      await eventually(() => {
        const ended = cleared.mock.calls.map(([timer]) => timer)
        for (const { value } of begun.mock.results) expect(ended).toContain(value)
      })
    },
  )

  it('begins an answer that never ends', async () => {
    await using issuer = await start()
    using _outage = issuer.outage({ of: 'keys', how: 'slow' })
    const controller = new AbortController()
    const body = ask(issuer)('/jwks', { signal: controller.signal }).then((it) => it.text())
    setTimeout(() => controller.abort(), 60)
    expect(await failureOf(body)).toBe('AbortError')
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
}
