import { tracingChannel } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { createBoundedCache } from '../../../src/storage/bounded-cache.ts'
import { type CurrentRequest, withinRequest } from '../../../src/telemetry/current-request.ts'
import { VERIFICATION_TRACE, type VerificationTrace } from '../../../src/telemetry/traces.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import { CachedVerification } from '../../../src/verification/cached-verification.ts'
import type { TokenVerification } from '../../../src/verification/verification.ts'
import { clock, VERIFIED } from '../../support/tokens.ts'

const traces = tracingChannel<object, VerificationTrace>(VERIFICATION_TRACE)
const seen: [string, VerificationTrace][] = []
const noted = (what: string) => (trace: unknown) =>
  void seen.push([what, trace as VerificationTrace])
const [onStart, onEnd] = [noted('start'), noted('end')]

/** A cache over a verification that the test ends. A result counts for `maxAge` seconds. */
function cache({ maxAge = 60 } = {}) {
  const verify = vi.fn<TokenVerification['verify']>(async () => ({
    token: VERIFIED,
    keyId: 'key-1',
    maxAge,
  }))
  const cached = new CachedVerification(
    { verify, stillTrusts: () => true },
    {
      store: createBoundedCache(10, clock),
      negativeMaxAge: 5,
      negativeMaxEntries: 10,
      clockTolerance: 5,
      clock,
    },
  )
  /** Verifies the token as part of a request with this id, and returns what the request learns. */
  const ask = async (correlationId: string, text = 'a'): Promise<CurrentRequest> => {
    const request: CurrentRequest = { correlationId }
    await withinRequest(request, async () => cached.verify(new PresentedToken(text), {})).catch(
      () => {},
    )
    return request
  }
  return { ask, cached, verify }
}

describe('the event of a request', () => {
  it('says whether its verification came from the cache', async () => {
    const { ask } = cache()
    expect((await ask('1')).cache).toBe('miss')
    expect((await ask('2')).cache).toBe('hit')
    expect((await ask('3', 'b')).cache).toBe('miss')
  })

  it('RFC7662-4: says it of a token that is known to be inactive', async () => {
    const { ask, verify } = cache()
    verify.mockRejectedValue(new ChallengeError('token_inactive', 'gone'))
    expect((await ask('1')).cache).toBe('miss')
    expect((await ask('2')).cache).toBe('hit')
    expect(verify).toHaveBeenCalledOnce()
  })
})

describe('the trace of a verification', () => {
  beforeEach(() => {
    seen.length = 0
    traces.start.subscribe(onStart)
    traces.asyncEnd.subscribe(onEnd)
  })
  afterEach(() => {
    traces.start.unsubscribe(onStart)
    traces.asyncEnd.unsubscribe(onEnd)
  })

  it('has the id of the request that began it; a request that waits for it names it', async () => {
    const { ask } = cache()
    const [first, second] = await Promise.all([ask('1'), ask('2')])
    expect(seen).toEqual([
      ['start', { correlationId: '1' }],
      ['end', { correlationId: '1' }],
    ])
    expect(first?.joined).toBeUndefined()
    expect(second?.joined).toBe(seen[0]?.[1])
    expect(second?.cache).toBe('miss')
  })

  it('is of one token: a request with another token waits for none', async () => {
    const { ask } = cache()
    const [, other] = await Promise.all([ask('1'), ask('2', 'b')])
    expect(other?.joined).toBeUndefined()
    expect(seen).toHaveLength(4)
  })

  it.each([
    ['succeeds', undefined],
    ['fails', new ChallengeError('signature_invalid', 'no')],
  ])('is over when the verification %s: a later request begins its own', async (_how, error) => {
    const { ask, verify } = cache({ maxAge: 0 })
    if (error !== undefined) verify.mockRejectedValue(error)
    expect((await ask('1')).joined).toBeUndefined()
    expect((await ask('2')).joined).toBeUndefined()
    expect(seen.map(([what, { correlationId }]) => `${what} ${correlationId}`)).toEqual([
      'start 1',
      'end 1',
      'start 2',
      'end 2',
    ])
    expect(seen[1]?.[1].reason).toBe(error?.reason)
  })

  it('needs no request: tokens that are verified without one share it too', async () => {
    const { cached, verify } = cache()
    const presented = new PresentedToken('a')
    const results = await Promise.all([cached.verify(presented, {}), cached.verify(presented, {})])
    expect(results).toMatchObject([{ token: VERIFIED }, { token: VERIFIED }])
    expect(verify).toHaveBeenCalledOnce()
    expect(seen).toEqual([
      ['start', { correlationId: undefined }],
      ['end', { correlationId: undefined }],
    ])
  })
})

it('without a listener, no request names the verification that it waits for', async () => {
  const { ask } = cache()
  const [first, second] = await Promise.all([ask('1'), ask('2')])
  expect([first?.joined, second?.joined]).toEqual([undefined, undefined])
})
