import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isEventStream } from '../../../src/adapters/ending-stream.ts'
import { fetchGate } from '../../../src/adapters/fetch.ts'
import { after as inSeconds } from '../../../src/adapters/stream-life.ts'
import {
  NOW,
  type Overrides,
  RESOURCE,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const good = await signToken()
const _lasting = await signToken({ claims: { exp: NOW + 100 * 86_400 } })

beforeEach(
  () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }),
)
afterEach(() => void vi.useRealTimers())

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A handler's stream, in the test's hand. */
function source() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const cancelled: unknown[] = []
  const stream = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given
    },
    cancel(reason) {
      cancelled.push(reason)
    },
  })
  return {
    stream,
    cancelled,
    send: (text: string) => controller?.enqueue(encoder.encode(text)),
    end: () => controller?.close(),
    fail: (error: unknown) => controller?.error(error),
  }
}

/** The answer of a guarded handler that streams. */
async function stream(
  options: Overrides = {},
  { token = good, type = 'text/event-stream', elapsed = 0 } = {},
) {
  const events = source()
  const handle = fetchGate(testResourceServer(options), async () => {
    if (elapsed > 0) await vi.advanceTimersByTimeAsync(elapsed * 1000)
    return new Response(events.stream, {
      status: 201,
      headers: { 'content-type': type, 'x-own': 'kept' },
    })
  })
  const headers = { authorization: `Bearer ${token}` }
  const response = await handle(new Request(RESOURCE, { headers }))
  const reader = response.body?.getReader() ?? expect.fail('no body')
  const next = async () => {
    const { done, value } = await reader.read()
    return done ? 'the end' : decoder.decode(value)
  }
  return { ...events, response, reader, next }
}

const forward = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000)

/** Whether something has come to an end by now, however it ended. */
async function settled(work: Promise<unknown>): Promise<boolean> {
  let over = false
  const note = () => {
    over = true
  }
  work.then(note, note)
  await vi.advanceTimersByTimeAsync(0)
  return over
}

describe('an event stream', () => {
  it('MCP-26: ends 30 s after its token expires, and cancels its source with the reason', async () => {
    const { send, next, cancelled, response } = await stream()
    send('data: 1\n\n')
    expect(await next()).toBe('data: 1\n\n')
    await forward(329.9)
    send('data: 2\n\n')
    expect(await next()).toBe('data: 2\n\n')
    const last = next()
    expect(await settled(last)).toBe(false)
    await forward(0.2)
    expect(await settled(last)).toBe(true)
    expect(await last).toBe('the end')
    expect(cancelled).toEqual(['the access token has expired'])
    expect([response.status, response.headers.get('x-own')]).toEqual([201, 'kept'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('MCP-26: the seconds that the handler needed are subtracted', async () => {
    const { next } = await stream({}, { elapsed: 200 })
    const last = next()
    await forward(129.9)
    expect(await settled(last)).toBe(false)
    await forward(0.2)
    expect(await settled(last)).toBe(true)
  })

  it('MCP-26: a response of another media type is not ended', async () => {
    for (const type of ['application/json', 'text/plain', 'text/event', '']) {
      const { next } = await stream({}, { type })
      expect(vi.getTimerCount()).toBe(0)
      const last = next()
      await forward(331)
      expect(await settled(last)).toBe(false)
    }
  })

  it('MCP-26: a stream that the handler ends leaves no timer', async () => {
    const { next, send, end } = await stream()
    send('data: 1\n\n')
    end()
    expect([await next(), await next()]).toEqual(['data: 1\n\n', 'the end'])
    expect(vi.getTimerCount()).toBe(0)
    await forward(331)
  })

  it('MCP-26: a stream that its reader cancels cancels the source, and leaves no timer', async () => {
    const { reader, cancelled, send } = await stream()
    // What nobody has read yet: then nobody waits for more, who would notice the end.
    send('data: 1\n\n')
    await forward(0)
    await reader.cancel('gone')
    expect(cancelled).toEqual(['gone'])
    expect(vi.getTimerCount()).toBe(0)
    await forward(331)
    expect(cancelled).toEqual(['gone'])
  })

  it('MCP-26: a stream that fails rejects the read, and its timer does nothing', async () => {
    const { next, fail } = await stream()
    const failed = next()
    fail(new Error('of the handler'))
    await expect(failed).rejects.toThrow('of the handler')
    // What a timer throws ends the process.
    await forward(331)
    expect(vi.getTimerCount()).toBe(0)
  })

  /** The answer of a handler that streams this body. */
  const streaming = async (body: ReadableStream | null, method = 'GET') => {
    const init = { headers: { 'content-type': 'text/event-stream' } }
    const handle = fetchGate(testResourceServer(), () => new Response(body, init))
    const headers = { authorization: `Bearer ${good}` }
    return handle(new Request(RESOURCE, { method, headers }))
  }

  it('MCP-26: a stream ends also where its source rejects when it is cancelled', async () => {
    const body = new ReadableStream({ cancel: () => Promise.reject(new Error('of the source')) })
    const text = (await streaming(body)).text()
    await forward(331)
    expect(await text).toBe('')
  })

  it('MCP-26: a source is read no faster than the reader reads', async () => {
    let pulled = 0
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      pulled += 1
      controller.enqueue(encoder.encode('data\n'))
    }
    const response = await streaming(new ReadableStream({ pull }, { highWaterMark: 0 }))
    await forward(10)
    expect(pulled).toBeLessThan(3)
    await response.body?.cancel()
  })

  it('MCP-26: an answer without a body stays without one, and starts no timer', async () => {
    expect((await streaming(null, 'HEAD')).body).toBeNull()
    expect(vi.getTimerCount()).toBe(0)
  })
})

const DAY = 86_400

describe('after', () => {
  it('MCP-26: runs once its seconds are over, and once only', async () => {
    const run = vi.fn()
    inSeconds(1.5, run)
    await forward(1.4)
    expect(run).not.toHaveBeenCalled()
    await forward(0.2)
    await forward(1000)
    expect(run).toHaveBeenCalledOnce()
  })

  it('MCP-26: does not run once it is cancelled', async () => {
    const run = vi.fn()
    const callOff = inSeconds(1, run)
    callOff()
    callOff()
    await forward(10)
    expect(run).not.toHaveBeenCalled()
  })

  it.each([0, -1, -1e9])('MCP-26: runs soon with %d seconds', async (seconds) => {
    const run = vi.fn()
    inSeconds(seconds, run)
    expect(run).not.toHaveBeenCalled()
    await forward(0.001)
    expect(run).toHaveBeenCalledOnce()
  })

  it.each([2 ** 31 / 1000, 1e9, Number.MAX_SAFE_INTEGER])(
    'MCP-26: does not run at once with %d seconds, more than a timer knows',
    (seconds) => {
      const timer = vi.spyOn(globalThis, 'setTimeout')
      const callOff = inSeconds(seconds, () => {})
      // Node takes what is longer for 1 ms.
      expect(timer.mock.calls[0]?.[1]).toBe(2 ** 31 - 1)
      callOff()
      timer.mockRestore()
    },
  )

  it('MCP-26: runs after 60 days, though one timer reaches only 25 days', async () => {
    const run = vi.fn()
    inSeconds(60 * DAY, run)
    await forward(60 * DAY - 1)
    expect(run).not.toHaveBeenCalled()
    await forward(1)
    expect(run).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('MCP-26: can be cancelled after 30 of 60 days', async () => {
    const run = vi.fn()
    const callOff = inSeconds(60 * DAY, run)
    await forward(30 * DAY)
    callOff()
    expect(vi.getTimerCount()).toBe(0)
    await forward(60 * DAY)
    expect(run).not.toHaveBeenCalled()
  })

  it('MCP-26: keeps no process alive', () => {
    vi.useRealTimers()
    const timer = vi.spyOn(globalThis, 'setTimeout')
    const callOff = inSeconds(1000, () => {})
    const made = timer.mock.results[0]?.value as NodeJS.Timeout | undefined
    expect(made?.hasRef()).toBe(false)
    callOff()
    timer.mockRestore()
  })

  it('MCP-26: works where `setTimeout` returns a number, which has no `unref`', () => {
    const timer = vi.spyOn(globalThis, 'setTimeout').mockReturnValue(7 as never)
    expect(() => inSeconds(1, () => {})).not.toThrow()
    timer.mockRestore()
  })
})

describe('isEventStream', () => {
  it.each(['text/event-stream', 'text/event-stream;charset=utf-8', 'Text/Event-Stream ; a=b'])(
    'MCP-26: %s is an event stream',
    (type) => expect(isEventStream(type)).toBe(true),
  )

  it.each([
    undefined,
    null,
    5,
    [],
    '',
    'application/json',
    'text/event-streams',
    'x text/event-stream',
  ])('MCP-26: %j is no event stream', (type) => expect(isEventStream(type)).toBe(false))
})
