import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { watchHead } from '../../../src/adapters/head-watch.ts'
import type { HttpAnswer } from '../../../src/http/http-answer.ts'
import { listenOnLoopback } from '../../support/loopback.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const close of closing.splice(0)) await close()
})

type Pending = Promise<HttpAnswer | undefined>

/** Asks a server whose answers are held until the promise is settled. */
function ask(pending: Pending, handler: (response: ServerResponse) => unknown): Promise<Response> {
  return askGuards([() => pending], handler)
}

/** Asks a server with several guards, the outermost first. */
async function askGuards(
  guards: readonly (() => Pending | HttpAnswer | undefined)[],
  handler: (response: ServerResponse) => unknown,
): Promise<Response> {
  const server = createServer((_request, response) => {
    for (const begun of guards) watchHead(response, { headers: {}, begun, goes: () => {} })
    void handler(response)
  })
  const { port, close } = await listenOnLoopback(server)
  closing.push(close)
  return fetch(`http://127.0.0.1:${port}`)
}

/** Two members of Node's responses that are not documented. Middleware uses them. */
interface Implicit {
  readonly _header: string | null
  _implicitHeader(): void
}

const later = (answer?: HttpAnswer): Promise<HttpAnswer | undefined> =>
  new Promise((resolve) => setTimeout(resolve, 30, answer))

describe('a head that Node refuses', () => {
  it('is followed by a head that is watched too', async () => {
    const begun = vi.fn(() => undefined)
    const goes = vi.fn()
    const server = createServer((_request, response) => {
      watchHead(response, { headers: {}, begun, goes })
      expect(() => response.writeHead(200, { 'x-bad': 'two\nlines' })).toThrow('Invalid character')
      response.writeHead(201, { 'content-type': 'text/event-stream' }).end('data: a\n\n')
    })
    const { port, close } = await listenOnLoopback(server)
    closing.push(close)
    expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(201)
    expect(begun.mock.calls.at(-1)).toEqual([201, [{ 'content-type': 'text/event-stream' }]])
    expect(goes.mock.calls.at(-1)).toEqual([[{ 'content-type': 'text/event-stream' }]])
  })
})

describe('an answer that is held', () => {
  it('reports headersSent, so no second response is sent', async () => {
    const seen: boolean[] = []
    const reply = await ask(later(), (response) => {
      seen.push(response.headersSent)
      response.write('a')
      seen.push(response.headersSent, response.writableEnded)
      response.end('b')
      seen.push(response.headersSent, response.writableEnded)
    })
    expect(await reply.text()).toBe('ab')
    expect(seen).toEqual([false, true, false, true, true])
  })

  it('emits `drain` for a handler that waits for it', async () => {
    const reply = await ask(later(), async (response) => {
      response.writeHead(201, { 'x-own': 'yes' })
      for (const piece of ['a', 'b', 'c']) {
        if (!response.write(piece)) await once(response, 'drain')
      }
      response.end()
    })
    expect([reply.status, reply.headers.get('x-own')]).toEqual([201, 'yes'])
    expect(await reply.text()).toBe('abc')
  })

  it('lets a handler go on that listens to the stream of a compressing middleware', async () => {
    const server = createServer((_request, response) => {
      const { write, end, on } = response
      const compressing = new PassThrough()
      compressing.on('data', (chunk) => write.call(response, chunk, 'utf8'))
      compressing.on('end', () => end.call(response, '', 'utf8'))
      response.write = ((chunk: unknown) => compressing.write(chunk)) as never
      response.end = (() => compressing.end()) as never
      response.on = ((name: string, listener: () => void) =>
        name === 'drain'
          ? compressing.on('drain', listener)
          : Reflect.apply(on, response, [name, listener])) as never
      watchHead(response, { headers: {}, begun: () => later(), goes: () => {} })
      Readable.from(['a', 'b', 'c']).pipe(response)
    })
    const { port, close } = await listenOnLoopback(server)
    closing.push(close)
    const reply = await fetch(`http://127.0.0.1:${port}`)
    expect(await reply.text()).toBe('abc')
  })

  it('has one head, also if middleware sends it again because `_header` is not set', async () => {
    const reply = await ask(later(), (response) => {
      const { end } = response
      // As `express-session` does, and `compression` before its version 1.8.
      response.end = ((chunk: unknown) => {
        const { _header, _implicitHeader } = response as unknown as Implicit
        if (!_header) _implicitHeader.call(response)
        return end.call(response, chunk, 'utf8')
      }) as never
      response.writeHead(201, { 'x-own': 'yes' }).end('a')
    })
    expect([reply.status, reply.headers.get('x-own')]).toEqual([201, 'yes'])
    expect(await reply.text()).toBe('a')
  })

  it('is replaced, and later writes of the handler are dropped', async () => {
    const instead = { status: 503, headers: { 'Retry-After': '5' }, body: 'no' }
    const reply = await ask(later(instead), async (response) => {
      response.setHeader('mcp-session-id', 's1')
      response.write('a')
      await later()
      await later()
      response.write('b')
      response.end('c')
    })
    expect([reply.status, reply.headers.get('mcp-session-id')]).toEqual([503, null])
    expect(await reply.text()).toBe('no')
  })

  it('is dropped where the caller has left', async () => {
    const ended = Promise.withResolvers<void>()
    const reply = ask(
      ended.promise.then(() => undefined),
      (response) => {
        response.end('a')
        response.destroy()
        ended.resolve()
      },
    )
    await expect(reply).rejects.toThrow('fetch failed')
  })

  it('is aborted with a warning when the handler writes an invalid status', async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const reply = ask(later(), (response) => response.writeHead(99).end())
    await expect(reply).rejects.toThrow('fetch failed')
    expect(String(emit.mock.calls[0]?.[0])).toContain('Invalid status code')
  })
})

describe('an answer that two guards hold', () => {
  it('is watched by both, also if middleware between them has replaced `write` and `end`', async () => {
    const begun = { outer: vi.fn(() => later()), inner: vi.fn(() => later()) }
    const server = createServer((_request, response) => {
      watchHead(response, { headers: {}, begun: begun.outer, goes: () => {} })
      const { write, end } = response
      const louder = (chunk: unknown) => String(chunk).toUpperCase()
      response.write = ((chunk: unknown) => write.call(response, louder(chunk), 'utf8')) as never
      response.end = ((chunk: unknown) => end.call(response, louder(chunk), 'utf8')) as never
      watchHead(response, { headers: {}, begun: begun.inner, goes: () => {} })
      response.write('a')
      response.end('b')
    })
    const { port, close } = await listenOnLoopback(server)
    closing.push(close)
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('AB')
    expect([begun.outer.mock.calls.length, begun.inner.mock.calls.length]).toEqual([1, 1])
  })

  const INSTEAD: HttpAnswer = { status: 503, headers: { 'Retry-After': '5' }, body: 'no' }

  it('goes out whole, and each guard sees its head once', async () => {
    const outer = vi.fn(() => later())
    const inner = vi.fn(() => later())
    const reply = await askGuards([outer, inner], async (response) => {
      response.writeHead(201, { 'x-own': 'yes' })
      for (const piece of ['a', 'b', 'c']) {
        if (!response.write(piece)) await once(response, 'drain')
      }
      response.end('d')
    })
    expect([reply.status, reply.headers.get('x-own')]).toEqual([201, 'yes'])
    expect(await reply.text()).toBe('abcd')
    expect([outer.mock.calls.length, inner.mock.calls.length]).toEqual([1, 1])
  })

  it.each([
    ['the outer one', () => later(INSTEAD), () => later()],
    ['the inner one', () => later(), () => later(INSTEAD)],
    ['both', () => later(INSTEAD), () => later(INSTEAD)],
    ['the inner one at once', () => later(), () => INSTEAD],
  ])('is replaced by %s, with whatever the handler writes later', async (_who, outer, inner) => {
    const reply = await askGuards([outer, inner], async (response) => {
      response.writeHead(200, { 'mcp-session-id': 's1' })
      response.write('a')
      for (let step = 0; step < 4; step += 1) {
        await later()
        response.write('b')
      }
      response.end('c')
    })
    expect([reply.status, reply.headers.get('mcp-session-id')]).toEqual([503, null])
    expect(await reply.text()).toBe('no')
  })

  it('takes nothing more once the inner guard has replaced it', async () => {
    const stored = later()
    const onError = vi.fn()
    const reply = await askGuards([() => stored, () => INSTEAD], async (response) => {
      response.on('error', onError)
      response.end('a')
      await stored
      // In the turn in which the outer guard lets the answer go.
      response.end('b')
    })
    expect(await reply.text()).toBe('no')
    expect(onError).not.toHaveBeenCalled()
  })
})
