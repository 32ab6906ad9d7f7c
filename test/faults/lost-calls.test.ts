import { Agent, Dispatcher, Pool } from 'undici'
import { Pool as OwnPool } from 'undici/index.js'
import { describe, expect, vi } from 'vitest'
import type { HttpOptions } from '../../src/index.ts'
import { ask, eventually, refused, unavailable } from '../support/decisions.ts'
import { held, inactive } from '../support/issuers/answers.ts'
import { it } from '../support/issuers/it.ts'
import { type LocalIssuer, startIssuer } from '../support/issuers/local-issuer.ts'

const OUTAGE = unavailable('introspection_unavailable')
const SHORT = { connections: 1, timeout: 0.3, connectTimeout: 0.1 }

const gateOf = (issuer: LocalIssuer, http: HttpOptions) => issuer.introspectingGate({ http })

type Handler = Dispatcher.DispatchHandler

/** Hands each call to `first` once, and then to real connections. */
class Fake extends Dispatcher {
  readonly #agent = new Agent()
  readonly #behaviours: ((handler: Handler) => void)[]

  constructor(...behaviours: ((handler: Handler) => void)[]) {
    super()
    this.#behaviours = behaviours
  }

  override dispatch(options: Agent.DispatchOptions, handler: Handler): boolean {
    const answer = this.#behaviours.shift()
    if (answer === undefined) return this.#agent.dispatch(options, handler)
    answer(handler)
    return true
  }
}

function controller(abort: () => void): Dispatcher.DispatchController {
  return {
    rawHeaders: null,
    rawTrailers: null,
    aborted: false,
    reason: null,
    paused: false,
    abort,
    pause() {},
    resume() {},
  }
}

describe('a call that a dispatcher loses', () => {
  it.each<[string, (handler: Handler) => void]>([
    ['before it is started', () => {}],
    [
      'once it is started',
      (handler) =>
        handler.onRequestStart?.(
          controller(() => {}),
          {},
        ),
    ],
    [
      'once it is started, and whose end throws',
      (handler) => {
        const abort = () => {
          throw new Error('of somebody else’s making')
        }
        handler.onRequestStart?.(controller(abort), {})
      },
    ],
    [
      'within its answer',
      (handler) => {
        const started = controller(() => {})
        handler.onRequestStart?.(started, {})
        handler.onResponseStart?.(started, 200, {}, 'OK')
        handler.onResponseData?.(started, Buffer.from('{'))
      },
    ],
  ])('RFC7662-3: ends at its deadline, and the next call is sent: lost %s', async (_what, lose) => {
    await using issuer = await startIssuer()
    issuer.introspection.answers(inactive())
    const gate = gateOf(issuer, { ...SHORT, dispatcher: new Fake(lose) })
    expect(await ask(gate, 'lost')).toEqual(OUTAGE)
    await eventually(async () => {
      expect(await ask(gate, 'next')).toMatchObject(refused('token_inactive'))
    })
  })

  it('RFC7662-3: ends when its answer is too large, though the dispatcher does not abort it', async ({
    issuer,
  }) => {
    const tooMuch = (handler: Handler) => {
      const started = controller(() => {})
      handler.onRequestStart?.(started, {})
      handler.onResponseStart?.(started, 200, {}, 'OK')
      handler.onResponseData?.(started, Buffer.alloc(2 * 1024 * 1024))
    }
    const gate = gateOf(issuer, {
      timeout: 300,
      headersTimeout: 300,
      dispatcher: new Fake(tooMuch),
    })
    const decision = await ask(gate, 'large')
    expect(decision).toMatchObject({ status: 503, detail: expect.stringContaining('larger') })
  })

  it('RFC7662-3: has its pool replaced, so the next call is answered', async () => {
    expect(OwnPool).toBe(Pool)
    await using issuer = await startIssuer()
    issuer.introspection.answers(inactive())
    const gate = gateOf(issuer, SHORT)
    const pools = new Set<unknown>()
    const real = Pool.prototype.dispatch
    const spy = vi.spyOn(Pool.prototype, 'dispatch')
    try {
      spy.mockImplementation(function (this: Pool, options, handler) {
        pools.add(this)
        // The first pool is dead.
        return pools.size === 1 ? false : real.call(this, options, handler)
      })
      expect(await ask(gate, 'lost')).toEqual(OUTAGE)
      await eventually(async () => {
        expect(await ask(gate, 'next')).toMatchObject(refused('token_inactive'))
      })
    } finally {
      spy.mockRestore()
    }
  })
})

it('RFC7662-6: a call that its dispatcher ends twice makes room for one call only', async ({
  issuer,
}) => {
  const hanging = held(inactive())
  issuer.introspection.answers(hanging.answer)
  const twice = (handler: Handler) => {
    const started = controller(() => {})
    handler.onRequestStart?.(started, {})
    handler.onResponseError?.(started, new Error('once'))
    handler.onResponseError?.(started, new Error('twice'))
  }
  const dispatcher = new Fake(twice)
  const gate = gateOf(issuer, { connections: 1, timeout: 300, headersTimeout: 300, dispatcher })
  expect(await ask(gate, 'twice')).toEqual(OUTAGE)
  const asked = ['one', 'two'].map((token) => ask(gate, token))
  await hanging.arrived
  // Time enough for another call to arrive, were there room for it.
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(issuer.introspection.count()).toBe(1)
  hanging.release()
  await Promise.all(asked)
})
