import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RegisteredStreams } from '../../../../src/revocation/stream/registered-streams.ts'
import { StreamVerification } from '../../../../src/revocation/stream/stream-verification.ts'

type Answer = number | undefined | Error | Promise<never>

const MISSING =
  'no verification event has arrived: the transmitter cannot reach this server, or the events of the stream arrive elsewhere'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A verification whose requests get these answers; later ones are accepted. */
function start(answers: readonly Answer[] = []) {
  const left = [...answers]
  const began = performance.now()
  const asked: number[] = []
  const states = new Set<string>()
  const told: string[] = []
  let verified = 0
  const streams = {
    async verify(streamId: string, state: string) {
      asked.push(performance.now() - began)
      states.add(`${streamId} ${state}`)
      const answer = left.shift()
      if (answer instanceof Error) throw answer
      return await answer
    },
  } as unknown as RegisteredStreams
  const verification = new StreamVerification({
    streams,
    streamId: 'a',
    timing: { firstVerification: 1000, verificationWait: 4000, longestPause: 8000 },
    onMissing: (detail) => void told.push(detail),
    onVerified: () => {
      verified += 1
    },
  })
  verification.start()
  return { verification, asked, states, told, verified: () => verified }
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

describe('the verification of a stream', () => {
  it('SSF-1: asks with one random state and growing pauses, and says once that no event has come', async () => {
    const { verification, asked, states, told } = start()
    await pass(999)
    expect(asked).toEqual([])
    await pass(1)
    expect(asked).toEqual([1000])
    await pass(6999)
    expect(told).toEqual([])
    await pass(1)
    // After 1, 2, 4, 8 and 8 seconds. The event is missing 4 seconds after the first request.
    expect(told).toEqual([MISSING])
    await pass(16_000)
    expect(asked).toEqual([1000, 2000, 4000, 8000, 16_000, 24_000])
    expect(told).toEqual([MISSING])
    expect([...states]).toEqual([expect.stringMatching(/^a [0-9a-f-]{36}$/)])
    verification.close()
    await pass(60_000)
    expect(asked).toHaveLength(6)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('SSF-1: ends when an event has arrived, and tells so once', async () => {
    const { verification, asked, told, verified } = start()
    await pass(1500)
    expect(verification.verified).toBe(false)
    verification.arrived()
    verification.arrived()
    expect(verification.verified).toBe(true)
    await pass(60_000)
    expect([asked, told, verified()]).toEqual([[1000], [], 1])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('SSF-1: does not ask if an event arrives before', async () => {
    const { verification, asked, verified } = start()
    verification.arrived()
    await pass(60_000)
    expect([asked, verified()]).toEqual([[], 1])
  })

  it('SSF-1: an event that arrives after close() changes nothing', async () => {
    const { verification, asked, verified } = start()
    verification.close()
    verification.arrived()
    await pass(60_000)
    expect([asked, verified(), verification.verified]).toEqual([[], 0, false])
  })

  it.each<[string, Answer, readonly number[]]>([
    ['earlier than it would', 0.5, [1000, 2000, 4000]],
    ['later', 3, [1000, 4000, 6000]],
  ])('SSF-1: asks when the transmitter lets it: %s', async (_what, answer, expected) => {
    const { verification, asked } = start([answer])
    await pass(6500)
    expect(asked).toEqual(expected)
    verification.close()
  })

  it('SSF-1: an event is missing when its time is over, to the millisecond', async () => {
    const { verification, told } = start([4])
    await pass(4999)
    expect(told).toEqual([])
    await pass(1)
    expect(told).toEqual([MISSING])
    verification.close()
  })

  it('SSF-1: a fault that is over is not told again', async () => {
    const { verification, told } = start([new Error('one')])
    await pass(4500)
    expect(told).toEqual(['one'])
    verification.close()
  })

  it('SSF-1: tells each fault once, until there is another one', async () => {
    const [one, other] = [new Error('one'), new Error('other')]
    const { verification, told } = start([one, one, other, one])
    await pass(1000)
    expect(told).toEqual(['one'])
    await pass(3000)
    expect(told).toEqual(['one', 'other'])
    await pass(4000)
    expect(told).toEqual(['one', 'other', 'one'])
    await pass(8000)
    expect(told).toEqual(['one', 'other', 'one', MISSING])
    verification.close()
  })

  it.each(['arrived', 'close'] as const)(
    'SSF-1: a fault after the end is not told: %s',
    async (end) => {
      const answer = Promise.withResolvers<never>()
      const { verification, told, asked } = start([answer.promise])
      await pass(1500)
      verification[end]()
      answer.reject(new Error('late'))
      await pass(60_000)
      expect([asked, told]).toEqual([[1000], []])
    },
  )
})
