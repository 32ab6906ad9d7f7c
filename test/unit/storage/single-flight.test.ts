import { describe, expect, it } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { digestOf } from '../../../src/storage/digest.ts'
import { leaveOnAbort, SingleFlight } from '../../../src/storage/single-flight.ts'

/** Work that ends when the test says so, and what was seen of it. */
function work() {
  const ending = Promise.withResolvers<string>()
  const signals: (AbortSignal | undefined)[] = []
  const run = (abandoned: AbortSignal | undefined) => {
    signals.push(abandoned)
    return ending.promise
  }
  return { ...ending, signals, run }
}

describe('SingleFlight', () => {
  it('RFC7662-4: runs the work once for all callers of a key, and again once it has ended', async () => {
    const flights = new SingleFlight<string>()
    const { run, resolve, signals } = work()
    const callers = [flights.run('a', run), flights.run('a', run)]
    const other = flights.run('b', async () => 'other')
    resolve('done')
    expect(await Promise.all(callers)).toEqual(['done', 'done'])
    expect(await other).toBe('other')
    await flights.run('a', run)
    expect(signals).toHaveLength(2)
  })

  it('RFC7662-6: aborts the work when the last of its callers has left', async () => {
    const flights = new SingleFlight<string>()
    const { run, signals } = work()
    const [first, second] = [new AbortController(), new AbortController()]
    const callers = [first, second].map(({ signal }) => flights.run('a', run, signal))
    first.abort(new Error('left'))
    expect(signals[0]?.aborted).toBe(false)
    second.abort(new Error('left'))
    expect(signals[0]?.aborted).toBe(true)
    for (const caller of callers) await expect(caller).rejects.toThrow('left')
  })

  it('RFC7662-6: starts nothing for a caller that has left already', async () => {
    const { run, signals } = work()
    const gone = AbortSignal.abort(new Error('left'))
    await expect(new SingleFlight<string>().run('a', run, gone)).rejects.toThrow('left')
    expect(signals).toEqual([])
  })

  it.each([
    ['a refusal stands', new ChallengeError('token_inactive', 'no'), 1],
    ['any other error makes it run again', new Error('aborted'), 2],
  ])('RFC7662-4: a caller that joins abandoned work: %s', async (_what, error, runs) => {
    const flights = new SingleFlight<string>()
    const { run, reject, signals } = work()
    const gone = new AbortController()
    const left = flights.run('a', run, gone.signal)
    gone.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    const joined = flights.run('a', run)
    reject(error)
    await expect(joined).rejects.toBe(error)
    expect(signals).toHaveLength(runs)
  })
})

describe('leaveOnAbort', () => {
  it('ends the wait, not the work', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const gone = new AbortController()
    const waiting = leaveOnAbort(promise, gone.signal)
    const staying = leaveOnAbort(promise, new AbortController().signal)
    gone.abort(new Error('left'))
    await expect(waiting).rejects.toThrow('left')
    resolve('done')
    expect(await staying).toBe('done')
  })
})

describe('digestOf', () => {
  it('S1.4 CVE-2026-35039: is the SHA-256 digest, another one for each text', () => {
    expect(digestOf('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')
    expect(new Set(['a', 'A', 'a ', 'aa'].map(digestOf)).size).toBe(4)
  })
})
