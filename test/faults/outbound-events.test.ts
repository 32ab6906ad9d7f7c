import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import {
  DECISION_CHANNEL,
  type DecisionEvent,
  OUTBOUND_CHANNEL,
  type OutboundEvent,
} from '../../src/telemetry/events.ts'
import {
  deadOrigin,
  huge,
  redirect,
  resetAfterHeaders,
  silent,
  status,
} from '../support/faulty-server.ts'
import {
  active,
  allowed,
  ask,
  CREDENTIALS,
  eventually,
  INTROSPECTION,
  inactive,
  introspectionAlone,
  KEYS,
  startIssuer,
} from '../support/local-issuer.ts'

/** Listens to a channel as long as it is in scope. */
function listen<Event>(name: string): Disposable & { readonly events: Event[] } {
  const events: Event[] = []
  const listener = (message: unknown) => void events.push(message as Event)
  subscribe(name, listener)
  return { events, [Symbol.dispose]: () => void unsubscribe(name, listener) }
}

describe('the event of an outbound call', () => {
  it('tells purpose, issuer, URL, status, duration, and the request that caused it', async () => {
    await using issuer = await startIssuer({ path: '/realms/acme' })
    issuer.server.on(INTROSPECTION, active(issuer, { jti: undefined }))
    using outbound = listen<OutboundEvent>(OUTBOUND_CHANNEL)
    using decisions = listen<DecisionEvent>(DECISION_CHANNEL)
    const gate = issuer.gate({ introspection: CREDENTIALS })
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)

    const [decision] = decisions.events
    const common = {
      issuer: issuer.issuer,
      status: 200,
      error: undefined,
      correlationId: decision?.correlationId,
      duration: expect.any(Number),
    }
    const { origin } = issuer.server
    expect(outbound.events).toEqual([
      { ...common, purpose: 'discovery', method: 'GET', url: `${origin}${issuer.metadataPath}` },
      { ...common, purpose: 'key_set', method: 'GET', url: `${origin}${KEYS}` },
      { ...common, purpose: 'introspection', method: 'POST', url: `${origin}${INTROSPECTION}` },
    ])
    expect(decision?.correlationId).toMatch(/\S/)
    for (const { duration } of outbound.events) expect(duration).toBeGreaterThanOrEqual(0)
  })

  it('S1.13: is tied to the answer where nobody listens to decisions', async () => {
    await using issuer = await startIssuer()
    issuer.server.on(INTROSPECTION, status(500))
    using outbound = listen<OutboundEvent>(OUTBOUND_CHANNEL)
    const decision = await ask(issuer.gate(introspectionAlone(issuer)), 'opaque')
    expect(decision.correlationId).toMatch(/\S/)
    expect(outbound.events).toMatchObject([{ correlationId: decision.correlationId }])
  })

  it('is one for a thousand requests that share it, in the name of one of them', async () => {
    await using issuer = await startIssuer()
    issuer.server.on(INTROSPECTION, inactive())
    using outbound = listen<OutboundEvent>(OUTBOUND_CHANNEL)
    using decisions = listen<DecisionEvent>(DECISION_CHANNEL)
    const gate = issuer.gate(introspectionAlone(issuer))
    await Promise.all(Array.from({ length: 1000 }, () => ask(gate, 'opaque')))
    expect(outbound.events).toHaveLength(1)
    const ids = decisions.events.map(({ correlationId }) => correlationId)
    expect(new Set(ids).size).toBe(1000)
    expect(ids).toContain(outbound.events[0]?.correlationId)
  })

  it('names no request for a refresh in the background', async () => {
    await using issuer = await startIssuer()
    const gate = issuer.gate()
    await gate.ready()
    using outbound = listen<OutboundEvent>(OUTBOUND_CHANNEL)
    using decisions = listen<DecisionEvent>(DECISION_CHANNEL)
    issuer.clock.advance(300)
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    await eventually(async () => expect(outbound.events).toHaveLength(1))
    expect(outbound.events).toMatchObject([{ purpose: 'key_set', correlationId: undefined }])
    expect(decisions.events).toHaveLength(1)
  })

  it.each([
    ['HTTP 500', status(500), { status: 500, error: undefined }],
    ['a redirect', redirect('https://x.example/'), { status: 302, error: undefined }],
    [
      'a body beyond the cap',
      huge({}),
      { status: undefined, error: 'the answer is larger than http.maxResponseSize' },
    ],
    ['no answer', silent(), { status: undefined, error: 'timed out' }],
    [
      'a reset',
      resetAfterHeaders(),
      { status: undefined, error: expect.stringMatching(/^[A-Z_]+$/) },
    ],
  ])('tells what went wrong: %s', async (_what, behaviour, outcome) => {
    await using issuer = await startIssuer()
    issuer.server.on(INTROSPECTION, behaviour)
    using outbound = listen<OutboundEvent>(OUTBOUND_CHANNEL)
    await ask(issuer.gate(introspectionAlone(issuer), { http: { timeout: 0.5 } }), 'opaque')
    expect(outbound.events).toHaveLength(1)
    expect(outbound.events).toMatchObject([outcome])
  })

  it('S1.7 RFC9700-2: tells no token, no secret, no query, whatever happens', async () => {
    await using issuer = await startIssuer()
    using outbound = listen<OutboundEvent>(OUTBOUND_CHANNEL)
    using decisions = listen<DecisionEvent>(DECISION_CHANNEL)
    const told: unknown[] = []
    const tokens = ['an-opaque-token-of-somebody', await issuer.token()]
    const endpoints = [
      `${issuer.server.origin}${INTROSPECTION}?tenant=confidential`,
      `${await deadOrigin()}/introspect?tenant=confidential`,
    ]
    const answers = [active(issuer), inactive(), status(401), resetAfterHeaders(), huge({})]
    for (const endpoint of endpoints) {
      const introspection = { ...CREDENTIALS, endpoint }
      for (const behaviour of answers) {
        issuer.server.on(INTROSPECTION, behaviour)
        const gate = issuer.gate({ introspection, verification: 'introspection' })
        for (const token of tokens) {
          told.push(await ask(gate, token))
          told.push(await gate.verify(token).catch((error: Error) => errorText(error)))
        }
      }
    }
    const text = JSON.stringify([told, outbound.events, decisions.events])
    expect(outbound.events.length).toBeGreaterThan(20)
    const basic = issuer.server.received(INTROSPECTION)[0]?.authorization?.split(' ')[1] ?? ''
    expect(basic).not.toBe('')
    const [, payload = '', signature = ''] = tokens[1]?.split('.') ?? []
    for (const secret of [...tokens, payload, signature, CREDENTIALS.clientSecret, basic]) {
      expect(text.includes(secret)).toBe(false)
    }
    expect(text).not.toContain('confidential')
  })
})

function errorText(error: Error): string {
  return `${error.stack} ${error.message} ${String(error.cause)} ${JSON.stringify(error)}`
}
