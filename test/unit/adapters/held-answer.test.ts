import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { watchHead } from '../../../src/adapters/head-watch.ts'
import type { HttpAnswer } from '../../../src/http/http-answer.ts'
import { listenOnLoopback } from '../../support/loopback.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const close of closing.splice(0)) await close()
})

/** Asks a server whose answers are held until the promise is settled. */
async function ask(
  pending: Promise<HttpAnswer | undefined>,
  handler: (response: ServerResponse) => unknown,
): Promise<Response> {
  const server = createServer((_request, response) => {
    watchHead(response, { headers: {}, begun: () => pending, goes: () => {} })
    void handler(response)
  })
  const { port, close } = await listenOnLoopback(server)
  closing.push(close)
  return fetch(`http://127.0.0.1:${port}`)
}

const later = (answer?: HttpAnswer): Promise<HttpAnswer | undefined> =>
  new Promise((resolve) => setTimeout(resolve, 30, answer))

describe('an answer that is held', () => {
  it('looks like one that is under way, so nobody sends another', async () => {
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

  it('lets a handler that waits for `drain` go on', async () => {
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

  it('is replaced as a whole, with whatever the handler writes later', async () => {
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

  it('is cut off with a warning where the handler made a mistake', async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const reply = ask(later(), (response) => response.writeHead(99).end())
    await expect(reply).rejects.toThrow('fetch failed')
    expect(String(emit.mock.calls[0]?.[0])).toContain('Invalid status code')
  })
})
