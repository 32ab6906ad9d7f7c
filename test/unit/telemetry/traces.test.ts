import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it } from 'vitest'
import { currentRequest } from '../../../src/telemetry/current-request.ts'
import { DECISION_CHANNEL, type DecisionEvent } from '../../../src/telemetry/events.ts'
import { requestsObserved } from '../../../src/telemetry/run-traces.ts'
import {
  OUTBOUND_TRACE,
  type OutboundTrace,
  REQUEST_TRACE,
  type RequestTrace,
  VERIFICATION_TRACE,
} from '../../../src/telemetry/traces.ts'
import { createCachedVerifier } from '../../../src/verification/cached-verifier.ts'
import { bearer, ISSUER, signToken, testResourceServer } from '../../support/tokens.ts'

const NAMES = {
  request: REQUEST_TRACE,
  verification: VERIFICATION_TRACE,
  call: OUTBOUND_TRACE,
} as const

/** Writes down the events of all three traces, in order. */
function listen() {
  const events: { readonly what: string; readonly message: unknown }[] = []
  const undo = Object.entries(NAMES).map(([name, channelName]) => {
    const channel = tracingChannel(channelName)
    const on = (event: string) => (message: unknown) =>
      void events.push({ what: `${name} ${event}`, message })
    const handlers = {
      start: on('start'),
      end: on('end'),
      asyncStart: on('asyncStart'),
      asyncEnd: on('asyncEnd'),
      error: on('error'),
    }
    channel.subscribe(handlers)
    return () => void channel.unsubscribe(handlers)
  })
  return {
    events,
    stop: () => {
      for (const one of undo) one()
    },
  }
}

let stop = (): void => {}
afterEach(() => {
  stop()
  stop = () => {}
})

const jwt = await signToken()

/** A resource server whose authorization server answers each introspection with this. */
function introspecting(answer: () => Response) {
  return testResourceServer({
    authorizationServer: {
      issuer: ISSUER,
      verification: 'introspection',
      introspection: {
        clientId: 'mcp',
        clientSecret: 's3cr3t',
        endpoint: 'https://sso.example.com/introspect',
      },
    },
    http: { fetch: async () => answer() },
  })
}

describe('the traces of a request', () => {
  it('nest: the call lies within the verification, the verification within the request', async () => {
    const heard = listen()
    stop = heard.stop
    const server = introspecting(() => Response.json({ active: false }))
    const decision = await server.authenticate(bearer('opaque'))
    expect(decision.outcome).toBe('challenged')
    const whats = heard.events.map(({ what }) => what)
    expect(whats.filter((what) => /start$|asyncEnd/.test(what))).toEqual([
      'request start',
      'verification start',
      'call start',
      'call asyncEnd',
      'verification asyncEnd',
      'request asyncEnd',
    ])
    // A refused token is an error of the verification, and an ordinary decision of the request.
    expect(whats).toContain('verification error')
    expect(whats).not.toContain('request error')

    const of = (what: string) => heard.events.find((event) => event.what === what)?.message
    const trace = of('request asyncEnd') as RequestTrace
    expect(trace.correlationId).toBe(decision.correlationId)
    expect(trace.decision).toMatchObject({ outcome: 'challenged', reason: 'token_inactive' })
    const call = of('call asyncEnd') as OutboundTrace
    expect(call).toMatchObject({
      correlationId: decision.correlationId,
      purpose: 'introspection',
      call: { status: 200, correlationId: decision.correlationId },
    })
  })

  it('let a subscriber carry a context of its own down to the call', async () => {
    const spans = new AsyncLocalStorage<string>()
    const requests = tracingChannel(REQUEST_TRACE)
    const calls = tracingChannel(OUTBOUND_TRACE)
    requests.start.bindStore(spans, () => 'the span of the request')
    const seen: unknown[] = []
    const onStart = (): void => void seen.push(spans.getStore())
    calls.start.subscribe(onStart)
    stop = () => {
      requests.start.unbindStore(spans)
      calls.start.unsubscribe(onStart)
    }
    await introspecting(() => Response.json({ active: false })).authenticate(bearer('opaque'))
    expect(seen).toEqual(['the span of the request'])
  })

  it('tell of an outage as an error of the call', async () => {
    const heard = listen()
    stop = heard.stop
    const server = introspecting(() => {
      throw new TypeError('the wire is cut')
    })
    expect((await server.authenticate(bearer('opaque'))).outcome).toBe('unavailable')
    expect(heard.events.map(({ what }) => what)).toContain('call error')
  })

  it('hold no answer of an authorization server, and no words of an error', async () => {
    const heard = listen()
    stop = heard.stop
    const token = 'opaque-t0ken-of-a-caller'
    const answer = { active: false, echo: 'an answer that may be a token' }
    await introspecting(() => Response.json(answer)).authenticate(bearer(token))
    const failing = testResourceServer({
      verifier: createCachedVerifier({
        async verify(text) {
          throw new TypeError(`cannot use ${text}`, { cause: new Error(text) })
        },
      }),
    })
    expect((await failing.authenticate(bearer(token))).outcome).toBe('unavailable')
    await expect(failing.verify(token)).rejects.toThrow('[token]')

    const failures = heard.events.filter(({ what }) => what === 'verification error')
    const errors = failures.map(({ message }) => (message as { error: Error }).error)
    expect(errors.map(({ name, message }) => [name, message])).toEqual([
      ['ChallengeError', 'token_inactive'],
      ['TypeError', ''],
      ['TypeError', ''],
    ])
    for (const { message } of heard.events) {
      expect(message).not.toHaveProperty('result.body')
      expect(inspect(message, { depth: 10, showHidden: true })).not.toContain(token)
    }
  })

  it('S1.7: hold no name of an error that somebody chose', async () => {
    const heard = listen()
    stop = heard.stop
    const token = 'opaque-t0ken-of-a-caller'
    const failing = testResourceServer({
      verifier: createCachedVerifier({
        async verify(text) {
          throw Object.assign(new Error('down'), { name: text })
        },
      }),
    })
    await failing.authenticate(bearer(token))
    expect(heard.events.map(({ what }) => what)).toContain('verification error')
    expect(inspect(heard.events, { depth: 10, showHidden: true })).not.toContain(token)
  })

  it.each([undefined, null, 5, {}, ['a']])(
    'RFC7662-6: of %j in place of a token: the verdict is the same as without a listener',
    async (token) => {
      const heard = listen()
      stop = heard.stop
      const server = testResourceServer()
      await expect(server.verify(token as never)).rejects.toMatchObject({
        reason: 'token_malformed',
      })
      expect(heard.events.length).toBeGreaterThan(0)
    },
  )

  it('S1.7: keep no request in memory by the errors that they name', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const heard = listen()
    stop = heard.stop
    const server = introspecting(() => Response.json({ active: false }))
    const ask = async (token: string) => {
      const request = bearer(token)
      expect(await server.authenticate(request)).toMatchObject({ outcome: 'challenged' })
      return new WeakRef(request)
    }
    const shown = [await ask('one-token'), await ask('another-token')]
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      collect()
    }
    const errors = heard.events.flatMap(({ message }) => (message as { error?: Error }).error ?? [])
    expect(errors.length).toBeGreaterThan(0)
    expect(shown.map((one) => one.deref())).toEqual([undefined, undefined])
    expect(errors[0]?.stack).toBe('ChallengeError: token_inactive')
  })

  it('show whether a cache answered', async () => {
    const server = testResourceServer()
    const events: DecisionEvent[] = []
    const onDecision = (event: unknown): void => void events.push(event as DecisionEvent)
    subscribe(DECISION_CHANNEL, onDecision)
    stop = () => void unsubscribe(DECISION_CHANNEL, onDecision)
    await server.authenticate(bearer(jwt))
    await server.verify(jwt)
    expect(events.map(({ cache }) => cache)).toEqual(['miss', 'hit'])
  })
})

describe('where nobody listens', () => {
  it('a verifier runs without the context of a request', async () => {
    expect(requestsObserved()).toBe(false)
    let seen: unknown = 'not asked'
    const server = testResourceServer({
      verifier: {
        async verify() {
          seen = currentRequest()
          throw new TypeError('asked')
        },
      },
    })
    await server.authenticate(bearer('anything'))
    expect(seen).toBeUndefined()
  })
})
