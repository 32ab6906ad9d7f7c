import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type {
  Transmitter,
  TransmitterCall,
} from '../../../../src/authorization-server/transmitter/transmitter.ts'
import { UnavailableError } from '../../../../src/errors/unavailable-error.ts'
import { parseCompactJws } from '../../../../src/jws/compact-jws.ts'
import { RefusedMessage } from '../../../../src/revocation/signed-message.ts'
import { EventPolling, POLL_TIMING } from '../../../../src/revocation/stream/event-polling.ts'
import { base64url } from '../../../support/tokens.ts'

/** What the transmitter answers: a status, a body with the status 200, or an error. */
type Reply = number | object | Error

const URL_OF_POLLS = 'https://sso.example.com/poll'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

/** An event whose signature nobody checks here. */
const eventOf = (jti: unknown) =>
  `${base64url('{"alg":"RS256"}')}.${base64url(JSON.stringify({ jti }))}.AAAA`
const setsOf = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, eventOf(id)]))

/** Polls a transmitter that gives these answers, and says afterwards that there are no events. */
function start(replies: readonly Reply[], accept: (set: string) => Promise<void> = async () => {}) {
  const left = [...replies]
  const began = performance.now()
  const calls: TransmitterCall[] = []
  const times: number[] = []
  const accepted: string[] = []
  const reports: string[] = []
  let doubts = 0
  const transmitter = {
    metadata: { urlFault: (given: string) => (given.startsWith('https') ? undefined : 'is wrong') },
    failed: (message: string, retryAfter?: number) =>
      new UnavailableError('security_events_failed', message, retryAfter ? { retryAfter } : {}),
    async call(call: TransmitterCall) {
      calls.push(call)
      times.push(performance.now() - began)
      const reply = left.shift() ?? {}
      if (reply instanceof Error) throw reply
      return typeof reply === 'number'
        ? { status: reply, value: undefined, words: `HTTP ${reply}`, retryAfter: 7 }
        : { status: 200, value: reply, words: '', retryAfter: undefined }
    },
  } as unknown as Transmitter
  const polling = new EventPolling({
    transmitter,
    events: {
      async accept(set) {
        await accept(set)
        accepted.push(JSON.parse(Buffer.from(set.split('.')[1] ?? '', 'base64url').toString()).jti)
        return { tokenId: '', repeated: false, management: [] }
      },
    },
    url: () => URL_OF_POLLS,
    onDoubt: () => {
      doubts += 1
    },
    report: ({ kind, detail }) => void reports.push(`${kind}: ${detail}`),
    timing: { interval: 1000, firstPause: 100, longestPause: 400, patience: 2000 },
  })
  polling.start()
  const bodies = () => calls.map(({ body }) => body)
  return { polling, calls, bodies, times, accepted, reports, doubts: () => doubts }
}

const none = { maxEvents: 100, returnImmediately: true, ack: [], setErrs: {} }

describe('polls', () => {
  it('POLL-1: have these pauses by default', () => {
    expect(POLL_TIMING).toEqual({
      ...{ interval: 5000, firstPause: 1000, longestPause: 60_000, patience: 60_000 },
    })
  })

  it('POLL-1: are made at the interval, at the URL of the stream', async () => {
    const { polling, calls, bodies, times, reports } = start([])
    await pass(2500)
    expect(times).toEqual([0, 1000, 2000])
    expect(bodies()).toEqual([none, none, none])
    expect(calls[0]).toMatchObject({
      to: new URL(URL_OF_POLLS),
      purpose: 'security_events',
      method: 'POST',
    })
    expect(reports).toEqual([])
    polling.close()
    await pass(5000)
    expect(times).toHaveLength(3)
    expect(calls[0]?.signal?.aborted).toBe(true)
    await expect(polling.ready()).rejects.toMatchObject({ message: 'close() was called' })
  })

  it('POLL-1: acknowledge each event once, after it was accepted', async () => {
    const { polling, bodies, accepted } = start([{ sets: setsOf('a', 'b') }])
    await pass(2500)
    expect(accepted).toEqual(['a', 'b'])
    expect(bodies()).toEqual([none, { ...none, ack: ['a', 'b'] }, none])
    polling.close()
  })

  it('POLL-1: repeat what the transmitter may not have got', async () => {
    const refuse = async (set: string) => {
      if (set === eventOf('b')) throw new RefusedMessage('request', 'bad')
    }
    const { polling, bodies, reports } = start([{ sets: setsOf('a', 'b') }, 503], refuse)
    await pass(1150)
    const setErrs = { b: { err: 'invalid_request', description: expect.any(String) } }
    const both = { ack: ['a'], setErrs }
    expect(bodies()).toEqual([none, { ...none, ...both }, { ...none, maxEvents: 50, ...both }])
    expect(reports).toEqual([
      'message_refused: a polled security event was refused: bad',
      'source_failed: HTTP 503',
      'source_back: security events can be fetched again',
    ])
    await pass(1000)
    expect(bodies().at(-1)).toEqual(none)
    polling.close()
  })

  it('POLL-1: follow at once while there is more, and something was done', async () => {
    const more = (...ids: string[]) => ({ sets: setsOf(...ids), moreAvailable: true })
    const { polling, times, accepted } = start([more('a'), more('b'), { sets: setsOf('c') }])
    await pass(0)
    expect(accepted).toEqual(['a', 'b', 'c'])
    expect(times).toEqual([0, 0, 0])
    polling.close()
    const idle = start([more(), more()])
    await pass(999)
    expect(idle.times).toEqual([0])
    idle.polling.close()
    const refused = start([more('a')], () => Promise.reject(new RefusedMessage('issuer', 'x')))
    await pass(999)
    expect(refused.times).toEqual([0, 0])
    refused.polling.close()
  })

  it('POLL-1: end in a pause after a hundred', async () => {
    const replies = Array.from({ length: 150 }, (_, at) => ({
      sets: setsOf(`${at}`),
      moreAvailable: true,
    }))
    const { polling, times } = start(replies)
    await pass(999)
    expect(times).toHaveLength(100)
    await pass(1)
    expect(times).toHaveLength(151)
    polling.close()
  })

  it('POLL-1: ask for half as many events after a failure, and for twice as many after a success', async () => {
    const { polling, bodies, times } = start([500, 500, 500, 500, 500, 500, 500, 500])
    await pass(2800)
    // Pauses of 0.1, 0.2, 0.4, 0.4 … seconds.
    expect(times.slice(0, 6)).toEqual([0, 100, 300, 700, 1100, 1500])
    expect(bodies().map((body) => body?.maxEvents)).toEqual([100, 50, 25, 12, 6, 3, 1, 1, 1])
    await pass(8000)
    expect(
      bodies()
        .slice(9)
        .map((body) => body?.maxEvents),
    ).toEqual([2, 4, 8, 16, 32, 64, 100, 100])
    polling.close()
  })

  it.each([200, 202, 204])(
    'POLL-1: of the status %d without a body have no events',
    async (status) => {
      const { polling, reports } = start([status])
      await polling.ready()
      expect(reports).toEqual([])
      polling.close()
    },
  )

  it.each<[Reply, string, number]>([
    [201, 'HTTP 201', 0],
    [404, 'HTTP 404', 1],
    [410, 'HTTP 410', 1],
    [500, 'HTTP 500', 0],
    [{ sets: 7 }, 'the poll endpoint: "sets" is not an object', 0],
    [new TypeError('a secret'), 'TypeError', 0],
    [new UnavailableError('security_events_failed', 'away'), 'away', 0],
  ])(
    'POLL-1: that fail are told once, until they succeed: %s',
    async (reply, message, expected) => {
      const { polling, reports, doubts } = start([reply, reply])
      await expect(polling.ready()).rejects.toMatchObject({
        name: 'UnavailableError',
        reason: 'security_events_failed',
        message,
      })
      expect(doubts()).toBe(expected)
      await pass(250)
      expect(reports).toEqual([`source_failed: ${message}`])
      await pass(100)
      expect(reports.slice(1)).toEqual(['source_back: security events can be fetched again'])
      polling.close()
    },
  )

  it('POLL-1: that fail in another way are told again', async () => {
    const { polling, reports } = start([500, 501, 500])
    await pass(350)
    expect(reports).toEqual(['500', '501', '500'].map((code) => `source_failed: HTTP ${code}`))
    polling.close()
  })

  it.each<[URL | string | undefined, string | undefined]>([
    [undefined, 'the poll endpoint is not known yet'],
    ['http://a/', '"endpoint_url" of the stream is wrong'],
    [new URL('http://a/'), undefined],
  ])('POLL-1: are made only at a URL that may be called: %s', async (url, fault) => {
    const polling = new EventPolling({
      transmitter: {
        metadata: { urlFault: () => 'is wrong' },
        failed: (message: string) => new UnavailableError('security_events_failed', message),
        call: async () => ({ status: 204 }),
      } as unknown as Transmitter,
      events: { accept: () => Promise.reject(new Error('there is none')) },
      url: () => url,
      report: () => {},
    })
    if (fault === undefined) await polling.ready()
    else await expect(polling.ready()).rejects.toThrow(fault)
    polling.close()
  })

  it('POLL-1: of a stream that was set up by hand have nobody to tell of a doubt', async () => {
    const statuses = [404, 200, 200]
    const reports: string[] = []
    const polling = new EventPolling({
      transmitter: {
        failed: (message: string) => new UnavailableError('security_events_failed', message),
        call: async () => ({
          status: statuses.shift(),
          value: { sets: setsOf('a') },
          words: 'HTTP 404',
        }),
      } as unknown as Transmitter,
      events: { accept: () => Promise.reject(new RefusedMessage('audience', 'wrong')) },
      url: () => new URL(URL_OF_POLLS),
      report: ({ detail }) => void reports.push(detail),
    })
    await expect(polling.ready()).rejects.toMatchObject({ message: 'HTTP 404' })
    await polling.ready()
    expect(reports).toEqual(['HTTP 404', 'security events can be fetched again'])
    polling.close()
  })

  it('POLL-1: that are closed meanwhile tell nothing', async () => {
    const accept = Promise.withResolvers<void>()
    const { polling, reports, times } = start(
      [{ sets: setsOf('a'), moreAvailable: true }],
      () => accept.promise,
    )
    await pass(10)
    polling.close()
    accept.reject(new Error('late'))
    await pass(5000)
    expect([reports, times]).toEqual([[], [0]])
    const again = start([{ sets: setsOf('a'), moreAvailable: true }], async () =>
      again.polling.close(),
    )
    await pass(5000)
    expect(again.times).toEqual([0])
  })
})

describe('a polled event', () => {
  it.each<[string, unknown, string]>([
    ['a number', 7, 'it is not a string'],
    ['an event of another id', eventOf('b'), '"jti" is "b", its name is "a"'],
    ['an event without an id', eventOf(undefined), '"jti" is nothing, its name is "a"'],
  ])('POLL-1: is refused: %s', async (_what, set, why) => {
    const { polling, bodies, reports, accepted } = start([{ sets: { a: set } }])
    await pass(1000)
    expect(reports).toEqual([`message_refused: a polled security event was refused: ${why}`])
    expect(bodies()[1]?.setErrs).toMatchObject({ a: { err: 'invalid_request' } })
    expect(accepted).toEqual([])
    polling.close()
  })

  it('POLL-1: that is no JWS is refused, with the reason of the parser', async () => {
    const { polling, reports } = start([{ sets: { a: 'x' } }])
    await pass(0)
    let expected = 'no error'
    try {
      parseCompactJws('x')
    } catch (error) {
      expected = (error as Error).message
    }
    expect(reports).toEqual([`message_refused: a polled security event was refused: ${expected}`])
    polling.close()
  })

  it.each(['key', 'audience'] as const)(
    'POLL-1: with a wrong %s is refused only after its patience',
    async (fault) => {
      const replies = [0, 1, 2, 3].map(() => ({ sets: setsOf('a') }))
      const refuse = () => Promise.reject(new RefusedMessage(fault, 'wrong'))
      const { polling, bodies, reports, doubts } = start(replies, refuse)
      await pass(1999)
      expect(reports).toEqual([])
      expect(doubts()).toBe(fault === 'audience' ? 2 : 0)
      await pass(1)
      expect(reports).toEqual(['message_refused: a polled security event was refused: wrong'])
      // Sent once more, it has its whole patience again.
      await pass(1000)
      expect(reports).toHaveLength(1)
      expect(bodies()[3]?.setErrs).toMatchObject({ a: { err: `invalid_${fault}` } })
      polling.close()
    },
  )

  it('POLL-1: that was away meanwhile has its whole patience again', async () => {
    const there = { sets: setsOf('a') }
    const refuse = () => Promise.reject(new RefusedMessage('key', 'wrong'))
    const { polling, reports } = start([there, {}, there, there], refuse)
    await pass(3000)
    expect(reports).toEqual([])
    polling.close()
  })

  it('POLL-1: that gets good, and comes again, has its whole patience', async () => {
    const there = { sets: setsOf('a') }
    let turn = 0
    const { polling, reports } = start([there, there, there, there], async () => {
      turn += 1
      if (turn !== 2) throw new RefusedMessage('key', 'wrong')
    })
    await pass(3000)
    expect(reports).toEqual([])
    polling.close()
  })

  it('POLL-1: that cannot be judged leaves the events before it acknowledged', async () => {
    const { polling, bodies, reports } = start([{ sets: setsOf('a', 'b') }], async (set) => {
      if (set === eventOf('b')) throw new UnavailableError('shared_store_failed', 'away')
    })
    await pass(100)
    expect(reports.slice(0, 1)).toEqual(['source_failed: away'])
    expect(bodies()[1]).toEqual({ ...none, maxEvents: 50, ack: ['a'] })
    polling.close()
  })
})
